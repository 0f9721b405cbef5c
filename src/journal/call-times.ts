import type { CallTimes, SlotCalls } from '../core/call-times.ts';
import { readLines } from './journal-lines.ts';
import { readIntentMs, readReads, recordKinds } from './record.ts';

const mostSlots = 240;

/**
 * Reads the times of the calls from a journal, with flat memory. Slots are `slotMs` wide at first and double as often as the length of the run asks
 * for it. A torn last record, and what follows a damaged place, is passed over.
 */
export async function readCallTimes(journalPath: string, slotMs: number): Promise<CallTimes> {
  const times = new SlotCounter(slotMs);
  await readLines(journalPath, ({ head: { kind }, bytes, start, end }) => {
    if (kind === recordKinds.session) times.beginSession();
    else if (kind === recordKinds.intent) {
      const sentMs = readIntentMs(bytes, start, end);
      if (sentMs !== undefined) times.add(sentMs, { writes: 1, reads: 0 });
    } else if (kind === recordKinds.reads) {
      const reads = readReads(bytes.toString('utf8', start, end));
      if (reads !== undefined) times.add(reads.sentMs, { writes: 0, reads: reads.calls });
    }
    return undefined;
  });
  return times.result();
}

class SlotCounter {
  #slotMs: number;
  #slots: SlotCalls[] = [];
  #resumedAt: number[] = [];
  #firstSlot = 0;

  constructor(slotMs: number) {
    this.#slotMs = slotMs;
  }

  beginSession(): void {
    this.#firstSlot = this.#slots.length;
    if (this.#firstSlot > 0 && this.#resumedAt.at(-1) !== this.#firstSlot) this.#resumedAt.push(this.#firstSlot);
  }

  add(sessionMs: number, calls: SlotCalls): void {
    while (this.#slotAt(sessionMs) >= mostSlots && this.#slotAt(sessionMs) > this.#firstSlot) this.#widen();
    const slot = this.#slotAt(sessionMs);
    while (this.#slots.length <= slot) this.#slots.push(noCalls);
    this.#slots[slot] = sum(this.#slots[slot], calls);
  }

  result(): CallTimes {
    const resumedAt = this.#resumedAt.filter((slot) => slot < this.#slots.length);
    return { slotMs: this.#slotMs, slots: this.#slots, resumedAt };
  }

  #slotAt(sessionMs: number): number {
    return this.#firstSlot + Math.floor(sessionMs / this.#slotMs);
  }

  #widen(): void {
    this.#slotMs *= 2;
    const slots: SlotCalls[] = [];
    for (const [slot, calls] of this.#slots.entries()) slots[half(slot)] = sum(slots[half(slot)], calls);
    this.#slots = slots;
    this.#firstSlot = half(this.#firstSlot);
    this.#resumedAt = [...new Set(this.#resumedAt.map(half))];
  }
}

const noCalls: SlotCalls = { writes: 0, reads: 0 };

function sum(one: SlotCalls = noCalls, other: SlotCalls): SlotCalls {
  return { writes: one.writes + other.writes, reads: one.reads + other.reads };
}

function half(slot: number): number {
  return Math.floor(slot / 2);
}
