import type { Call, Verdict } from '../core/call.ts';
import type { Json } from '../core/json.ts';
import type { RowIdentity } from '../core/edit.ts';
import { answerTo, type CallParts, type Exchange, type Exchanger } from './exchanger.ts';
import type { RunStop } from './run-stop.ts';

/** How a call of a row ended, with what is worth reporting. */
export interface CallEnd {
  /** `stopped`: the run was asked to stop before this call had an outcome. */
  readonly kind: Exclude<Verdict['kind'], 'unnamed'> | 'failed' | 'in_doubt' | 'stopped';
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly httpStatus?: number;
  readonly requestId?: string;
  /** The record as the reply to an applied call shows it, where it does. */
  readonly echo?: Json;
  /** Times it was sent. */
  readonly attempts: number;
}

/** What looking at the vendor's record says of a call that may have been applied. */
type Look =
  | { readonly kind: 'applied' | 'stopped' }
  | { readonly kind: 'again'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'unknown'; readonly message: string };

/** Sends the calls of a run until each has an outcome: repeats what may be repeated, looks before it repeats what may not. */
export class CallSender {
  readonly #parts: CallParts;
  readonly #stop: RunStop;
  readonly #exchanger: Exchanger;

  constructor(parts: CallParts, stop: RunStop, exchanger: Exchanger) {
    this.#parts = parts;
    this.#stop = stop;
    this.#exchanger = exchanger;
  }

  /** Sends the call until it has an outcome. `inDoubt`: an earlier session may have sent it. Rejects only when the journal can't be written or on a defect. */
  async send(row: RowIdentity, planned: Call, callIndex: number, inDoubt: boolean): Promise<CallEnd> {
    let call = planned;
    let attempts = 0;
    let failures = 0;
    /** True once an attempt may have been applied: then no later refusal can prove that nothing was done. */
    let doubt = inDoubt;
    let failure: Pick<CallEnd, 'code' | 'message'> | undefined;
    /** By the call's own guard, which a repeat keeps. */
    let refusal: CallEnd | undefined;
    for (;;) {
      if (this.#stop.sending.aborted) return { kind: 'stopped', attempts };
      if (doubt && !planned.repeatable) {
        const look = await this.#look(planned);
        if (look.kind === 'unknown')
          return { kind: 'in_doubt', ...(failure ?? interruptedCall(planned)), hint: look.message, attempts };
        if (look.kind !== 'again') return { kind: look.kind, attempts };
        if (refusal !== undefined) return { ...refusal, attempts };
        if (failures >= this.#parts.retry.attempts)
          return { kind: 'failed', ...(failure ?? interruptedCall(planned)), attempts };
        call = { ...planned, headers: { ...look.headers, ...planned.headers } };
        await this.#parts.journal.notApplied(row, callIndex);
        doubt = false;
      }
      const number = attempts + 1;
      const exchange = await this.#exchanger.write(call, number, () => this.#parts.journal.intent(row, callIndex));
      if (exchange.kind === 'stopped') return { kind: 'stopped', attempts };
      attempts += 1;
      const answer = exchange.kind === 'reply' ? exchange.reading : answerTo(exchange.error);
      const facts = exchange.kind === 'reply' ? replyFacts(exchange) : {};
      if (answer.kind === 'settled') {
        const end = settledEnd(answer.verdicts[0], doubt);
        if (end.kind === 'conflict' && call !== planned && failures < this.#parts.retry.attempts) {
          // The first call landed after the look, or someone else's: look again.
          failures += 1;
          if (planned.headers['if-match'] !== undefined) refusal = { ...end, ...facts, attempts };
          doubt = true;
          continue;
        }
        return { ...end, ...facts, attempts };
      }

      if (answer.kind === 'refused-whole') {
        const { code, message, hint } = answer;
        const verdict = { kind: 'rejected', code, message, ...(hint === undefined ? {} : { hint }) } as const;
        return { ...settledEnd(verdict, doubt), ...facts, attempts };
      }
      const mayHaveApplied = answer.kind === 'transient' && answer.mayHaveApplied;
      doubt ||= mayHaveApplied;
      if (!doubt) await this.#parts.journal.notApplied(row, callIndex);
      // What else an answer means is for the whole account, and the exchanger has seen to it.
      if (answer.kind !== 'transient') continue;
      failures += 1;
      const { code, message } = answer;
      failure = { code, message };
      if (failures >= this.#parts.retry.attempts && !(doubt && !planned.repeatable)) {
        return { kind: doubt ? 'in_doubt' : 'failed', code, message, ...facts, attempts };
      }
      await this.#exchanger.backOff(call, attempts, failures, answer);
    }
  }

  /** Looks at the vendor's record to find out whether a call was applied that must not be repeated blindly. */
  async #look(planned: Call): Promise<Look> {
    const settlement = this.#parts.settle?.(planned);
    if (settlement === undefined) return { kind: 'unknown', message: lookYourself };
    for (const [index, waitMs] of settlement.waitsMs.entries()) {
      if (waitMs > 0) await this.#parts.wait(waitMs, this.#stop.sending);
      const exchange = await this.#exchanger.readSettled(settlement.call);
      if (exchange.kind === 'stopped') return { kind: 'stopped' };
      const verdict = exchange.kind === 'reply' ? settlement.verdict(exchange.reply) : 'unknown';
      if (verdict === 'applied') return { kind: 'applied' };
      if (exchange.kind !== 'reply' || verdict === 'unknown') return { kind: 'unknown', message: lookYourself };
      const headers = index === settlement.waitsMs.length - 1 ? settlement.again(exchange.reply) : undefined;
      if (headers !== undefined) return { kind: 'again', headers };
    }
    return { kind: 'unknown', message: `It was not there when looked for. ${lookYourself}` };
  }
}

const lookYourself =
  'Look at the record at the vendor; if the change is not there, retry the row with --include-in-doubt.';

function interruptedCall({ step }: Call): { readonly code: string; readonly message: string } {
  const message = `the run was killed while the call (${step}) was under way, and sending it again could apply it twice`;
  return { code: 'interrupted-call', message };
}

export function replyFacts({ reading, reply: { status } }: Exchange & { kind: 'reply' }): {
  httpStatus: number;
  requestId?: string;
} {
  return { httpStatus: status, ...(reading.requestId === undefined ? {} : { requestId: reading.requestId }) };
}

/** What a verdict makes of a call. `doubt`: an earlier try may have been applied. */
export function settledEnd(verdict: Verdict | undefined, doubt: boolean): Omit<CallEnd, 'attempts'> {
  if (verdict === undefined || verdict.kind === 'unnamed')
    return { kind: 'in_doubt', code: 'no-verdict', message: 'The reply says nothing of this row.' };
  if (verdict.kind === 'applied')
    return { kind: 'applied', ...(verdict.echo === undefined ? {} : { echo: verdict.echo }) };
  const { kind, code, message, hint } = verdict;
  const rest = { code, ...(hint === undefined ? {} : { hint }) };
  if (!doubt) return { kind, message, ...rest };
  return {
    kind: 'in_doubt',
    message: `An earlier try got no clear answer and may have been applied; the repeat was refused: ${message}`,
    ...rest,
  };
}
