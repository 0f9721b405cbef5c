import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Answer, Call, Reading, Reply } from '../core/call.ts';
import { crashPoint, crashPointAfterTurn } from '../core/crash-point.ts';
import { durationText } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import { longestWaitMs, type Gate, type Permit } from '../core/gate.ts';
import type { CallCounts, RunEvent } from '../core/run-event.ts';
import type { RunJournal } from '../core/run-journal.ts';
import { WireError, type Sender, type WireRequest } from '../core/wire.ts';
import { CredentialRenewal } from './credential-renewal.ts';
import { Outage } from './outage.ts';
import { faultDelayMs, retryDelayMs, type RetryPolicy } from './retry-delay.ts';
import type { RunStop } from './run-stop.ts';

/** What the engine is made of; every part is handed in. */
export interface CallParts {
  readonly read: (reply: Reply, call: Call) => Reading;
  readonly gate: Gate;
  /** Has no more calls on the wire than may be in flight at once; others wait in it. */
  readonly transport: Sender;
  readonly journal: RunJournal;
  /** The call with its credentials; an `OppatchError` with exit code 4 if they cannot be obtained. */
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

/** Refusals for lack of quota in a row, without a success between, after which the budget is taken to be used up. */
const mostRefusalsInARow = 12;

/** A reply within this time is prompt: what waits for the disk meanwhile is worth being prepared. */
const promptReplyMs = 50;

/** What came of one try to send a call. */
export type Exchange =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'no-reply'; readonly answer: Answer; readonly error: WireError }
  | { readonly kind: 'reply'; readonly answer: Reading; readonly reply: Reply };

/** What came of a read, repeated while it failed for passing reasons. */
export type ReadReply =
  | Extract<Exchange, { kind: 'reply' | 'stopped' }>
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

interface Ready {
  readonly request: WireRequest;
  readonly permit: Permit;
}

/** One try at a time: permit → intent durable → send; and what its answer means for everyone who shares the account. */
export class CallDispatcher {
  readonly parts: CallParts;
  readonly stop: RunStop;
  readonly #ahead: boolean;
  readonly #concurrency: number;
  readonly #limit: LimitFunction;
  readonly #outage: Outage;
  readonly #credentials: CredentialRenewal;
  #sent = 0;
  #reads = 0;
  #throttled = 0;
  #retried = 0;
  #refusalsInARow = 0;
  /** Calls without a reply since the last reply. Where there are several, the network is at fault: all calls wait while one of them does. */
  #faultsInARow = 0;
  #quiet: Promise<void> | undefined;
  /** Calls that have a permit and are not on the wire yet. */
  readonly #preparing = new Set<Promise<unknown>>();

  /** `ahead`: more calls than go at once may be on their way to the transport, so that a stop comes later for that many. */
  constructor(parts: CallParts, stop: RunStop, concurrency: number, { ahead = false } = {}) {
    this.parts = parts;
    this.stop = stop;
    this.#ahead = ahead;
    this.#concurrency = concurrency;
    this.#limit = pLimit(concurrency);
    this.#outage = new Outage(stop);
    this.#credentials = new CredentialRenewal(parts.renew, stop);
  }

  get counts(): CallCounts {
    return { sent: this.#sent, reads: this.#reads, throttled: this.#throttled, retried: this.#retried };
  }

  /** Sends a call of a row; `intent` is durable before it goes. Rejects only when the journal can't be written or on a defect. */
  write(call: Call, attempt: number, intent: () => Promise<void>): Promise<Exchange> {
    return this.#limit(() => this.#exchange(call, attempt, intent));
  }

  /** Sends a call that changes nothing. */
  read(call: Call): Promise<Exchange> {
    return this.#limit(() => this.#exchange(call, 1, undefined));
  }

  /** A read, repeated while it fails for passing reasons. */
  async readSettled(call: Call): Promise<ReadReply> {
    let failure = { code: 'unreadable', message: 'no clear answer' };
    for (let failures = 0; failures < this.parts.retry.attempts;) {
      const exchange = await this.read(call);
      if (exchange.kind === 'stopped') return exchange;
      const { answer } = exchange;
      if (exchange.kind === 'reply' && answer.kind === 'settled') return exchange;
      // What else an answer means is for the whole account, and is seen to already.
      if (answer.kind !== 'transient') continue;
      failures += 1;
      if (this.leavesOpen(exchange)) return { kind: 'stopped' };
      failure = { code: answer.code, message: answer.message };
      if (failures < this.parts.retry.attempts) await this.backOff(call, failures, failures, answer);
      else if (this.outlastsTries(exchange)) return { kind: 'stopped' };
    }
    return this.stop.sending.aborted ? { kind: 'stopped' } : { kind: 'failed', ...failure };
  }

  /** What the reply means for the account takes effect before another call gets this one's place. */
  #note(call: Call, reading: Reading, generation: number): Promise<void> | undefined {
    if (reading.kind !== 'throttled') this.#refusalsInARow = 0;
    if (reading.kind === 'unauthorised') return this.#credentials.refused(reading, generation);
    this.#credentials.accepted();
    if (reading.kind === 'throttled') this.#throttle(call, reading);
    else if (reading.kind === 'quota-exhausted') this.#exhausted(call, reading);
    else if (reading.kind === 'unsupported') {
      const { code, message, hint } = reading;
      this.stop.request({ code: 'unsupported', message: `${message} (${code})`, exitCode: 6, hint });
    }
    return undefined;
  }

  /** Permit → intent durable → send. */
  async #exchange(call: Call, attempt: number, intent: (() => Promise<void>) | undefined): Promise<Exchange> {
    if (this.#quiet !== undefined) await this.#quiet;
    const first = await this.#permit(call);
    if (first === undefined) return { kind: 'stopped' };
    const { gate, transport, timeoutMs, read, onEvent } = this.parts;
    const preparing = this.#prepare(call, first, intent);
    this.#preparing.add(preparing);
    let ready: Ready | Exchange;
    try {
      ready = await preparing;
    } finally {
      this.#preparing.delete(preparing);
    }
    if ('kind' in ready) return ready;
    const { request, permit } = ready;
    const generation = this.#credentials.generation;
    this.#sent += 1;
    if (attempt > 1) this.#retried += 1;
    if (intent === undefined) {
      this.#reads += 1;
      this.parts.journal.readSent();
    }
    onEvent({ kind: 'call-sent', call, attempt });
    const startedAt = performance.now();
    let reply: Reply;
    try {
      const sending = transport.send(request, { timeoutMs, signal: this.stop.flight });
      crashPointAfterTurn('after-send');
      reply = await sending;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#faultsInARow += 1;
      if (error.mayHaveArrived) permit.lost();
      else permit.unused();
      if (this.stop.flight.aborted) return { kind: 'stopped' };
      this.#outage.unanswered(error, startedAt);
      return noReply(error);
    }
    crashPoint('after-reply');
    permit.replied();
    this.#faultsInARow = 0;
    this.#quiet = undefined;
    this.#outage.answered();
    const tookMs = performance.now() - startedAt;
    onEvent({ kind: 'call-replied', call, attempt, status: reply.status, tookMs });
    this.#lookAhead(tookMs);
    const reading = read(reply, call);
    for (const notice of reading.quota ?? []) gate.notice(permit, notice);
    const renewal = this.#note(call, reading, generation);
    if (renewal !== undefined) await renewal;
    return { kind: 'reply', answer: reading, reply };
  }

  /**
   * Where replies come promptly, as many calls again are prepared while the present ones are on the wire (the transport has them wait for a
   * connection), so that none of these waits for the disk. Elsewhere that would only keep permits from others.
   */
  #lookAhead(tookMs: number): void {
    if (!this.#ahead) return;
    const most = tookMs < promptReplyMs ? 2 * this.#concurrency : this.#concurrency;
    if (this.#limit.concurrency !== most) this.#limit.concurrency = most;
  }

  /** Credentials, then the durable intent. What it resolves with is to be sent in the same turn: the permit may expire. */
  async #prepare(call: Call, first: Permit, intent: (() => Promise<void>) | undefined): Promise<Ready | Exchange> {
    let permit: Permit | undefined = first;
    try {
      const signed = this.parts.authorise(call);
      const request = signed instanceof Promise ? await signed : signed;
      if (permit.expired()) permit = await this.#fresh(permit, call);
      if (permit === undefined) return { kind: 'stopped' };
      if (this.stop.sending.aborted) throw new Stopped();
      crashPoint('before-intent');
      if (intent !== undefined) await intent();
      crashPoint('after-intent');
      if (permit.expired()) permit = await this.#fresh(permit, call);
      // The intent is durable already, so that it must be told that nothing was sent.
      return permit === undefined ? noReply(notSent()) : { request, permit };
    } catch (error) {
      permit?.unused();
      if (error instanceof Stopped) return { kind: 'stopped' };
      this.#credentials.missing(error);
      return { kind: 'stopped' };
    }
  }

  /** Undefined where the run stops. Where the quota is used up, it stops once the calls that have their permits already are on their way. */
  async #permit(call: Call, preparing: Iterable<Promise<unknown>> = this.#preparing): Promise<Permit | undefined> {
    try {
      const permit = await this.parts.gate.acquire(call.quotaGroup, this.stop.sending, call.cost);
      if (!this.stop.sending.aborted) return permit;
      permit.unused();
    } catch (error) {
      if (error instanceof OppatchError && error.exitCode === 6) {
        // Who was given a permit in this turn is among them in the next.
        await nextTurn();
        await Promise.allSettled(preparing);
        this.#quotaIsUsedUp(error.message, error.hint);
      } else if (!this.stop.sending.aborted) throw error;
    }
    return undefined;
  }

  /** The permit, or another one where it is too old to be sent with; undefined when the run stops meanwhile. */
  async #fresh(permit: Permit, call: Call): Promise<Permit | undefined> {
    let fresh: Permit | undefined = permit;
    while (fresh?.expired() === true) {
      fresh.unused();
      fresh = await this.#permit(call, []);
    }
    return fresh;
  }

  /** A budget is used up: the run stops, and others who use the account hear when it is back. */
  #exhausted({ quotaGroup }: Call, { message, resetMs }: Answer & { kind: 'quota-exhausted' }): void {
    if (resetMs === undefined) return this.#quotaIsUsedUp(message, undefined);
    this.parts.gate.pause(quotaGroup, resetMs);
    this.#quotaIsUsedUp(`${message}; it is back in ${durationText(resetMs)}`, whenBack);
  }

  #quotaIsUsedUp(message: string, hint: string | undefined): void {
    this.stop.request({ code: 'quota-exhausted', message, exitCode: 6, hint });
  }

  /** A refusal for lack of quota pauses the account; too many in a row stop the run. */
  #throttle(call: Call, answer: Answer & { kind: 'throttled' }): void {
    const { gate, onEvent } = this.parts;
    const { waitMs, statedLimit, message } = answer;
    this.#throttled += 1;
    this.#refusalsInARow += 1;
    gate.pause(call.quotaGroup, waitMs);
    if (statedLimit !== undefined) gate.learn(call.quotaGroup, statedLimit);
    onEvent({ kind: 'throttled', message, ...(waitMs === undefined ? {} : { waitMs }) });
    if (this.#refusalsInARow < mostRefusalsInARow + 2 * this.#limit.concurrency) return;
    const reason = `the vendor refused ${this.#refusalsInARow} calls in a row for lack of quota: ${message}`;
    this.#quotaIsUsedUp(reason, 'Resume when the quota is back.');
  }

  /** Waits before the call is tried again. */
  async backOff(call: Call, attempt: number, failures: number, answer: Answer & { kind: 'transient' }): Promise<void> {
    const { retry, random, wait, onEvent } = this.parts;
    const { code, message, waitMs = 0 } = answer;
    // The vendor wants no call for longer than a run waits.
    if (waitMs > longestWaitMs)
      return this.#quotaIsUsedUp(`The vendor asks for a pause of ${durationText(waitMs)}: ${message}`, whenBack);
    const isFault = code.startsWith(noReplyPrefix);
    const delayMs = isFault ? faultDelayMs(retry, failures, random()) : retryDelayMs(retry, failures, random(), waitMs);
    onEvent({ kind: 'retry', call, attempt, code, message, delayMs });
    const waited = wait(delayMs, this.stop.sending);
    if (isFault && this.#faultsInARow > 1) this.#quiet = waited;
    await waited;
  }

  /** True for a call that got no reply where the run stops, for that or for another reason: it is not to be tried again, and has no outcome. */
  leavesOpen(exchange: Exchange): boolean {
    return exchange.kind === 'no-reply' && this.stop.sending.aborted;
  }

  /** True for a call whose last try got no reply where nobody was answered during its tries: the run stops, and the call has no outcome. */
  outlastsTries(exchange: Exchange): boolean {
    return exchange.kind === 'no-reply' && this.#outage.outlastsTries(exchange.error, this.parts.retry.attempts);
  }
}

class Stopped extends Error {}

function notSent(): WireError {
  return new WireError('ABORTED', 'the run stopped before the call was sent', false);
}

const whenBack = 'Try again then; `oppatch resume` goes on with a run.';
const noReplyPrefix = 'no-reply-';

function noReply(error: WireError): Exchange {
  const code = `${noReplyPrefix}${error.code.toLowerCase().replaceAll('_', '-')}`;
  const answer = { kind: 'transient', code, message: error.message, mayHaveApplied: error.mayHaveArrived } as const;
  return { kind: 'no-reply', answer, error };
}
