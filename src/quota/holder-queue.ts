/** A holder's place in the line of one group, as plain data. */
export interface HolderState {
  readonly holder: string;
  readonly group: string;
  readonly askedAtMs: number;
  /** Null for never. */
  readonly servedAtMs: number | null;
  /** Null where its last ask was granted. */
  readonly waitsSinceMs: number | null;
}

/** Who has not asked again for so long has left the line. */
const patienceMs = 2_000;

const memoryMs = 60_000;

/** In which order the holders of an account are served: who was served least lately goes first, among those who keep asking. */
export class HolderQueue {
  readonly #holders: Map<string, HolderState>;

  constructor(state: readonly (readonly [key: string, HolderState])[] = []) {
    this.#holders = new Map(state);
  }

  snapshot(): readonly (readonly [key: string, HolderState])[] {
    return [...this.#holders];
  }

  /** The holder wants a permit of this group. Returns how many other holders go before it; `competes` tells whose groups take what it would take. */
  ask(holder: string, group: string, nowMs: number, competes: (group: string) => boolean): number {
    const key = keyOf(holder, group);
    const before = this.#holders.get(key);
    const stayed = before !== undefined && nowMs - before.askedAtMs <= patienceMs;
    const waitsSinceMs = (stayed ? before.waitsSinceMs : null) ?? nowMs;
    const own = { holder, group, askedAtMs: nowMs, servedAtMs: before?.servedAtMs ?? null, waitsSinceMs };
    this.#holders.set(key, own);
    let ahead = 0;
    for (const [otherKey, other] of this.#holders) {
      if (other.holder === holder || other.waitsSinceMs === null || nowMs - other.askedAtMs > patienceMs) continue;
      if (goesBefore(other, own, otherKey < key) && competes(other.group)) ahead += 1;
    }
    return ahead;
  }

  /** Other holders that wait for what this one would take. */
  others(holder: string, nowMs: number, competes: (group: string) => boolean): number {
    const waiting = [...this.#holders.values()].filter(
      (other) => other.holder !== holder && other.waitsSinceMs !== null && nowMs - other.askedAtMs <= patienceMs,
    );
    return waiting.filter(({ group }) => competes(group)).length;
  }

  served(holder: string, group: string, nowMs: number): void {
    this.#holders.set(keyOf(holder, group), {
      holder,
      group,
      askedAtMs: nowMs,
      servedAtMs: nowMs,
      waitsSinceMs: null,
    });
  }

  leave(holder: string): void {
    for (const [key, state] of this.#holders) if (state.holder === holder) this.#holders.delete(key);
  }

  forget(nowMs: number): void {
    for (const [key, { askedAtMs }] of this.#holders) if (nowMs - askedAtMs > memoryMs) this.#holders.delete(key);
  }
}

function keyOf(holder: string, group: string): string {
  return `${holder} ${group}`;
}

function goesBefore(a: HolderState, b: HolderState, otherwise: boolean): boolean {
  const servedMs = (a.servedAtMs ?? -1) - (b.servedAtMs ?? -1);
  if (servedMs !== 0) return servedMs < 0;
  const waitsMs = (a.waitsSinceMs ?? 0) - (b.waitsSinceMs ?? 0);
  return waitsMs === 0 ? otherwise : waitsMs < 0;
}
