import type { Guard } from './call.ts';
import type { RowIdentity } from './edit.ts';
import type { Json } from './json.ts';
import type { RowOutcome } from './outcome.ts';
import type { RecordName } from './record-name.ts';

/**
 * What the engine writes down while it runs. Every promise resolves when the record is on the disk; a rejection means that
 * nothing more may be sent.
 */
export interface RunJournal {
  /** What this row's fields hold and which of them are about to be written. On the disk before the intent that follows. */
  readonly planned: (row: RowIdentity, planned: PlannedRow) => void;
  /** The call `callIndex` of this row is about to be sent. `carrier`: it is this other row's call, which carries several. */
  readonly intent: (row: RowIdentity, callIndex: number, carrier?: RowIdentity) => Promise<void>;
  /** It is certain that the call did nothing: the intent is taken back. */
  readonly notApplied: (row: RowIdentity, callIndex: number) => Promise<void>;
  /** The call was applied, and more calls of this row follow. */
  readonly callApplied: (row: RowIdentity, callIndex: number, attempts: number) => Promise<void>;
  /** A job of the vendor's stands open, of which nothing is done before it is closed. */
  readonly jobOpened: (job: string) => Promise<void>;
  /** The job is about to be closed. It carries these rows, whose intents are written down already. */
  readonly jobClosing: (job: string, rows: readonly RowIdentity[]) => Promise<void>;
  /** The job was given up before it was closed. */
  readonly jobDropped: (job: string) => Promise<void>;
  /** A call that changes nothing is being sent. It is only counted, and nobody waits for the disk. */
  readonly readSent: () => void;
  /** The row has its final outcome. */
  readonly recordOutcome: (outcome: RowOutcome) => Promise<void>;
}

/** What was read of a row's opportunity before it was written, and what was then sent. */
export interface PlannedRow extends RecordName {
  /** The fields whose values are known, in the vendor's form; null for empty. Those that the vendor moves along are among them. */
  readonly before: Readonly<Record<string, Json>>;
  /** Values of fields that the row does not change, without which others can't be shown: the currency of an amount. */
  readonly beside?: Readonly<Record<string, Json>>;
  /** Fields whose values are known and not kept: they hold a secret. */
  readonly withheld?: readonly string[];
  /** The changes that are sent, by `changeName`; others of the row were done already, or are left alone. */
  readonly sent: readonly string[];
  /** Of the record that was read: the write is refused once it has changed. */
  readonly guard?: Guard;
  /** Why the row is not a success although what was sent is applied: fields that someone else has changed are left alone. */
  readonly left?: string;
  /** The row was sent as one with successive ones of its id: the first of them, and the calls that were made of all, by their steps. */
  readonly merged?: { readonly lead: number; readonly steps: readonly string[] };
}
