import type { Call, Reply } from '../core/call.ts';
import type { Edit } from '../core/edit.ts';
import type { RunEvent } from '../core/run-event.ts';
import type { Snapshot } from '../core/vendor.ts';
import type { Exchanger } from './exchanger.ts';

/** How the vendor's records are read, with its settings filled in. */
export interface ReadParts {
  readonly call: (edit: Edit) => Call;
  readonly read: (reply: Reply, call: Call) => Snapshot;
}

/** What came of looking at a record. */
export type Look =
  | Snapshot
  | { readonly kind: 'stopped' }
  /** No answer that tells anything, after all tries. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * Reads what opportunities hold. Where the account turns out not to be able to read, that is told once and no more reads are sent. A record that
 * the vendor says it does not have counts as absent only where a read can tell: after one that succeeded, if there is doubt.
 */
export class CurrentReader {
  readonly #parts: ReadParts;
  readonly #exchanger: Exchanger;
  readonly #onEvent: (event: RunEvent) => void;
  #unsupported: Extract<Snapshot, { kind: 'unsupported' }> | undefined;
  #hasRead = false;

  constructor(parts: ReadParts, exchanger: Exchanger, onEvent: (event: RunEvent) => void) {
    this.#parts = parts;
    this.#exchanger = exchanger;
    this.#onEvent = onEvent;
  }

  async look(edit: Edit): Promise<Look> {
    if (this.#unsupported !== undefined) return this.#unsupported;
    const call = this.#parts.call(edit);
    const exchange = await this.#exchanger.readSettled(call);
    if (exchange.kind !== 'reply') return exchange;
    const { reply, reading } = exchange;
    const snapshot = this.#parts.read(reply, call);
    if (snapshot.kind === 'found') this.#hasRead = true;
    if (snapshot.kind === 'unsupported' && this.#unsupported === undefined) {
      this.#unsupported = snapshot;
      this.#onEvent({ kind: 'cannot-read', message: snapshot.message });
    }
    const verdict = reading.kind === 'settled' ? reading.verdicts[0] : undefined;
    const told = verdict?.kind === 'rejected' ? { code: verdict.code, message: verdict.message } : {};
    if (snapshot.kind === 'absent')
      return { ...snapshot, message: `${snapshot.message}${told.message === undefined ? '' : ` ${told.message}`}` };
    if (snapshot.kind === 'unknown' && snapshot.absentIf !== undefined && this.#hasRead)
      return { kind: 'absent', code: 'not-found', message: `${snapshot.message}.`, hint: absentHint };
    return snapshot;
  }
}

const absentHint = 'Check the id and that this account may see it; --blind sends without looking.';
