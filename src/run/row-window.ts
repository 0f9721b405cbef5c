/** Where a row stands among those of its id. */
interface Place {
  done: Promise<void> | undefined;
}

/** Rows that wait for an earlier one of their id are not at work, and keep no other id out; with them, so many times `most` are under way. */
const mostWithWaiting = 4;

/**
 * The rows under way: at most `most` at work at once, those of one id one after the other, others side by side.
 */
export class RowWindow {
  readonly #most: number;
  readonly #lastOfId = new Map<string, Place>();
  #underWay = 0;
  /** For an earlier row of their id. */
  #waiting = 0;
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Starts the work, after the rows of the same id that were started before. `work` must not reject. Wait for {@link room} first. */
  start(id: string, work: () => Promise<void>): void {
    this.#underWay += 1;
    const before = this.#lastOfId.get(id);
    const place: Place = { done: undefined };
    this.#lastOfId.set(id, place);
    const worked = before?.done === undefined ? work() : this.#after(before.done, work);
    place.done = worked.then(() => this.#ended(id, place));
  }

  #ended(id: string, place: Place): void {
    this.#underWay -= 1;
    if (this.#lastOfId.get(id) === place) this.#lastOfId.delete(id);
    this.#wake?.();
  }

  async #after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    await before;
    this.#waiting -= 1;
    await work();
  }

  get full(): boolean {
    return this.#underWay - this.#waiting >= this.#most || this.#underWay >= this.#most * mostWithWaiting;
  }

  /** Resolves when another row may be started. For one waiter at a time. */
  async room(): Promise<void> {
    while (this.full) await this.#oneDone();
  }

  /** Resolves when nothing is under way. */
  async empty(): Promise<void> {
    while (this.#underWay > 0) await this.#oneDone();
  }

  #oneDone(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
