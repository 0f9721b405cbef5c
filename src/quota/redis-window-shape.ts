import type { Meter } from '../core/vendor.ts';
import { resetMarginMs, windowWithDriftMs } from './ledger-window.ts';

/** Larger numbers lose digits in Lua's JSON. */
export const largestCount = 1e12;

/** A window as the script knows it. */
export interface WindowShape {
  readonly name: string;
  /** Empty: all calls of the account. */
  readonly group: string;
  readonly windowMs: number;
  readonly fixed: boolean;
  readonly spanMs: number;
  readonly marginMs: number;
  readonly widthMs: number;
  readonly askedCount: number;
}

export function windowShape(meter: Pick<Meter, 'count' | 'windowMs' | 'window' | 'group'>): WindowShape {
  const windowMs = Math.ceil(meter.windowMs);
  const group = meter.group ?? '';
  return {
    name: `${meter.window}:${windowMs}:${group}`,
    group,
    windowMs,
    fixed: meter.window === 'fixed',
    spanMs: Math.ceil(windowWithDriftMs(windowMs)),
    marginMs: Math.ceil(resetMarginMs(windowMs)),
    widthMs: windowMs < 60_000 ? 1 : Math.ceil(windowMs / 2000),
    askedCount: Math.min(largestCount, Math.floor(meter.count)),
  };
}

/** Of two meters with the same window the tighter one holds. */
export function windowShapes(meters: readonly Meter[]): readonly WindowShape[] {
  const shapes = new Map<string, WindowShape>();
  for (const meter of meters) {
    const shape = windowShape(meter);
    const same = shapes.get(shape.name);
    if (same !== undefined && same.askedCount <= shape.askedCount) continue;
    shapes.set(shape.name, shape);
  }
  return [...shapes.values()];
}
