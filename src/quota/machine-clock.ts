import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { machineMonotonicMs } from '../core/own-process.ts';

/** What the clocks of this machine say at one moment. */
export interface ClockReading {
  /** Milliseconds of the monotonic clock that all processes of a machine share; it stands still while the machine sleeps. */
  readonly monotonicMs: number;
  /** Since the machine started, sleep included; a clock that is set does not change it. */
  readonly uptimeMs: number;
  readonly wallMs: number;
  /** Another one after each start of the machine; empty where the system has none. */
  readonly boot: string;
}

/** A reading, and what the store's own clock said at that moment. */
export interface ClockNote extends ClockReading {
  readonly storeMs: number;
}

/** Neither rounding nor a clock that is corrected looks like a sleep. */
const shortestSleepMs = 60_000;

/** Kept back where elapsed time is not measured by the monotonic clock. */
const marginMs = 2_000;

/**
 * A clock that goes on over sleep and restarts and never runs ahead of the true one: what is kept in the store for a day still holds
 * after the machine has been off. Within a boot it is the monotonic clock, plus the sleep that uptime shows. Over a restart it goes by
 * the wall clock, which is taken to be right within the margin; a clock that is behind counts as no time passed. A restart that can't be
 * seen (no boot name, and the monotonic clock is already past the note) makes the elapsed time too short, which is the safe side.
 */
export function storeTime(note: ClockNote | undefined, reading: ClockReading): number {
  if (note === undefined) return reading.wallMs;
  const elapsedMs = reading.monotonicMs - note.monotonicMs;
  if (reading.boot === note.boot && elapsedMs >= 0) {
    const sleptMs = reading.uptimeMs - note.uptimeMs - elapsedMs;
    return note.storeMs + elapsedMs + (sleptMs > shortestSleepMs ? sleptMs - marginMs : 0);
  }
  return note.storeMs + Math.max(0, reading.wallMs - note.wallMs - marginMs);
}

let boot: string | undefined;

export function readMachineClock(): ClockReading {
  boot ??= bootName();
  return {
    monotonicMs: machineMonotonicMs(),
    uptimeMs: Math.round(uptime() * 1_000),
    wallMs: Date.now(),
    boot,
  };
}

function bootName(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
