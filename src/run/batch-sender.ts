import type { Answer } from '../core/call.ts';
import type { Edit, RowIdentity } from '../core/edit.ts';
import type { BatchWrites } from '../core/vendor.ts';
import { answerTo, type CallParts, type Exchanger } from './exchanger.ts';
import { endOf, replyFacts, type CallEnd } from './send-call.ts';
import type { RunStop } from './run-stop.ts';

/** An edit that may be carried with others. */
export interface BatchItem {
  readonly row: RowIdentity;
  readonly edit: Edit;
  /** An earlier session may have sent it. */
  readonly inDoubt: boolean;
}

/** How a call of several edits ended for one of them. */
export type BatchEnd =
  | CallEnd
  /** Not done, for a reason of this row alone that passes: it is to be sent again later, with others. */
  | {
      readonly kind: 'later';
      readonly code: string;
      readonly message: string;
      readonly waitMs?: number;
      readonly attempts: number;
    }
  /** It may be applied already, and may go again, with others, only where its record shows that it is not. */
  | { readonly kind: 'unclear'; readonly attempts: number }
  /** The reply does not tell, or no call of several edits will: it is to be sent by itself. */
  | {
      readonly kind: 'by-itself';
      /** It may be applied already: the record is to be read first. */
      readonly inDoubt: boolean;
      readonly attempts: number;
      /** To be called where the edit is then applied by itself. */
      readonly onApplied?: () => void;
    };

/**
 * Sends calls that carry several edits until each of them has an outcome or is known to need a call of its own. A call that is refused as a whole
 * is halved until the edit to blame stands alone: at most 2·⌈log₂ n⌉ + 1 calls where there is one.
 */
export class BatchSender {
  readonly #batches: BatchWrites;
  readonly #parts: CallParts;
  readonly #stop: RunStop;
  readonly #exchanger: Exchanger;
  #accepted = true;

  constructor(batches: BatchWrites, parts: CallParts, stop: RunStop, exchanger: Exchanger) {
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
    const sent = await this.#sendTogether(key, items);
    return sent.kind === 'refused' ? this.#sendParts(key, items, sent.suspects) : sent.ends;
  }

  /** Sends what was refused in two parts: those that the refusal points at and the others, else one half and the other. */
  async #sendParts(
    key: string,
    items: readonly BatchItem[],
    suspects: ReadonlySet<number>,
  ): Promise<readonly BatchEnd[]> {
    const first = this.#accepted ? firstPart(items.length, suspects) : undefined;
    const ends = first === undefined ? items.map(alone) : await this.#sendApart(key, items, first);
    const onApplied = ends.every(({ kind }) => kind === 'by-itself') ? this.#blameless(items.length) : undefined;
    return ends.map((end): BatchEnd => {
      const attempts = end.attempts + 1;
      return Object.assign({}, end, { attempts }, onApplied === undefined ? {} : { onApplied });
    });
  }

  async #sendApart(key: string, items: readonly BatchItem[], first: ReadonlySet<number>): Promise<readonly BatchEnd[]> {
    const part = (isFirst: boolean): Promise<readonly BatchEnd[]> =>
      this.send(
        key,
        items.filter((_item, index) => first.has(index) === isFirst),
      );
    const [firstEnds, otherEnds] = await Promise.all([part(true), part(false)]);
    const ends = [firstEnds.values(), otherEnds.values()] as const;
    return items.map((item, index) => ends[first.has(index) ? 0 : 1].next().value ?? alone(item));
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

  async #sendTogether(key: string, items: readonly BatchItem[]): Promise<Sent> {
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
      const stopped: Sent = { kind: 'ends', ends: items.map((): BatchEnd => ({ kind: 'stopped', attempts })) };
      if (this.#stop.sending.aborted) return stopped;
      const exchange = await this.#exchanger.write(call, attempts + 1, intent);
      if (exchange.kind === 'stopped') return stopped;
      attempts += 1;
      const answer: Answer = exchange.kind === 'reply' ? exchange.reading : answerTo(exchange.error);
      const facts = exchange.kind === 'reply' ? replyFacts(exchange) : {};
      if (answer.kind === 'refused-whole') {
        if (answer.unsupported === true) this.#giveUp(answer.message);
        return { kind: 'refused', suspects: new Set(answer.suspects) };
      }
      if (answer.kind === 'settled') {
        const ends = items.map(({ inDoubt }, index): BatchEnd => {
          const verdict = answer.verdicts[index] ?? { kind: 'unnamed' };
          if (verdict.kind === 'unnamed') return { kind: 'by-itself', inDoubt: true, attempts };
          const doubt = inDoubt || tried;
          if (verdict.kind !== 'again') return { ...endOf(verdict, doubt), ...facts, attempts };
          return doubt ? { kind: 'by-itself', inDoubt: true, attempts } : { ...verdict, kind: 'later', attempts };
        });
        const notDone = items.filter((_item, index) => ends[index]?.kind === 'later');
        await Promise.all(notDone.map(({ row }) => journal.notApplied(row, 0)));
        return { kind: 'ends', ends };
      }
      tried ||= answer.kind === 'transient' && answer.mayHaveApplied;
      if (!tried)
        await Promise.all(items.filter(({ inDoubt }) => !inDoubt).map(({ row }) => journal.notApplied(row, 0)));
      // What else an answer means is for the whole account, and the exchanger has seen to it.
      if (answer.kind !== 'transient') continue;
      failures += 1;
      const { code, message } = answer;
      if (tried && call.repeatable !== true) {
        // One wait for all, so that those that go again do so together.
        await this.#exchanger.backOff(call, attempts, failures, answer);
        return { kind: 'ends', ends: items.map((): BatchEnd => ({ kind: 'unclear', attempts })) };
      }
      if (failures >= retry.attempts) {
        const ends = items.map(({ inDoubt }): BatchEnd => {
          if (inDoubt || tried) return { kind: 'by-itself', inDoubt: true, attempts };
          return { kind: 'failed', code, message, ...facts, attempts };
        });
        return { kind: 'ends', ends };
      }
      await this.#exchanger.backOff(call, attempts, failures, answer);
    }
  }
}

/** The places of what goes apart: the suspects where they are the smaller half, else the first half. */
function firstPart(count: number, suspects: ReadonlySet<number>): ReadonlySet<number> {
  const half = Math.ceil(count / 2);
  const known = [...suspects].filter((index) => index < count);
  return known.length > 0 && known.length <= half
    ? new Set(known)
    : new Set(Array.from({ length: half }, (_, index) => index));
}

type Sent =
  | { readonly kind: 'ends'; readonly ends: readonly BatchEnd[] }
  | { readonly kind: 'refused'; readonly suspects: ReadonlySet<number> };

function alone(_item: BatchItem): BatchEnd {
  return { kind: 'by-itself', inDoubt: false, attempts: 0 };
}
