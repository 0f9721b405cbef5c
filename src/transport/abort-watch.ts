/** What is given up when a signal is aborted. */
export interface Abortable {
  giveUp(): void;
}

/** One listener for each signal, however many wait for it: an EventTarget takes listeners on and off slowly, and each call has one. */
export class AbortWatch {
  readonly #watched = new WeakMap<AbortSignal, { readonly all: Set<Abortable>; readonly end: () => void }>();

  add(signal: AbortSignal, one: Abortable): void {
    (this.#watched.get(signal) ?? this.#begin(signal)).all.add(one);
  }

  remove(signal: AbortSignal, one: Abortable): void {
    const watch = this.#watched.get(signal);
    if (watch?.all.delete(one) === true && watch.all.size === 0) watch.end();
  }

  #begin(signal: AbortSignal): { readonly all: Set<Abortable>; readonly end: () => void } {
    const all = new Set<Abortable>();
    const abort = (): void => all.forEach((one) => one.giveUp());
    const end = (): void => {
      this.#watched.delete(signal);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    const watch = { all, end };
    this.#watched.set(signal, watch);
    return watch;
  }
}
