import type { RunStop } from '../../run/run-stop.ts';

/**
 * Ctrl-C once: no further call begins, those in flight are waited for. Twice: those in flight are given up. SIGTERM and a lost
 * terminal are like the first Ctrl-C. Returns the function that takes the handlers off again.
 */
export function stopOnSignals(stop: RunStop, note: (line: string) => void): () => void {
  let interrupts = 0;
  const interrupted = (): void => {
    interrupts += 1;
    if (interrupts === 1) {
      stop.request({ code: 'interrupted', message: 'interrupted by Ctrl-C', exitCode: 130 });
      note('Stopping: the calls in flight are finished first. Ctrl-C again gives them up.');
    } else {
      stop.cut();
    }
  };
  const terminated = (): void => {
    stop.request({ code: 'terminated', message: 'terminated by a signal', exitCode: 143 });
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', terminated);
  process.on('SIGHUP', terminated);
  return () => {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', terminated);
    process.off('SIGHUP', terminated);
  };
}
