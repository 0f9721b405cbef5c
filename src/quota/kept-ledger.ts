import { crc32 } from 'node:zlib';
import type { ClockNote } from './machine-clock.ts';
import type { LedgerState } from './permit-ledger.ts';

/** What a store keeps of an account. */
export interface KeptLedger {
  /** Grows with each step that was kept. */
  readonly step: number;
  /** When the ledger was begun, milliseconds since the epoch by the clock of whoever began it. */
  readonly begunAtMs: number;
  /** Moment of the step by the store's clock, with what that clock goes by where the store has none of its own. */
  readonly clock: ClockNote;
  readonly ledger: LedgerState;
}

/** The form of today. A text in another one counts as damaged: nothing is known of what it counted. */
const version = 'oppatch-quota-2';

/** As one text: form, checksum, JSON. */
export function keptText(kept: KeptLedger): string {
  const json = JSON.stringify(kept);
  return `${version} ${crc32(json)} ${json}`;
}

/** Undefined where the text is not, to the last character, one that {@link keptText} made. */
export function readKept(text: string): KeptLedger | undefined {
  const [form, sum] = text.split(' ', 2);
  if (form !== version || sum === undefined) return undefined;
  const json = text.slice(form.length + sum.length + 2);
  if (String(crc32(json)) !== sum) return undefined;
  return JSON.parse(json) as KeptLedger;
}
