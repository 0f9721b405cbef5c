/**
 * A set of ids that keeps eight bytes of each, at most half of them in use: numbers of 53 bits that are made of the texts. Two of a million ids have the
 * same one with a probability of one in ten thousand; whoever asks must bear a false yes.
 */
export class IdSet {
  #slots = new Float64Array(1024);
  #size = 0;

  /** False where it is there already. */
  add(id: string): boolean {
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow();
    const added = put(this.#slots, numberOf(id));
    if (added) this.#size += 1;
    return added;
  }

  has(id: string): boolean {
    const number = numberOf(id);
    return this.#slots[slotOf(this.#slots, number)] === number;
  }

  #grow(): void {
    const slots = new Float64Array(this.#slots.length * 2);
    for (const number of this.#slots) if (number !== 0) put(slots, number);
    this.#slots = slots;
  }
}

function put(slots: Float64Array, number: number): boolean {
  const slot = slotOf(slots, number);
  if (slots[slot] === number) return false;
  slots[slot] = number;
  return true;
}

/** Where the number stands, or the free slot in which it would. */
function slotOf(slots: Float64Array, number: number): number {
  // The length is a power of two, so that this is the remainder, without a division of floats.
  const mask = slots.length - 1;
  let slot = number & mask;
  while (slots[slot] !== 0 && slots[slot] !== number) slot = (slot + 1) & mask;
  return slot;
}

/** Never 0, which marks a free slot. Two rounds of FNV-1a with different beginnings. */
function numberOf(id: string): number {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < id.length; index++) {
    const code = id.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ (code + index), 0x85ebca6b);
  }
  low ^= low >>> 15;
  high ^= high >>> 13;
  return ((high >>> 0) & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0) + 1;
}
