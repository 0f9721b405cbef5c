/** What each exit code of the process means to a script. Help and README are made from, or checked against, this table. */
export const exitCodes = {
  0: 'every row applied or unchanged',
  1: 'unexpected internal error',
  2: 'usage, configuration or input is wrong; nothing was sent',
  3: 'finished, but some rows were not applied',
  4: 'credentials missing, refused or expired',
  5: 'stopped early by --max-errors or --fail-fast; resumable',
  6: 'stopped early by --max-duration, a used-up quota or a vendor that cannot be reached; resumable',
  7: 'a saved plan is stale, or a plan or run belongs to another account or address',
  10: 'with `plan --detailed-exitcode`: there are changes',
  11: 'the same file is being applied to the same account by another process, or the run named is at work',
  129: 'the terminal was closed (SIGHUP); calls in flight were finished and journalled; resumable',
  130: 'interrupted (Ctrl-C); calls in flight were finished and journalled; resumable',
  143: 'terminated (SIGTERM); calls in flight were finished and journalled; resumable',
} as const;

export type ExitCode = keyof typeof exitCodes;
