/** The moments at which crash tests end the process: those of a run, and the one between the receipt of a renewed token and its saving. */
export type CrashPoint =
  'before-intent' | 'after-intent' | 'after-send' | 'after-reply' | 'after-outcome' | 'result-files' | 'token-received';

const [point = '', countText = '1'] = (process.env['OPPATCH_CRASH_AT'] ?? '').split(':');
let left = Number(countText);

/**
 * For crash tests: with `OPPATCH_CRASH_AT=after-intent:17` the process kills itself (SIGKILL) when it comes to that point for the 17th time.
 * Without the variable nothing happens.
 */
export function crashPoint(here: CrashPoint): void {
  if (here !== point) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

/** The same, once what is under way in this turn of the event loop has been handed to the system. */
export function crashPointAfterTurn(here: CrashPoint): void {
  if (here === point) setImmediate(crashPoint, here);
}
