/** The moments at which crash tests end the process: those of a run, and the one between the receipt of a renewed token and its saving. */
export type CrashPoint =
  | 'before-intent'
  | 'after-intent'
  | 'after-send'
  | 'after-reply'
  | 'after-outcome'
  | 'job-begins'
  | 'job-created'
  | 'job-uploaded'
  | 'job-closing'
  | 'job-closed'
  | 'job-working'
  | 'job-results'
  | 'result-files'
  | 'token-received'
  | 'plan-written';

let point = '';
let left = 0;
let crash: () => void = () => undefined;

/**
 * For crash tests: with `after-intent:17` (OPPATCH_CRASH_AT) the process ends by `kill` when it comes to that point for the 17th time. Without a
 * setting nothing happens.
 */
export function armCrashPoint(setting: string, kill: () => void): void {
  const [name = '', countText = '1'] = setting.split(':');
  point = name;
  left = Number(countText);
  crash = kill;
}

export function crashPoint(here: CrashPoint): void {
  if (here !== point) return;
  left -= 1;
  if (left === 0) crash();
}

/** The same, once what is under way in this turn of the event loop has been handed to the system. */
export function crashPointAfterTurn(here: CrashPoint): void {
  if (here === point) setImmediate(crashPoint, here);
}
