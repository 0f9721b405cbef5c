/** When the calls of a run were sent, counted in slots of equal width. Time in which no process was at work is left out. */
export interface CallTimes {
  readonly slotMs: number;
  /** Calls of each slot, from the first on. */
  readonly slots: readonly SlotCalls[];
  /** Slots with which a further session begins. */
  readonly resumedAt: readonly number[];
}

export interface SlotCalls {
  readonly writes: number;
  readonly reads: number;
}
