import type { Fault, Refusal, Selection } from './options.ts';

/** Decides which writes something happens to. Counts writes, so that the same sequence of calls meets the same faults. */
export class FaultPlan {
  readonly #random: () => number;
  #faults: readonly Fault[] = [];
  #refusals: readonly Refusal[] = [];
  readonly #writesOfId = new Map<string, number>();
  readonly #chosen = new Map<Selection, number>();

  constructor(random: () => number) {
    this.#random = random;
  }

  set(faults: readonly Fault[], refusals: readonly Refusal[]): void {
    this.#faults = faults;
    this.#refusals = refusals;
    this.#writesOfId.clear();
    this.#chosen.clear();
  }

  /** What happens to this write, if anything. To be asked once for each. */
  next(id: string): { readonly fault?: Fault; readonly refusal?: Refusal } {
    if (this.#faults.length === 0 && this.#refusals.length === 0) return {};
    const write = (this.#writesOfId.get(id) ?? 0) + 1;
    this.#writesOfId.set(id, write);
    // A refused row is refused whenever it comes, so that the truth about a row does not depend on chance.
    const refusal = this.#refusals.find((one) => this.#meets(one, id, write));
    const fault = this.#faults.find((one) => this.#meets(one, id, write));
    return { ...(refusal === undefined ? {} : { refusal }), ...(fault === undefined ? {} : { fault }) };
  }

  #meets(selection: Selection, id: string, write: number): boolean {
    const { every, share, ids, first } = selection;
    if (first !== undefined && write > first) return false;
    if (!('kind' in selection)) return isRefused(selection, id);
    if (ids !== undefined && !ids.includes(id)) return false;
    if (share !== undefined && this.#random() >= share) return false;
    if (every === undefined) return true;
    const count = (this.#chosen.get(selection) ?? 0) + 1;
    this.#chosen.set(selection, count);
    return count % every === 0;
  }
}

/** The refusal that meets a row of a batch, whenever it comes; undefined where none does. */
export function refusalOf(refusals: readonly Refusal[], id: string): Refusal | undefined {
  return refusals.find((one) => isRefused(one, id));
}

function isRefused({ every, share, ids }: Refusal, id: string): boolean {
  if (ids !== undefined && !ids.includes(id)) return false;
  if (share !== undefined && hash(id) >= share) return false;
  return every === undefined || Math.floor(hash(id) * 1_000_003) % every === 0;
}

/** Uniform in [0, 1) over ids, always the same for the same id (FNV-1a, mixed). */
export function hash(id: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) value = Math.imul(value ^ id.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return ((value ^ (value >>> 16)) >>> 0) / 4_294_967_296;
}
