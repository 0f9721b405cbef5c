/**
 * The rows under way: at most `most` at once, those of one id one after the other, others side by side.
 */
export class RowWindow {
  readonly #most: number;
  readonly #lastOfId = new Map<string, Promise<void>>();
  #underWay = 0;
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Starts the work, after the rows of the same id that were started before. `work` must not reject. Wait for {@link room} first. */
  start(id: string, work: () => Promise<void>): void {
    this.#underWay += 1;
    const before = this.#lastOfId.get(id);
    const done = (before === undefined ? work() : before.then(work)).finally(() => {
      this.#underWay -= 1;
      if (this.#lastOfId.get(id) === done) this.#lastOfId.delete(id);
      this.#wake?.();
    });
    this.#lastOfId.set(id, done);
  }

  get full(): boolean {
    return this.#underWay >= this.#most;
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
