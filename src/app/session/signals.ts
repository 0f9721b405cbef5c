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
