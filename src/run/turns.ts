/** Lets so many be at something at once; others wait for their turn, in order of asking. Who need not wait costs no promise. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get most(): number {
    return this.#most;
  }

  set most(most: number) {
    this.#most = most;
    this.#callUp();
  }

  /** Undefined where it is one's turn at once, else a promise of it. {@link end} is to follow, once. */
  begin(): Promise<void> | undefined {
    if (this.#taken >= this.#most) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken += 1;
    return undefined;
  }

  end(): void {
    this.#taken -= 1;
    this.#callUp();
  }

  #callUp(): void {
    while (this.#taken < this.#most) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#taken += 1;
      next();
    }
  }
}
