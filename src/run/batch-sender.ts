import type { Answer, Call } from '../core/call.ts';
import type { Edit, RowIdentity } from '../core/edit.ts';
import { answerTo, type CallParts, type Exchanger } from './exchanger.ts';
import { replyFacts, settledEnd, type CallEnd } from './send-call.ts';
import type { RunStop } from './run-stop.ts';

/** How edits are written together, with the vendor's settings filled in. */
export interface BatchParts {
  readonly most: number;
  readonly key: (edit: Edit) => string | undefined;
  readonly call: (key: string, edits: readonly Edit[]) => Call;
  readonly waitsMs: readonly number[];
}

/** An edit that may be carried with others. Sending it twice does no harm. */
export interface BatchItem {
  readonly row: RowIdentity;
  readonly edit: Edit;
  /** An earlier session may have sent it. */
  readonly inDoubt: boolean;
}

/** How a call of several edits ended for one of them. */
export type BatchEnd =
  | CallEnd
  /** The reply does not tell, or no call of several edits will: it is to be sent by itself. */
  | {
      readonly kind: 'by-itself';
      /** It may be applied already: the record is to be looked at first. */
      readonly look: boolean;
      readonly attempts: number;
      /** To be called where the edit is then applied by itself. */
      readonly onApplied?: () => void;
    };

/**
 * Sends calls that carry several edits until each of them has an outcome or is known to need a call of its own. A call that is refused as a whole
 * is halved until the edit to blame stands alone: at most 2·⌈log₂ n⌉ + 1 calls where there is one.
 */
export class BatchSender {
  readonly #batches: BatchParts;
  readonly #parts: CallParts;
  readonly #stop: RunStop;
  readonly #exchanger: Exchanger;
  #accepted = true;

  constructor(batches: BatchParts, parts: CallParts, stop: RunStop, exchanger: Exchanger) {
    this.#batches = batches;
    this.#parts = parts;
    this.#stop = stop;
    this.#exchanger = exchanger;
  }

  /** The key with which an edit may be carried; undefined where it goes by itself. */
  keyOf(edit: Edit): string | undefined {
    return this.#accepted ? this.#batches.key(edit) : undefined;
  }

  get most(): number {
    return this.#batches.most;
  }

  /** One end for each item, in their order. Rejects only when the journal can't be written or on a defect. */
  async send(key: string, items: readonly BatchItem[]): Promise<readonly BatchEnd[]> {
    if (items.length < 2 || !this.#accepted) return items.map(alone);
    const ends = await this.#sendTogether(key, items);
    return ends === 'refused' ? this.#sendHalves(key, items) : ends;
  }

  async #sendHalves(key: string, items: readonly BatchItem[]): Promise<readonly BatchEnd[]> {
    const middle = Math.ceil(items.length / 2);
    const halves = this.#accepted ? [items.slice(0, middle), items.slice(middle)] : [];
    const ends =
      halves.length === 0 ? items.map(alone) : (await Promise.all(halves.map((half) => this.send(key, half)))).flat();
    const onApplied = ends.every(({ kind }) => kind === 'by-itself') ? this.#blameless(items.length) : undefined;
    return ends.map((end): BatchEnd => {
      const attempts = end.attempts + 1;
      return Object.assign({}, end, { attempts }, onApplied === undefined ? {} : { onApplied });
    });
  }

  /** Where edits that were refused together are all applied when they go alone, it is calls of several edits that are refused. */
  #blameless(size: number): () => void {
    let applied = 0;
    return () => {
      applied += 1;
      if (applied === size) this.#giveUp('it refuses several edits together that it takes one by one');
    };
  }

  #giveUp(message: string): void {
    if (!this.#accepted) return;
    this.#accepted = false;
    this.#parts.onEvent({ kind: 'no-batches', message });
  }

  async #sendTogether(key: string, items: readonly BatchItem[]): Promise<readonly BatchEnd[] | 'refused'> {
    const { journal, retry } = this.#parts;
    const call = this.#batches.call(
      key,
      items.map(({ edit }) => edit),
    );
    const intent = async (): Promise<void> => {
      const carrier = items[0]?.row;
      await Promise.all(items.map(({ row }) => journal.intent(row, 0, row === carrier ? undefined : carrier)));
    };
    let attempts = 0;
    let failures = 0;
    /** True once an attempt may have been applied. */
    let tried = false;
    for (;;) {
      const stopped = items.map((): BatchEnd => ({ kind: 'stopped', attempts }));
      if (this.#stop.sending.aborted) return stopped;
      const exchange = await this.#exchanger.write(call, attempts + 1, intent);
      if (exchange.kind === 'stopped') return stopped;
      attempts += 1;
      const answer: Answer = exchange.kind === 'reply' ? exchange.reading : answerTo(exchange.error);
      const facts = exchange.kind === 'reply' ? replyFacts(exchange) : {};
      if (answer.kind === 'refused-whole') {
        if (answer.unsupported === true) this.#giveUp(answer.message);
        return 'refused';
      }
      if (answer.kind === 'settled') {
        return items.map(({ inDoubt }, index): BatchEnd => {
          const verdict = answer.verdicts[index] ?? { kind: 'unnamed' };
          if (verdict.kind === 'unnamed') return { kind: 'by-itself', look: true, attempts };
          return { ...settledEnd(verdict, inDoubt || tried), ...facts, attempts };
        });
      }
      tried ||= answer.kind === 'transient' && answer.mayHaveApplied;
      if (!tried)
        await Promise.all(items.filter(({ inDoubt }) => !inDoubt).map(({ row }) => journal.notApplied(row, 0)));
      // What else an answer means is for the whole account, and the exchanger has seen to it.
      if (answer.kind !== 'transient') continue;
      failures += 1;
      const { code, message } = answer;
      if (failures >= retry.attempts) {
        return items.map(({ inDoubt }) => ({
          kind: inDoubt || tried ? 'in_doubt' : 'failed',
          code,
          message,
          ...facts,
          attempts,
        }));
      }
      await this.#exchanger.backOff(call, attempts, failures, answer);
    }
  }
}

function alone(): BatchEnd {
  return { kind: 'by-itself', look: false, attempts: 0 };
}
