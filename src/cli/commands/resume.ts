import { join } from 'node:path';
import type { Command } from 'commander';
import { OppatchError } from '../../core/errors.ts';
import { rateText } from '../../core/duration.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { addAccountOptions, addOutputOptions, addSendOptions, readRate } from '../flags/flags.ts';
import type { AccountOptions, OutputOptions, SendOptions } from '../../app/session/options.ts';
import type { Watch } from '../../app/runs/run-watch.ts';

type ResumeOptions = AccountOptions & SendOptions & OutputOptions;

export function addResume(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('resume')
    .summary('go on with an unfinished run')
    .description(
      'Sends what is missing of a run that was stopped or killed. Nothing that is known to have been applied is sent again.',
    )
    .argument('[run]', 'id of the run, or a part of it that is enough (default: the latest)');
  addAccountOptions(command);
  addSendOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch resume
  oppatch resume 20261121T021530Z-x7f3 --max-duration 2h
  oppatch resume x7f3 --rate 10/5s --json
${exitCodesHelp([0, 2, 3, 4, 5, 6, 11, 129, 130, 143])}`,
  );
  command.action(async (id: string | undefined, options: ResumeOptions) => end(await resume(host, id, options)));
}

async function resume(host: Host, id: string | undefined, options: ResumeOptions): Promise<ExitCode> {
  const { watched } = await import('../../app/runs/run-watch.ts');
  return watched(host, options, (watch) => resumeWatched(host, id, options, watch));
}

async function resumeWatched(
  host: Host,
  id: string | undefined,
  options: ResumeOptions,
  watch: Watch,
): Promise<ExitCode> {
  const [
    { openPastRun },
    { openContext },
    { holdRunLock },
    { executeRun },
    { Journal },
    { fileHash },
    { journalFile },
    { learnt },
    { keptMetadata },
    { tellAccount, accountLine },
    { writeErr },
    { leanHeap },
  ] = await Promise.all([
    import('../../app/history/past-run.ts'),
    import('../../app/session/context.ts'),
    import('../../app/runs/run-lock.ts'),
    import('../../app/runs/execute-run.ts'),
    import('../../journal/journal.ts'),
    import('../../app/edits/input-copy.ts'),
    import('../../journal/run-directory.ts'),
    import('../../app/edits/learn-names.ts'),
    import('../../app/accounts/metadata-file.ts'),
    import('../../app/accounts/tell-account.ts'),
    import('../../app/session/output.ts'),
    import('../../app/session/lean-heap.ts'),
  ]);
  leanHeap();
  const past = await openPastRun(host, id);
  const { header, directory, edits } = past;
  const { input } = header;
  if (input.path !== undefined) {
    const now = await fileHash(input.path);
    if (now !== undefined && now !== input.sha256) {
      throw new OppatchError('input-changed', 'The file has changed since the run began, so the run is not resumed.', {
        place: input.path,
        hint: `Put the old content back, or apply the new file as a run of its own. The old content is kept in ${join(directory, input.copy)}.`,
      });
    }
  }
  const bound = header.options;
  const rate = options.rate.length > 0 ? options.rate : (bound.rates ?? []).map(readRate);
  const reserve = options.reserve ?? bound.reservePercent;
  const given = await openContext(
    host,
    {
      ...options,
      ...past.accountOptions(options),
      setting: [...Object.entries(header.settings), ...options.setting],
      rate,
      ...(reserve === undefined ? {} : { reserve }),
    },
    { offline: false },
  );
  const { context } = learnt(given, await keptMetadata(directory));
  watch.log?.hide(context.redact);
  const { account, baseUrl } = context;
  // A new key of the same profile is still the same account.
  const sameProfile =
    account.profileName !== null &&
    account.profileName === header.profile &&
    account.vendor.name === header.vendor &&
    baseUrl === header.baseUrl;
  if (account.accountKey !== header.accountKey && !sameProfile) {
    throw new OppatchError(
      'other-account',
      `The run ${header.run} belongs to another account (${header.vendor}, profile ${header.profile ?? 'none'}).`,
      {
        hint: `Give the profile or the credentials with which it was begun; or send its rows to the account at hand with \`oppatch retry ${header.run}\`.`,
      },
    );
  }
  const release = await holdRunLock(context, input, header.source);
  try {
    const known = await tellAccount(context, {
      ...options,
      yes: true,
      ...(bound.blind === true ? { blind: true } : {}),
    });
    if (options.quiet !== true) writeErr(host, `Resuming ${header.run}: ${accountLine(context, known)}`);
    const journal = await Journal.reopen(join(directory, journalFile));
    const { rates: _rates, maxDurationMs: _duration, maxErrors: _errors, ...kept } = bound;
    return await executeRun({
      context,
      directory,
      journal,
      edits,
      output: options,
      watch,
      known,
      options: {
        ...kept,
        failFast: options.failFast === true,
        ...(options.blind === true ? { blind: true } : {}),
        ...(options.bulk ? {} : { noBulk: true }),
        ...(options.verify === true ? { verify: true } : {}),
        ...(rate.length === 0 ? {} : { rates: rate.map(rateText) }),
        ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
        ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
        ...(options.maxErrors === undefined ? {} : { maxErrors: options.maxErrors }),
        ...(options.maxDuration === undefined ? {} : { maxDurationMs: options.maxDuration }),
      },
    });
  } finally {
    release();
  }
}
