/** Calls back when the signal is aborted, until the function it returns is called. */
export type AbortWatch = (signal: AbortSignal, callBack: () => void) => () => void;

/** One listener for each signal, however many wait for it: an EventTarget takes listeners on and off slowly, and each call has one. */
export function createAbortWatch(): AbortWatch {
  const watched = new WeakMap<AbortSignal, { readonly callBacks: Set<() => void>; readonly end: () => void }>();
  const begin = (signal: AbortSignal): { readonly callBacks: Set<() => void>; readonly end: () => void } => {
    const callBacks = new Set<() => void>();
    const abort = (): void => callBacks.forEach((callBack) => callBack());
    const end = (): void => {
      watched.delete(signal);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    const watch = { callBacks, end };
    watched.set(signal, watch);
    return watch;
  };
  return (signal, callBack) => {
    const { callBacks, end } = watched.get(signal) ?? begin(signal);
    callBacks.add(callBack);
    return () => {
      if (callBacks.delete(callBack) && callBacks.size === 0) end();
    };
  };
}
