import type { Verdict } from '../core/call.ts';
import type { Edit, RowIdentity } from '../core/edit.ts';
import type { Json } from '../core/json.ts';
import type { BatchWrites } from '../core/vendor.ts';
import type { CallDispatcher } from './call-dispatcher.ts';
import { endOf, replyFacts, type CallEnd } from './send-call.ts';

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
  /** The reply does not say, or no call of several edits will: it is to be sent by itself. */
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
 * is sent in parts until the edit to blame stands alone: at most 2·⌈log₂ n⌉ + 1 calls where there is one, whatever the refusals point at.
 */
export class BatchSender {
  readonly #batches: BatchWrites;
  readonly #dispatcher: CallDispatcher;
  /** Whether the record that an entry shows is another one's; false where it shows none. */
  readonly #isOther: (edit: Edit, echo: Json) => boolean;
  #accepted = true;
  /** False once what was taken of a refused call did not say who is to blame. */
  #infers = true;

  constructor(batches: BatchWrites, dispatcher: CallDispatcher, isOther: (edit: Edit, echo: Json) => boolean) {
    this.#batches = batches;
    this.#dispatcher = dispatcher;
    this.#isOther = isOther;
  }

  /** The key with which an edit may be carried; undefined where it goes by itself. */
  keyOf(edit: Edit): string | undefined {
    return this.#accepted ? this.#batches.key(edit) : undefined;
  }

  /** One end for each item, in their order. Rejects only when the journal can't be written or on a defect. */
  async send(key: string, items: readonly BatchItem[]): Promise<readonly BatchEnd[]> {
    const { ends } = await this.#sendPart(key, items, 2 * Math.ceil(Math.log2(items.length)) + 1);
    return ends;
  }

  /** `budget`: calls within which one to blame is to be found, this one among them. */
  async #sendPart(key: string, items: readonly BatchItem[], budget: number): Promise<PartEnds> {
    if (items.length < 2 || !this.#accepted) return { ends: items.map(alone), taken: false };
    const sent = await this.#sendTogether(key, items);
    if (sent.kind === 'ends') return { ends: sent.ends, taken: sent.ends.some(({ kind }) => kind === 'applied') };
    const ends = await this.#sendApart(key, items, sent.suspects, budget - 1);
    const onApplied = this.#blameless(ends, 'it refuses several edits together that it takes one by one');
    return {
      ends: ends.map((end): BatchEnd => Object.assign({}, end, { attempts: end.attempts + 1 }, onApplied)),
      taken: false,
    };
  }

  /**
   * Sends in two parts what is refused together: those that the refusal points at and the others, else one half and the other. Where the first part is
   * taken, the one to blame is in the second, which is not sent as a whole any more.
   */
  async #sendApart(
    key: string,
    items: readonly BatchItem[],
    suspects: readonly number[],
    budget: number,
  ): Promise<readonly BatchEnd[]> {
    if (items.length < 2 || !this.#accepted) return items.map(alone);
    const first = firstPart(items.length, suspects, budget);
    const others = items.filter((_item, index) => !first.has(index));
    const part = await this.#sendPart(
      key,
      items.filter((_item, index) => first.has(index)),
      budget - 1,
    );
    const otherEnds =
      part.taken && this.#infers
        ? await this.#sendBlamed(key, others, budget - 1)
        : (await this.#sendPart(key, others, budget - 1)).ends;
    const ends = [part.ends.values(), otherEnds.values()] as const;
    return items.map((item, index) => ends[first.has(index) ? 0 : 1].next().value ?? alone(item));
  }

  /** Edits of which one is to blame, by what was taken of those that were refused with them. */
  async #sendBlamed(key: string, items: readonly BatchItem[], budget: number): Promise<readonly BatchEnd[]> {
    const ends = await this.#sendApart(key, items, [], budget);
    const onApplied = this.#blameless(ends, undefined);
    return onApplied === undefined ? ends : ends.map((end): BatchEnd => Object.assign({}, end, onApplied));
  }

  /**
   * Where edits that were refused together are all applied when they go alone, it is calls of several edits that are refused (`message`), or so many of
   * them: then nothing follows from what is taken.
   */
  #blameless(ends: readonly BatchEnd[], message: string | undefined): { readonly onApplied: () => void } | undefined {
    if (!ends.every(({ kind }) => kind === 'by-itself')) return undefined;
    let applied = 0;
    return {
      onApplied: () => {
        applied += 1;
        if (applied < ends.length) return;
        if (message === undefined) this.#infers = false;
        else this.#giveUp(message);
      },
    };
  }

  /** Undefined where the verdict shows no record. */
  #showsOther(edit: Edit, verdict: Verdict | undefined): boolean | undefined {
    if (verdict?.kind !== 'applied' || verdict.echo === undefined) return undefined;
    return this.#isOther(edit, verdict.echo);
  }

  #giveUp(message: string): void {
    if (!this.#accepted) return;
    this.#accepted = false;
    this.#dispatcher.parts.onEvent({ kind: 'notice', notice: 'no-batches', message });
  }

  async #sendTogether(key: string, items: readonly BatchItem[]): Promise<Sent> {
    const { parts, stop } = this.#dispatcher;
    const { journal, retry } = parts;
    const call = this.#batches.call(
      key,
      items.map(({ edit }) => edit),
    );
    const intent = async (): Promise<void> => {
      const carrier = items[0]?.row;
      await Promise.all(items.map(({ row }) => journal.intent(row, 0, row === carrier ? undefined : carrier)));
    };
    const notApplied = async (): Promise<void> => {
      await Promise.all(items.filter(({ inDoubt }) => !inDoubt).map(({ row }) => journal.notApplied(row, 0)));
    };
    let attempts = 0;
    let failures = 0;
    /** True once an attempt may have been applied. */
    let tried = false;
    const endAll = (kind: 'stopped' | 'unclear'): Sent => ({
      kind: 'ends',
      ends: items.map(() => ({ kind, attempts })),
    });
    for (;;) {
      if (stop.sending.aborted) return endAll('stopped');
      const exchange = await this.#dispatcher.write(call, attempts + 1, intent);
      if (exchange.kind === 'stopped') return endAll('stopped');
      attempts += 1;
      const { answer } = exchange;
      const facts = replyFacts(exchange);
      if (answer.kind === 'refused-whole') {
        if (answer.unsupported === true) this.#giveUp(answer.message);
        // Known before a part goes again: where the run is stopped meanwhile, none of them is in doubt.
        if (!tried) await notApplied();
        return { kind: 'refused', suspects: answer.suspects ?? [] };
      }
      if (answer.kind === 'settled') {
        const others = items.map(({ edit }, index) => this.#showsOther(edit, answer.verdicts[index]));
        const ends = items.map(({ inDoubt }, index): BatchEnd => {
          const verdict = answer.verdicts[index] ?? { kind: 'unnamed' };
          // Where entries stand for each other, one that shows no record may be another's, too.
          const isMixedUp = others.includes(true) && others[index] !== false;
          if (verdict.kind === 'unnamed' || isMixedUp) return { kind: 'by-itself', inDoubt: true, attempts };
          const doubt = inDoubt || tried;
          if (verdict.kind !== 'again') return { ...endOf(verdict, doubt), ...facts, attempts };
          return doubt ? { kind: 'by-itself', inDoubt: true, attempts } : { ...verdict, kind: 'later', attempts };
        });
        const notDone = items.filter((_item, index) => ends[index]?.kind === 'later');
        await Promise.all(notDone.map(({ row }) => journal.notApplied(row, 0)));
        return { kind: 'ends', ends };
      }
      tried ||= answer.kind === 'transient' && answer.mayHaveApplied;
      if (!tried) await notApplied();
      // What else an answer means is for the whole account, and the dispatcher has seen to it.
      if (answer.kind !== 'transient') continue;
      failures += 1;
      if (this.#dispatcher.leavesOpen(exchange)) return endAll('stopped');
      const { code, message } = answer;
      if (tried && call.repeatable !== true) {
        // One wait for all, so that those that go again do so together.
        await this.#dispatcher.backOff(call, attempts, failures, answer);
        return endAll('unclear');
      }
      if (failures >= retry.attempts) {
        if (!items.some(({ inDoubt }) => inDoubt) && this.#dispatcher.outlastsTries(exchange)) return endAll('stopped');
        const ends = items.map(({ inDoubt }): BatchEnd => {
          if (inDoubt || tried) return { kind: 'by-itself', inDoubt: true, attempts };
          return { kind: 'failed', code, message, ...facts, attempts };
        });
        return { kind: 'ends', ends };
      }
      await this.#dispatcher.backOff(call, attempts, failures, answer);
    }
  }
}

/**
 * The places of what goes apart: the suspects, with others where they are so few that looking among the rest would cost too many calls should none of them
 * be to blame; else the first half. `budget`: calls within which one to blame is to be found.
 */
function firstPart(count: number, suspects: readonly number[], budget: number): ReadonlySet<number> {
  const known = new Set(suspects.filter((index) => index >= 0 && index < count));
  const half = Math.min(Math.ceil(count / 2), Math.max(mostWithin(budget - 2), 1));
  if (known.size === 0 || known.size > half) return new Set(Array.from({ length: half }, (_, index) => index));
  const fits = (size: number): boolean => count - size <= mostWithin(size === 1 ? budget - 2 : budget - 1);
  for (let index = 0; known.size < half && !fits(known.size); index += 1) known.add(index);
  return known;
}

/**
 * The most edits among which one to blame is found within so many calls, once they are known to be refused together. Of two parts, the first one costs its own
 * call, and where it is refused another for the second; a single edit is sent last, and tells nothing of the others before.
 */
function mostWithin(calls: number): number {
  let [before, most] = [2, 2];
  if (calls < 2) return Math.max(calls, 0);
  for (let more = 3; more < calls; more += 1) [before, most] = [most, before + most];
  return most;
}

interface PartEnds {
  readonly ends: readonly BatchEnd[];
  /** The call was accepted. */
  readonly taken: boolean;
}

type Sent =
  | { readonly kind: 'ends'; readonly ends: readonly BatchEnd[] }
  | { readonly kind: 'refused'; readonly suspects: readonly number[] };

function alone(_item: BatchItem): BatchEnd {
  return { kind: 'by-itself', inDoubt: false, attempts: 0 };
}
