import type { Gatherer } from './gatherer.ts';

/** What a run gathers: reads of records, and edits that are written together. */
export interface Gatherers {
  readonly reads: Pick<Gatherer<never, unknown>, 'holds' | 'serves' | 'flush'>;
  readonly writes: Pick<Gatherer<never, unknown>, 'holds' | 'serves' | 'flush'>;
}

/**
 * Lets groups that are not full go when nobody is left who could join them: no row is at work, and none is to come before others
 * are done. Writes go first, since their end lets more rows in.
 */
export class Lull {
  #atWork = 0;
  #held = false;
  #ended = false;
  #scheduled = false;
  #gatherers: Gatherers | undefined;

  /** To be called once. */
  watch(gatherers: Gatherers): void {
    this.#gatherers = gatherers;
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
  async away<T>(waiting: Promise<T>): Promise<T> {
    this.#atWork -= 1;
    this.changed();
    try {
      return await waiting;
    } finally {
      this.#atWork += 1;
    }
  }

  /** No row comes while `waiting` lasts. */
  async held<T>(waiting: Promise<T>): Promise<T> {
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

  /** Looks, once all that is ready to go on has gone on, whether there is a lull. */
  readonly changed = (): void => {
    const { reads, writes } = this.#gatherers ?? {};
    if (this.#scheduled || (reads?.holds !== true && writes?.holds !== true)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#look();
    });
  };

  #look(): void {
    const { reads, writes } = this.#gatherers ?? {};
    if (reads === undefined || writes === undefined || this.#atWork > 0 || !(this.#held || this.#ended)) return;
    const underWay = reads.serves || writes.serves;
    const moreToWrite = !this.#ended || reads.holds || reads.serves;
    if (writes.holds && !(moreToWrite && underWay)) writes.flush();
    else if (reads.holds && !(underWay && !this.#ended) && !reads.serves) reads.flush();
  }
}
