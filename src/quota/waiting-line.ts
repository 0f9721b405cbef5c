import type { Permit } from '../core/gate.ts';

/** A call that waits for its permit. */
export interface Waiter {
  /** Counts all who ever asked at the gate. */
  readonly number: number;
  /** In meters that count another unit than calls. */
  readonly cost: number;
  readonly resolve: (permit: Permit) => void;
  readonly reject: (reason: unknown) => void;
}

/** Those of one group who wait, first come, first served; anyone may leave. What the permits last said of the group is kept with it. */
export class WaitingLine {
  readonly group: string;
  /** When a permit can be obtained, as far as is known. */
  untilMs = Number.POSITIVE_INFINITY;
  /** When it is worth asking again. */
  againMs = Number.POSITIVE_INFINITY;
  reason = '';
  /** Asked in vain during the present round of asking. */
  blocked = false;
  readonly #waiters = new Set<Waiter>();

  constructor(group: string) {
    this.group = group;
  }

  get empty(): boolean {
    return this.#waiters.size === 0;
  }

  get first(): Waiter | undefined {
    const [first] = this.#waiters;
    return first;
  }

  /** Those from the first on that want a permit of that cost. */
  alike(cost: number): number {
    let count = 0;
    for (const waiter of this.#waiters) {
      if (waiter.cost !== cost) break;
      count += 1;
    }
    return count;
  }

  join(waiter: Waiter): void {
    this.#waiters.add(waiter);
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }
}
