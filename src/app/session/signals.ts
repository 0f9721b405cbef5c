import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';
import type { RunStop } from '../../run/run-stop.ts';

/**
 * What arrives within this time of the first SIGINT is the same keystroke: npm and npx hand on the signal that the terminal has sent to all of them
 * already, and packages answer a signal by sending it again.
 */
const oneKeystrokeMs = 500;

/**
 * Ctrl-C once: no further call begins, those in flight are waited for. Twice: those in flight are given up. SIGTERM and a lost
 * terminal are like the first Ctrl-C. Returns the function that takes the handlers off again.
 */
export function stopOnSignals(host: Host, stop: RunStop, note: (line: string) => void): () => void {
  let sinceMs: number | undefined;
  let hint: NodeJS.Timeout | undefined;
  const interrupted = (): void => {
    const nowMs = performance.now();
    if (sinceMs === undefined) {
      sinceMs = nowMs;
      stop.request({ code: 'interrupted', message: 'interrupted by Ctrl-C', exitCode: 130 });
      note('Stopping: the calls in flight are finished first.');
      hint = setTimeout(() => note('Ctrl-C again gives them up.'), oneKeystrokeMs);
    } else if (nowMs - sinceMs >= oneKeystrokeMs) stop.cut();
  };
  const off = host.onSignal((signal) => {
    if (signal === 'SIGINT') interrupted();
    else if (signal === 'SIGHUP')
      stop.request({ code: 'terminated', message: 'the terminal was closed', exitCode: 129 });
    else stop.request({ code: 'terminated', message: 'terminated by a signal', exitCode: 143 });
  });
  return () => {
    clearTimeout(hint);
    off();
  };
}

/** After a signal the process ends by itself, at the latest so long after it: a read of a file or a reply may still be waited for. */
const lastWordMs = 2_000;

/**
 * Does work that sends no write. The first signal ends it: this rejects with `interrupted` at once, so that whoever made files for it removes them,
 * and what becomes of the work does not matter any more.
 */
export async function interruptible<T>(host: Host, work: () => Promise<T>): Promise<T> {
  let takeOff: (() => void) | undefined;
  const signal = new Promise<never>((_resolve, reject) => {
    takeOff = host.onSignal((name) => {
      host.endWithin(lastWordMs);
      reject(
        new OppatchError('interrupted', 'Interrupted; nothing was sent.', { exitCode: name === 'SIGINT' ? 130 : 143 }),
      );
    });
  });
  try {
    return await Promise.race([work(), signal]);
  } finally {
    takeOff?.();
  }
}
