import type { Batcher } from './batcher.ts';

/** What a run gathers: reads of records, and edits that are written together. */
export interface Batchers {
  readonly reads: Pick<Batcher<never, unknown>, 'holds' | 'serves' | 'flush'>;
  readonly writes: Pick<Batcher<never, unknown>, 'holds' | 'serves' | 'flush'>;
}

/**
 * Lets groups that are not full go when nobody is left who could join them: no row is at work, and none is to come before others
 * are done. Writes go first, since their end lets more rows in.
 */
export class IdleFlusher {
  #atWork = 0;
  #held = false;
  #ended = false;
  #scheduled = false;
  #batchers: Batchers | undefined;

  /** To be called once. */
  watch(batchers: Batchers): void {
    this.#batchers = batchers;
  }

  /** A row's work begins; `rowEnds` is to follow. */
  rowBegins(): void {
    this.#atWork += 1;
  }

  rowEnds(): void {
    this.#atWork -= 1;
    this.changed();
  }

  /** What a row waits for until others have joined it. */
  async whileWaiting<T>(waiting: Promise<T>): Promise<T> {
    this.#atWork -= 1;
    this.changed();
    try {
      return await waiting;
    } finally {
      this.#atWork += 1;
    }
  }

  /** No row comes while `waiting` lasts. */
  async whileFull<T>(waiting: Promise<T>): Promise<T> {
    this.#held = true;
    this.changed();
    try {
      return await waiting;
    } finally {
      this.#held = false;
    }
  }

  /** No more rows will come from the file. */
  ended(): void {
    this.#ended = true;
    this.changed();
  }

  /** Looks, once all that is ready to go on has gone on, whether all rows are idle. */
  readonly changed = (): void => {
    const { reads, writes } = this.#batchers ?? {};
    if (this.#scheduled || (reads?.holds !== true && writes?.holds !== true)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#look();
    });
  };

  #look(): void {
    const { reads, writes } = this.#batchers ?? {};
    if (reads === undefined || writes === undefined || this.#atWork > 0 || !(this.#held || this.#ended)) return;
    const underWay = reads.serves || writes.serves;
    const moreToWrite = !this.#ended || reads.holds || reads.serves;
    if (writes.holds && !(moreToWrite && underWay)) writes.flush();
    else if (reads.holds && !(underWay && !this.#ended) && !reads.serves) reads.flush();
  }
}
