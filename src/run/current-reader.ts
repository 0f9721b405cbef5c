import type { Call, Reply, Verdict } from '../core/call.ts';
import type { Edit } from '../core/edit.ts';
import type { RunEvent } from '../core/run-event.ts';
import type { Snapshot } from '../core/vendor.ts';
import type { Exchanger } from './exchanger.ts';
import { Gatherer } from './gatherer.ts';

/** How the vendor's records are read, with its settings filled in. */
export interface ReadParts {
  readonly call: (edit: Edit) => Call;
  readonly read: (reply: Reply, call: Call) => Snapshot;
  readonly bulk?: {
    readonly most: number;
    readonly key: (edit: Edit) => string | undefined;
    readonly call: (key: string, edits: readonly Edit[]) => Call;
    readonly read: (reply: Reply, call: Call) => readonly (Snapshot | undefined)[];
  };
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
  /** Looks that wait for others to join them: whoever looks at several has it flushed. */
  readonly looks: Gatherer<Edit, Look | undefined>;
  #bulk: ReadParts['bulk'];
  #unsupported: Extract<Snapshot, { kind: 'unsupported' }> | undefined;
  #hasRead = false;

  constructor(
    parts: ReadParts,
    exchanger: Exchanger,
    onEvent: (event: RunEvent) => void,
    onGather: () => void = () => undefined,
  ) {
    this.#parts = parts;
    this.#bulk = parts.bulk;
    this.#exchanger = exchanger;
    this.#onEvent = onEvent;
    this.looks = new Gatherer({
      most: parts.bulk?.most ?? 1,
      serve: (key, edits) => this.#lookTogether(key, edits),
      onChange: onGather,
    });
  }

  /** The key with which an edit is looked at together with others; undefined where it is looked at by itself. */
  keyOf(edit: Edit): string | undefined {
    return this.#bulk?.key(edit);
  }

  async look(edit: Edit): Promise<Look> {
    const key = this.keyOf(edit);
    return (key === undefined ? undefined : await this.looks.add(key, edit)) ?? this.#lookAlone(edit);
  }

  /** One read for all; undefined for those that it does not show. */
  async #lookTogether(key: string, edits: readonly Edit[]): Promise<readonly (Look | undefined)[]> {
    const nothing = edits.map(() => undefined);
    const bulk = this.#bulk;
    if (bulk === undefined) return nothing;
    const call = bulk.call(key, edits);
    const exchange = await this.#exchanger.readSettled(call);
    if (exchange.kind === 'stopped') return edits.map(() => exchange);
    const verdict =
      exchange.kind === 'reply' && exchange.reading.kind === 'settled' ? exchange.reading.verdicts[0] : undefined;
    if (exchange.kind === 'reply' && verdict?.kind === 'applied') return bulk.read(exchange.reply, call);
    if (this.#bulk !== undefined) {
      this.#bulk = undefined;
      const message = exchange.kind === 'failed' ? exchange.message : messageOf(verdict);
      this.#onEvent({ kind: 'no-bulk-reads', message });
    }
    return nothing;
  }

  async #lookAlone(edit: Edit): Promise<Look> {
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
      return {
        ...snapshot,
        message: `${snapshot.message}${told.message === undefined ? '' : ` ${told.message.replace(/[.!?]?$/, '.')}`}`,
      };
    if (snapshot.kind === 'unknown' && snapshot.absentIf !== undefined && this.#hasRead)
      return { kind: 'absent', code: 'not-found', message: `${snapshot.message}.`, hint: absentHint };
    return snapshot;
  }
}

function messageOf(verdict: Verdict | undefined): string {
  return verdict !== undefined && 'message' in verdict ? verdict.message : 'the reply is not understood';
}

const absentHint = 'Check the id and that this account may see it; --blind sends without looking.';
