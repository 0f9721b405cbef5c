import type { Host } from '../../host.ts';
import type { RunStop } from '../../run/run-stop.ts';

/**
 * Ctrl-C once: no further call begins, those in flight are waited for. Twice: those in flight are given up. SIGTERM and a lost
 * terminal are like the first Ctrl-C. Returns the function that takes the handlers off again.
 */
export function stopOnSignals(host: Host, stop: RunStop, note: (line: string) => void): () => void {
  let interrupts = 0;
  return host.onSignal((signal) => {
    if (signal !== 'SIGINT') {
      stop.request({ code: 'terminated', message: 'terminated by a signal', exitCode: 143 });
      return;
    }
    interrupts += 1;
    if (interrupts === 1) {
      stop.request({ code: 'interrupted', message: 'interrupted by Ctrl-C', exitCode: 130 });
      note('Stopping: the calls in flight are finished first. Ctrl-C again gives them up.');
    } else {
      stop.cut();
    }
  });
}
