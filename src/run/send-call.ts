import type { Call, Reading, Verdict } from '../core/call.ts';
import { withGuard } from '../core/guarded-call.ts';
import type { Json } from '../core/json.ts';
import type { RowIdentity } from '../core/edit.ts';
import type { DoubtAnswer, DoubtCheck } from './doubt-check.ts';
import { hasRefusal } from './refusal-beside.ts';
import type { CallDispatcher, Exchange } from './call-dispatcher.ts';

/** How a call of a row ended, with what is worth reporting. */
export interface CallEnd {
  /** `stopped`: the run was asked to stop before this call had an outcome. */
  readonly kind: 'applied' | 'rejected' | 'conflict' | 'failed' | 'in_doubt' | 'stopped';
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

/** Sends the calls of a run until each has an outcome: repeats what may be repeated, reads the record before it repeats what may not. */
export class CallSender {
  readonly #dispatcher: CallDispatcher;
  readonly #doubtCheck: DoubtCheck | undefined;

  constructor(dispatcher: CallDispatcher, doubtCheck: DoubtCheck | undefined) {
    this.#dispatcher = dispatcher;
    this.#doubtCheck = doubtCheck;
  }

  /** Sends the call until it has an outcome. `inDoubt`: an earlier session may have sent it. Rejects only when the journal can't be written or on a defect. */
  async send(row: RowIdentity, call: Call, callIndex: number, inDoubt: boolean): Promise<CallEnd> {
    if (inDoubt || this.#dispatcher.stop.sending.aborted) return this.#sendOn(row, call, callIndex, inDoubt);
    // Nearly all are applied at once. What the others need is apart, since it would be kept for each call that is under way.
    const exchange = await this.#try(row, call, callIndex, 1);
    return appliedAtOnce(exchange) ?? this.#sendOn(row, call, callIndex, false, exchange);
  }

  #try(row: RowIdentity, call: Call, callIndex: number, attempt: number): Promise<Exchange> {
    const { journal } = this.#dispatcher.parts;
    return this.#dispatcher.write(call, attempt, () => journal.intent(row, callIndex));
  }

  /** `first`: what came of the first try, where that was made already. */
  async #sendOn(
    row: RowIdentity,
    planned: Call,
    callIndex: number,
    inDoubt: boolean,
    first?: Exchange,
  ): Promise<CallEnd> {
    const { parts, stop } = this.#dispatcher;
    const { journal, retry } = parts;
    const mayRepeat = planned.repeatable === true && planned.guard === undefined;
    let call = planned;
    let attempts = 0;
    let failures = 0;
    /** True once an attempt may have been applied: then no later refusal can prove that nothing was done. */
    let doubt = inDoubt;
    let failure: Pick<CallEnd, 'code' | 'message' | 'httpStatus' | 'requestId'> = inDoubt
      ? interruptedCall(planned)
      : {};
    /** Of a repeat: by the call's own guard, which it keeps, or of what can be done once only. */
    let refusal: CallEnd | undefined;
    let isRepeat = false;
    let given = first;
    for (;;) {
      if (given === undefined && stop.sending.aborted) return { kind: 'stopped', attempts };
      if (doubt && (!mayRepeat || failures >= retry.attempts)) {
        const answer = await this.#resolveDoubt(planned);
        if (answer.kind === 'applied' || answer.kind === 'stopped') return { kind: answer.kind, attempts };
        if (answer.kind !== 'absent') return { kind: 'in_doubt', ...failure, hint: inspectHint, attempts };
        if (refusal !== undefined) return { ...refusal, attempts };
        const guard = planned.unguarded === true ? undefined : (planned.guard ?? answer.guard);
        // Nothing keeps a first call that lands late from being applied, too.
        if (planned.repeatable === false && guard === undefined)
          return {
            kind: 'in_doubt',
            ...failure,
            hint: `It was not there when the record was read. ${inspectHint}`,
            attempts,
          };
        // A call without a guard may still land; one that may be repeated does no harm then, but its row has failed.
        if (failures >= retry.attempts) return { kind: mayRepeat ? 'in_doubt' : 'failed', ...failure, attempts };
        call = withGuard(planned, guard);
        isRepeat = true;
        await journal.notApplied(row, callIndex);
        doubt = false;
      }
      const exchange: Exchange = given ?? (await this.#try(row, call, callIndex, attempts + 1));
      given = undefined;
      if (exchange.kind === 'stopped') return { kind: 'stopped', attempts };
      attempts += 1;
      const { answer } = exchange;
      const facts = replyFacts(exchange);
      if (answer.kind === 'settled' || answer.kind === 'refused-whole') {
        const named = answer.kind === 'settled' ? (answer.verdicts[0] ?? unnamed) : rejectedBy(answer);
        const isDoubtful = named.kind === 'applied' && exchange.kind === 'reply' && hasRefusal(exchange.reply.body);
        const verdict = isDoubtful ? unnamed : named;
        if (verdict.kind === 'again') {
          if (!doubt) await journal.notApplied(row, callIndex);
          failures += 1;
          failure = { code: verdict.code, message: verdict.message, ...facts };
          if (failures >= retry.attempts) return { kind: doubt ? 'in_doubt' : 'failed', ...failure, attempts };
          await this.#dispatcher.backOff(call, attempts, failures, {
            ...verdict,
            kind: 'transient',
            mayHaveApplied: false,
          });
          continue;
        }
        if (verdict.kind === 'unnamed') {
          // A success in no known form: the record says what became of it.
          doubt = true;
          failures = retry.attempts;
          failure = { ...unclearReply, ...facts };
          if (this.#doubtCheck === undefined) return { kind: 'in_doubt', ...failure, hint: inspectHint, attempts };
          continue;
        }
        const end = endOf(verdict, doubt);
        const isChanged = end.kind === 'conflict' && call.guard !== undefined && call !== planned;
        const isDoneOnce = end.kind === 'rejected' && isRepeat && planned.repeatable === 'when-absent';
        if ((isChanged || isDoneOnce) && failures < retry.attempts) {
          // The first call landed after the read, or someone else's: the record is read again.
          failures += 1;
          if (planned.guard !== undefined || isDoneOnce) refusal = { ...end, ...facts, attempts };
          doubt = true;
          continue;
        }
        return { ...end, ...facts, attempts };
      }
      doubt ||= answer.kind === 'transient' && answer.mayHaveApplied;
      if (!doubt) await journal.notApplied(row, callIndex);
      // What else an answer means is for the whole account, and the dispatcher has seen to it.
      if (answer.kind !== 'transient') continue;
      failures += 1;
      if (this.#dispatcher.leavesOpen(exchange)) return { kind: 'stopped', attempts };
      failure = { code: answer.code, message: answer.message, ...facts };
      if (failures >= retry.attempts) {
        // One that an earlier session left so may be the only one that is never answered.
        if (!inDoubt && this.#dispatcher.outlastsTries(exchange)) return { kind: 'stopped', attempts };
        if (!doubt) return { kind: 'failed', ...failure, attempts };
        if (this.#doubtCheck === undefined) return { kind: 'in_doubt', ...failure, attempts };
        continue;
      }
      await this.#dispatcher.backOff(call, attempts, failures, answer);
    }
  }

  async #resolveDoubt({ edits: [edit] }: Call): Promise<DoubtAnswer> {
    return (edit === undefined ? undefined : await this.#doubtCheck?.(edit)) ?? { kind: 'unreadable' };
  }
}

export const inspectHint =
  'Look at the record at the vendor; if the change is not there, retry the row with --include-in-doubt.';

/** How a call ended whose first reply says plainly that it was applied; undefined for any other. */
function appliedAtOnce(exchange: Exchange): CallEnd | undefined {
  if (exchange.kind !== 'reply' || exchange.answer.kind !== 'settled') return undefined;
  const { answer, reply } = exchange;
  const verdict = answer.verdicts[0];
  if (verdict?.kind !== 'applied' || hasRefusal(reply.body)) return undefined;
  const { echo, note } = verdict;
  // Put together member by member: each row comes through here.
  const end: { -readonly [Name in keyof CallEnd]: CallEnd[Name] } = {
    kind: 'applied',
    attempts: 1,
    httpStatus: reply.status,
  };
  if (echo !== undefined) end.echo = echo;
  if (note !== undefined) {
    end.code = note.code;
    end.message = note.message;
  }
  if (answer.requestId !== undefined) end.requestId = answer.requestId;
  return end;
}

const unnamed: Verdict = { kind: 'unnamed' };

/** Of a reply that says neither that it was done nor that it was not. */
const unclearReply = { code: 'no-verdict', message: 'The reply does not say whether it was done.' };

function interruptedCall({ step }: Call): { readonly code: string; readonly message: string } {
  const message = `the run was killed while the call (${step}) was under way, and sending it again could apply it twice`;
  return { code: 'interrupted-call', message };
}

function rejectedBy({ code, message, hint }: Extract<Reading, { kind: 'refused-whole' }>): Verdict {
  return { kind: 'rejected', code, message, ...(hint === undefined ? {} : { hint }) };
}

/** What is worth reporting of a reply; nothing where none came. */
export function replyFacts(exchange: Exchange): Pick<CallEnd, 'httpStatus' | 'requestId'> {
  if (exchange.kind !== 'reply') return {};
  const { requestId } = exchange.answer;
  const httpStatus = exchange.reply.status;
  return requestId === undefined ? { httpStatus } : { httpStatus, requestId };
}

/** What a verdict makes of a call. `doubt`: an earlier try may have been applied. */
export function endOf(
  verdict: Exclude<Verdict, { kind: 'unnamed' | 'again' }>,
  doubt: boolean,
): Omit<CallEnd, 'attempts'> {
  if (verdict.kind === 'applied') {
    const { echo, note } = verdict;
    if (note === undefined) return echo === undefined ? { kind: 'applied' } : { kind: 'applied', echo };
    return { kind: 'applied', code: note.code, message: note.message, ...(echo === undefined ? {} : { echo }) };
  }
  const { kind, code, message, hint } = verdict;
  const rest = { code, ...(hint === undefined ? {} : { hint }) };
  if (!doubt) return { kind, message, ...rest };
  return {
    kind: 'in_doubt',
    message: `An earlier try got no clear answer and may have been applied; the repeat was refused: ${message}`,
    ...rest,
  };
}
