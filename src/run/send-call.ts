import type { LimitFunction } from 'p-limit';
import type { Answer, Call, Reading, Reply, Verdict } from '../core/call.ts';
import type { RowIdentity } from '../core/edit.ts';
import { OppatchError } from '../core/errors.ts';
import type { Gate, Permit } from '../core/gate.ts';
import type { CallCounts, RunEvent } from '../core/run-event.ts';
import type { RunJournal } from '../core/run-journal.ts';
import { WireError, type Transport, type WireRequest } from '../core/wire.ts';
import { retryDelayMs, type RetryPolicy } from './retry-delay.ts';
import type { RunStop } from './run-stop.ts';

/** What the engine is made of; every part is handed in. */
export interface CallParts {
  readonly read: (reply: Reply, call: Call) => Reading;
  readonly gate: Gate;
  readonly transport: Transport;
  readonly journal: RunJournal;
  /** The call with its credentials; an `OppatchError` with exit code 4 where they can't be had. */
  readonly authorise: (call: Call) => WireRequest | Promise<WireRequest>;
  /** Fetches fresh credentials after a refusal; false where there are none to fetch. */
  readonly renew?: () => Promise<boolean>;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after the time or as soon as the signal is aborted. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly onEvent: (event: RunEvent) => void;
}

/** How a call of a row ended, with what is worth reporting. */
export interface CallEnd {
  /** `stopped`: the run was asked to stop before this call had an outcome. */
  readonly kind: Verdict['kind'] | 'failed' | 'in_doubt' | 'stopped';
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly httpStatus?: number;
  readonly requestId?: string;
  /** Times it was sent. */
  readonly attempts: number;
}

/** Refusals for want of quota in a row, without a success between, after which the budget is taken to be used up. */
const mostRefusalsInARow = 12;

type Exchange =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'no-reply'; readonly error: WireError }
  | { readonly kind: 'reply'; readonly reading: Reading; readonly status: number };

/** Sends the calls of a run: permit → intent durable → send → what the reply means. Repeats what may be repeated. */
export class CallSender {
  readonly #parts: CallParts;
  readonly #stop: RunStop;
  readonly #limit: LimitFunction;
  #sent = 0;
  #throttled = 0;
  #retried = 0;
  #refusalsInARow = 0;
  #renewing: Promise<boolean> | undefined;
  /** Counts the renewals of the credentials; `#accepted` tells whether the vendor took the present ones. */
  #generation = 0;
  #accepted = true;

  constructor(parts: CallParts, stop: RunStop, limit: LimitFunction) {
    this.#parts = parts;
    this.#stop = stop;
    this.#limit = limit;
  }

  get counts(): CallCounts {
    return { sent: this.#sent, reads: 0, throttled: this.#throttled, retried: this.#retried };
  }

  /** Sends the call until it has an outcome. Rejects only when the journal can't be written or on a defect. */
  async send(row: RowIdentity, call: Call, callIndex: number): Promise<CallEnd> {
    let attempts = 0;
    let failures = 0;
    /** True once an attempt may have been applied: then no later refusal can prove that nothing was done. */
    let doubt = false;
    for (;;) {
      if (this.#stop.sending.aborted) return { kind: 'stopped', attempts };
      const generation = this.#generation;
      const exchange = await this.#limit(() => this.#exchange(row, call, callIndex, attempts + 1));
      if (exchange.kind === 'stopped') return { kind: 'stopped', attempts };
      attempts += 1;
      if (exchange.kind === 'reply' && exchange.reading.kind !== 'throttled') this.#refusalsInARow = 0;
      const answer = exchange.kind === 'reply' ? exchange.reading : answerTo(exchange.error);
      if (exchange.kind === 'reply' && answer.kind !== 'unauthorised') this.#accepted = true;
      const facts = exchange.kind === 'reply' ? replyFacts(exchange) : {};
      if (answer.kind === 'settled') return { ...settledEnd(answer, doubt), ...facts, attempts };

      const mayHaveApplied = answer.kind === 'transient' && answer.mayHaveApplied;
      doubt ||= mayHaveApplied;
      if (!doubt) await this.#parts.journal.notApplied(row, callIndex);
      switch (answer.kind) {
        case 'throttled':
          this.#throttle(call, answer);
          break;
        case 'quota-exhausted':
          this.#stop.request({ code: 'quota-exhausted', message: answer.message, exitCode: 6 });
          break;
        case 'unauthorised':
          if (!(await this.#renew(generation))) this.#refuse(answer);
          break;
        case 'transient': {
          failures += 1;
          const { code, message } = answer;
          if (mayHaveApplied && !call.repeatable) {
            return {
              kind: 'in_doubt',
              code,
              message: `${message}; the call is not one to repeat blindly`,
              ...facts,
              attempts,
            };
          }
          if (failures >= this.#parts.retry.attempts) {
            return { kind: doubt ? 'in_doubt' : 'failed', code, message, ...facts, attempts };
          }
          await this.#backOff(call, attempts, failures, answer);
          break;
        }
      }
    }
  }

  async #exchange(row: RowIdentity, call: Call, callIndex: number, attempt: number): Promise<Exchange> {
    const { gate, journal, transport, timeoutMs, read, onEvent } = this.#parts;
    const permit = await this.#permit(call);
    if (permit === undefined) return { kind: 'stopped' };
    let request: WireRequest;
    try {
      request = await this.#parts.authorise(call);
      if (this.#stop.sending.aborted) throw new Stopped();
      await journal.intent(row, callIndex);
    } catch (error) {
      permit.unused();
      if (error instanceof Stopped) return { kind: 'stopped' };
      if (!(error instanceof OppatchError) || error.exitCode !== 4) throw error;
      this.#refuse({ message: error.message, hint: error.hint, error });
      return { kind: 'stopped' };
    }
    this.#sent += 1;
    if (attempt > 1) this.#retried += 1;
    onEvent({ kind: 'call-sent', call, attempt });
    const startedAt = performance.now();
    try {
      const reply = await transport.send(request, { timeoutMs, signal: this.#stop.flight });
      permit.replied();
      onEvent({ kind: 'call-replied', call, attempt, status: reply.status, tookMs: performance.now() - startedAt });
      const reading = read(reply, call);
      if (reading.quota !== undefined) gate.notice(permit, reading.quota);
      return { kind: 'reply', reading, status: reply.status };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (error.mayHaveArrived) permit.lost();
      else permit.unused();
      return this.#stop.flight.aborted ? { kind: 'stopped' } : { kind: 'no-reply', error };
    }
  }

  async #permit(call: Call): Promise<Permit | undefined> {
    try {
      const permit = await this.#parts.gate.acquire(call.quotaGroup, this.#stop.sending);
      if (!this.#stop.sending.aborted) return permit;
      permit.unused();
    } catch (error) {
      if (error instanceof OppatchError && error.exitCode === 6) {
        const { message, hint } = error;
        this.#stop.request({ code: 'quota-exhausted', message, exitCode: 6, ...(hint === undefined ? {} : { hint }) });
      } else if (!this.#stop.sending.aborted) throw error;
    }
    return undefined;
  }

  #throttle(call: Call, answer: Answer & { kind: 'throttled' }): void {
    const { gate, onEvent } = this.#parts;
    const { waitMs, learnt, message } = answer;
    this.#throttled += 1;
    this.#refusalsInARow += 1;
    gate.pause(call.quotaGroup, waitMs);
    if (learnt !== undefined) gate.learn(call.quotaGroup, learnt);
    onEvent({ kind: 'throttled', message, ...(waitMs === undefined ? {} : { waitMs }) });
    if (this.#refusalsInARow < mostRefusalsInARow + 2 * this.#limit.concurrency) return;
    const reason = `the vendor refused ${this.#refusalsInARow} calls in a row for want of quota: ${message}`;
    this.#stop.request({
      code: 'quota-exhausted',
      message: reason,
      exitCode: 6,
      hint: 'Resume when the quota is back.',
    });
  }

  async #backOff(call: Call, attempt: number, failures: number, answer: Answer & { kind: 'transient' }): Promise<void> {
    const { retry, random, wait, onEvent } = this.#parts;
    const delayMs = retryDelayMs(retry, failures, random(), answer.waitMs);
    onEvent({ kind: 'retry', call, attempt, code: answer.code, message: answer.message, delayMs });
    await wait(delayMs, this.#stop.sending);
  }

  /** One renewal serves all calls that were refused with the same credentials; a refusal right after a renewal is final. */
  async #renew(generation: number): Promise<boolean> {
    const { renew } = this.#parts;
    if (renew === undefined || this.#stop.sending.aborted) return false;
    if (generation < this.#generation) return true;
    if (!this.#accepted) return false;
    this.#renewing ??= renew()
      .catch((error: unknown) => {
        if (!(error instanceof OppatchError) || error.exitCode !== 4) throw error;
        this.#refuse({ message: error.message, hint: error.hint, error });
        return false;
      })
      .finally(() => {
        this.#generation += 1;
        this.#accepted = false;
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  #refuse({ message, hint, error }: { message: string; hint?: string | undefined; error?: unknown }): void {
    this.#stop.request({ code: 'unauthorised', message, exitCode: 4, error, ...(hint === undefined ? {} : { hint }) });
  }
}

class Stopped extends Error {}

function replyFacts({ reading, status }: Exchange & { kind: 'reply' }): { httpStatus: number; requestId?: string } {
  return { httpStatus: status, ...(reading.requestId === undefined ? {} : { requestId: reading.requestId }) };
}

function answerTo({ code, message, mayHaveArrived }: WireError): Answer {
  return { kind: 'transient', code: `no-reply-${code.toLowerCase()}`, message, mayHaveApplied: mayHaveArrived };
}

function settledEnd({ verdicts }: Answer & { kind: 'settled' }, doubt: boolean): Omit<CallEnd, 'attempts'> {
  const [verdict] = verdicts;
  if (verdict === undefined)
    return { kind: 'in_doubt', code: 'no-verdict', message: 'The reply says nothing of this row.' };
  if (verdict.kind === 'applied') return { kind: 'applied' };
  const { kind, code, message, hint } = verdict;
  const rest = { code, ...(hint === undefined ? {} : { hint }) };
  if (!doubt) return { kind, message, ...rest };
  return {
    kind: 'in_doubt',
    message: `An earlier try got no clear answer and may have been applied; the repeat was refused: ${message}`,
    ...rest,
  };
}
