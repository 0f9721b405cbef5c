import type { Answer, Verdict } from '../core/call.ts';
import type { Edit } from '../core/edit.ts';
import type { FoundRecord, RecordRead, RecordReads, Service } from '../core/vendor.ts';
import type { CallDispatcher } from './call-dispatcher.ts';
import { Batcher } from './batcher.ts';
import { isRecordOf } from './record-proof.ts';

/** How the vendor's records are read. */
export type ReadParts = Pick<RecordReads, 'call' | 'read' | 'bulk'> & Pick<Service, 'canonicalId'>;

/** What came of reading a record. */
export type RecordResult =
  | RecordRead
  | { readonly kind: 'stopped' }
  /** No answer that says anything of this record, after all tries. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** How often a record is read that turns out to be another one's. */
const mostReads = 3;

/**
 * Reads what opportunities hold. Where the account turns out not to be able to read, that is said once and no more reads are sent. A record that
 * the vendor says it does not have counts as absent only where a read can tell: after one that succeeded, if there is doubt. Every record is
 * asked whose it is: another one's is never taken for this one's.
 */
export class RecordReader {
  readonly #parts: ReadParts;
  readonly #dispatcher: CallDispatcher;
  /** Reads that wait for others to join them: whoever reads several has it flushed. */
  readonly reads: Batcher<Edit, RecordResult | undefined>;
  #bulk: ReadParts['bulk'];
  #unsupported: Extract<RecordRead, { kind: 'unsupported' }> | undefined;
  #hasRead = false;

  constructor(parts: ReadParts, dispatcher: CallDispatcher, onGather: () => void) {
    this.#parts = parts;
    this.#bulk = parts.bulk;
    this.#dispatcher = dispatcher;
    this.reads = new Batcher({
      most: parts.bulk?.most ?? 1,
      serve: (key, edits) => this.#readTogether(key, edits),
      onChange: onGather,
    });
  }

  /** The key with which an edit's record is read together with others; undefined where it is read by itself. */
  keyOf(edit: Edit): string | undefined {
    return this.#bulk?.key(edit);
  }

  async read(edit: Edit): Promise<RecordResult> {
    const key = this.keyOf(edit);
    return (key === undefined ? undefined : await this.reads.add(key, edit)) ?? this.#readAlone(edit);
  }

  /** One read for all; undefined for those that it does not show. */
  async #readTogether(key: string, edits: readonly Edit[]): Promise<readonly (RecordResult | undefined)[]> {
    const nothing = edits.map(() => undefined);
    const bulk = this.#bulk;
    if (bulk === undefined) return nothing;
    const call = bulk.call(key, edits);
    const exchange = await this.#dispatcher.readSettled(call);
    if (exchange.kind === 'stopped') return edits.map(() => exchange);
    const verdict = exchange.kind === 'reply' ? firstVerdict(exchange.answer) : undefined;
    const shown =
      exchange.kind === 'reply' && verdict?.kind === 'applied' ? bulk.read(exchange.reply, call) : undefined;
    if (shown !== undefined) {
      const recordOf = this.#recordsById(shown.found);
      const absent = new Set(shown.absent.map((id) => this.#canonical(id)));
      return edits.map(({ id }): RecordResult | undefined => {
        const record = recordOf(id);
        if (record !== undefined) {
          this.#hasRead = true;
          return { kind: 'found', record };
        }
        return absent.has(this.#canonical(id)) ? absentRecord('The vendor has no such opportunity') : undefined;
      });
    }
    if (this.#bulk !== undefined) {
      this.#bulk = undefined;
      const message = exchange.kind === 'failed' ? exchange.message : messageOf(verdict);
      this.#dispatcher.parts.onEvent({ kind: 'notice', notice: 'no-bulk-reads', message });
    }
    return nothing;
  }

  /** The one record of an id; undefined where there is none, or several that claim it. */
  #recordsById(found: readonly FoundRecord[]): (id: string) => FoundRecord | undefined {
    const byId = new Map<string, FoundRecord | undefined>();
    for (const record of found)
      for (const id of new Set([record.id, ...(record.formerIds ?? [])].map((one) => this.#canonical(one))))
        byId.set(id, byId.has(id) ? undefined : record);
    return (id) => byId.get(this.#canonical(id));
  }

  #canonical(id: string): string {
    return this.#parts.canonicalId?.(id) ?? id;
  }

  async #readAlone(edit: Edit): Promise<RecordResult> {
    for (let reads = 1; ; reads += 1) {
      const result = await this.#readOnce(edit);
      if (result.kind !== 'found' || isRecordOf(edit.id, result.record, this.#parts.canonicalId)) return result;
      if (reads >= mostReads)
        return {
          kind: 'failed',
          code: 'wrong-record',
          message: `the reply shows another opportunity, ${result.record.id}`,
        };
    }
  }

  async #readOnce(edit: Edit): Promise<RecordResult> {
    if (this.#unsupported !== undefined) return this.#unsupported;
    const call = this.#parts.call(edit);
    const exchange = await this.#dispatcher.readSettled(call);
    if (exchange.kind !== 'reply') return exchange;
    const { reply, answer } = exchange;
    const read = this.#parts.read(reply, call);
    if (read.kind === 'found') this.#hasRead = true;
    if (read.kind === 'unsupported' && this.#unsupported === undefined) {
      this.#unsupported = read;
      this.#dispatcher.parts.onEvent({ kind: 'notice', notice: 'cannot-read', message: read.message });
    }
    const verdict = firstVerdict(answer);
    const reason = verdict?.kind === 'rejected' ? ` ${verdict.message.replace(/[.!?]?$/, '.')}` : '';
    if (read.kind === 'absent') return { ...read, message: `${read.message}${reason}` };
    if (read.kind === 'unknown' && read.absentIf !== undefined && this.#hasRead) return absentRecord(read.message);
    return read;
  }
}

function absentRecord(message: string): RecordRead {
  const hint = 'Check the id and that this account may see it; --blind sends without reading.';
  return { kind: 'absent', code: 'not-found', message: `${message}.`, hint };
}

function firstVerdict(answer: Answer): Verdict | undefined {
  return answer.kind === 'settled' ? answer.verdicts[0] : undefined;
}

function messageOf(verdict: Verdict | undefined): string {
  return verdict !== undefined && 'message' in verdict ? verdict.message : 'the reply is not understood';
}
