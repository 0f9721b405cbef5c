import type { Call } from '../core/call.ts';
import { defined } from '../core/defined.ts';
import type { Edit, RowIdentity } from '../core/edit.ts';
import type { Json } from '../core/json.ts';
import { recordName } from '../core/record-name.ts';
import type { BatchWrites, FieldValues } from '../core/vendor.ts';
import { wholeListFields } from '../core/whole-lists.ts';
import type { OpenOutcome, RowOutcome } from '../core/outcome.ts';
import { BatchSender, type BatchEnd, type BatchItem } from './batch-sender.ts';
import { createDoubtCheck, type DoubtCheck } from './doubt-check.ts';
import type { RunRow } from './run-row.ts';
import type { CallParts, CallDispatcher } from './call-dispatcher.ts';
import { JobSender, type JobEnd, type JobParts } from './job-sender.ts';
import { RecordReader, type ReadParts, type RecordResult } from './record-reader.ts';
import { Batcher } from './batcher.ts';
import type { IdleFlusher } from './idle-flusher.ts';
import { listNotRead, RowPlanner, type PlanParts, type RowPlan } from './row-planner.ts';
import { retryDelayMs } from './retry-delay.ts';
import { CallSender, type CallEnd } from './send-call.ts';
import { WriteProof } from './write-proof.ts';

export interface RowRunParts extends CallParts {
  /** Absent: this vendor's records can't be read. */
  readonly current?: ReadParts & PlanParts;
  /** Edits are sent without a read of what the fields hold. */
  readonly blind?: boolean;
  /** How several edits are written by one call. Absent: each is sent by itself. */
  readonly batches?: BatchWrites;
  /** Jobs for many edits. Absent: the vendor has none. */
  readonly jobs?: JobParts;
  /** Every write is proven by a read of its record, whatever its reply says. */
  readonly verify?: boolean;
}

/** Why the row is not a success although its calls are applied. */
const leftCode = 'partly-undone';

/** Brings rows to their outcome: read, plan, send, prove. What several rows can do with one call they do together. */
export class RowRun {
  readonly #parts: RowRunParts;
  readonly #dispatcher: CallDispatcher;
  readonly #sender: CallSender;
  readonly #idleFlusher: IdleFlusher;
  readonly #reader?: RecordReader;
  readonly #doubtCheck?: DoubtCheck;
  readonly #proof: WriteProof;
  readonly #planner?: RowPlanner;
  readonly #batches: BatchSender | undefined;
  readonly #writes: Batcher<BatchItem, BatchEnd>;
  readonly #jobs: JobSender | undefined;
  readonly #jobWrites: Batcher<BatchItem, JobEnd>;

  constructor(parts: RowRunParts, dispatcher: CallDispatcher, idleFlusher: IdleFlusher) {
    const { current, batches, jobs } = parts;
    this.#parts = parts;
    this.#dispatcher = dispatcher;
    this.#idleFlusher = idleFlusher;
    if (current !== undefined) {
      const read = (edit: Edit): Promise<RecordResult> => this.#read(edit);
      const wait = (delayMs: number): Promise<void> => parts.wait(delayMs, dispatcher.stop.sending);
      this.#reader = new RecordReader(current, dispatcher, idleFlusher.changed);
      this.#doubtCheck = createDoubtCheck({ ...current, read, wait });
      if (parts.blind !== true) this.#planner = new RowPlanner(read, current);
    }
    this.#proof = new WriteProof(current, this.#doubtCheck);
    this.#sender = new CallSender(dispatcher, this.#doubtCheck);
    const sender = batches === undefined ? undefined : new BatchSender(batches, dispatcher, this.#proof.isOther);
    this.#batches = sender;
    this.#writes = new Batcher({
      most: batches?.most ?? 1,
      serve: async (key, items) => (await sender?.send(key, items)) ?? [],
      onChange: idleFlusher.changed,
    });
    const jobSender = jobs === undefined ? undefined : new JobSender(jobs, dispatcher);
    this.#jobs = jobSender;
    this.#jobWrites = new Batcher({
      most: jobs?.most ?? 1,
      serve: async (_key, items) => (await jobSender?.send(items)) ?? [],
      onChange: idleFlusher.changed,
    });
    const [writes, jobWrites] = [this.#writes, this.#jobWrites];
    idleFlusher.watch({
      reads: this.#reader?.reads ?? writes,
      writes: {
        get holds() {
          return writes.holds || jobWrites.holds;
        },
        get serves() {
          return writes.serves || jobWrites.serves || jobSender?.follows === true;
        },
        flush: () => {
          writes.flush();
          jobWrites.flush();
        },
      },
    });
  }

  /** Gives up jobs that earlier sessions opened and did not close. */
  async giveUpOpen(jobs: readonly string[]): Promise<void> {
    await this.#jobs?.giveUpOpen(jobs);
  }

  /** True where the row's record is read first, and by itself. */
  readsAlone({ work }: RunRow): boolean {
    return work.kind === 'send' && work.edit !== undefined && this.#reader?.keyOf(work.edit) === undefined;
  }

  /** The row's final outcome, or undefined where the run stops before it has one. */
  outcome(row: RunRow): Promise<RowOutcome | undefined> {
    const { work } = row;
    return work.kind === 'send' &&
      (work.edit === undefined || (this.#planner === undefined && !this.#needsList(work.edit)))
      ? this.#sendAll(row, work.calls, work.left)
      : this.#planned(row);
  }

  /** A change is sent as a whole list, made of what the field holds. */
  #needsList({ changes }: Edit): boolean {
    return wholeListFields(changes, this.#parts.current?.wholeList).size > 0;
  }

  async #planned(row: RunRow): Promise<RowOutcome | undefined> {
    const { row: number, line, id, work, before } = row;
    const identity = { row: number, line, id };
    const attempts = before?.callsTried ?? 0;
    if (work.kind === 'ended') return { ...identity, ...work.ending, attempts };
    const planner = this.#planner;
    if (work.edit === undefined) return this.#sendAll(row, work.calls, work.left);
    if (planner === undefined) return { ...identity, ...listNotRead, attempts };
    let plan: RowPlan | undefined = await planner.plan(work.edit, work.expected);
    let refused = 0;
    for (;;) {
      if (plan.kind === 'stopped') return undefined;
      if (plan.kind === 'ended') return { ...identity, ...plan.name, ...plan.ending, attempts };
      if (plan.kind === 'blind') return this.#sendAll(row, work.calls, undefined);
      this.#dispatcher.parts.journal.planned(identity, plan.planned);
      const sent = await this.#sendAll(row, plan.calls, plan.planned.left, plan.seen);
      if (sent === undefined) return undefined;
      const outcome = { ...recordName(plan.planned), ...sent, attempts: sent.attempts + refused };
      if (outcome.status !== 'conflict' || plan.planned.guard === undefined || outcome.code === leftCode)
        return outcome;
      // Refused by the guard: nothing was applied, and a repeat is another call.
      refused += 1;
      plan = await planner.again(work.edit, plan, refused, work.expected);
      if (plan === undefined) return outcome;
    }
  }

  /** Sends the calls of a row one after the other, from the first that is not known to be applied. */
  async #sendAll(
    row: RunRow,
    calls: readonly Call[],
    left: string | undefined,
    seen?: FieldValues,
  ): Promise<RowOutcome | undefined> {
    const { row: number, line, id, before } = row;
    const first = before?.callsApplied ?? 0;
    let attempts = before?.callsTried ?? 0;
    let end: CallEnd = { kind: 'applied', attempts: 0 };
    const echoes: Json[] = [];
    let note: Pick<RowOutcome, 'code' | 'message'> = {};
    for (let index = first; index < calls.length; index += 1) {
      const call = calls[index];
      if (call === undefined) break;
      const inDoubt = index === first && before?.inDoubt === true;
      end = await (calls.length === 1
        ? this.#sendOnly(row, call, inDoubt)
        : this.#sender.send(row, call, index, inDoubt));
      attempts += end.attempts;
      const contradiction = end.kind === 'applied' ? this.#proof.contradiction(call, end, seen) : undefined;
      if (contradiction !== undefined) end = { ...end, ...(await contradiction) };
      if (end.kind === 'stopped') return undefined;
      if (end.kind !== 'applied')
        return { row: number, line, id, ...partOf(calls, index, end), status: end.kind, attempts };
      if (end.echo !== undefined) echoes.push(end.echo);
      if (end.code !== undefined)
        note = { code: end.code, ...(end.message === undefined ? {} : { message: end.message }) };
      if (index < calls.length - 1) await this.#dispatcher.parts.journal.callApplied(row, index, end.attempts);
      if (this.#dispatcher.stop.sending.aborted && index < calls.length - 1) return undefined;
    }
    const unproven = this.#parts.verify === true ? await this.#proof.unproven(calls) : undefined;
    if (unproven !== undefined) return { row: number, line, id, ...unproven, attempts };
    const { httpStatus, requestId } = end;
    const outcome: OpenOutcome = { row: number, line, id, status: 'applied', attempts };
    if (left !== undefined) {
      outcome.status = 'conflict';
      outcome.code = leftCode;
      outcome.message = left;
    } else Object.assign(outcome, note, seen === undefined ? {} : this.#proof.alsoChanged(calls, echoes, seen));
    if (httpStatus !== undefined) outcome.httpStatus = httpStatus;
    if (requestId !== undefined) outcome.requestId = requestId;
    return outcome;
  }

  /** The only call of a row: together with others where that can be. What is guarded would lose its guard there. */
  #sendOnly(row: RunRow, call: Call, mayBeSent: boolean): Promise<CallEnd> {
    const [edit] = call.edits;
    if (!mayBeSent || edit === undefined) return this.#sendUnsent(row, call, mayBeSent);
    return this.#followJob(row, edit).then((followed) =>
      'kind' in followed ? followed : this.#sendUnsent(row, call, followed.inDoubt),
    );
  }

  #sendUnsent(row: RunRow, call: Call, inDoubt: boolean): Promise<CallEnd> {
    const [edit] = call.edits;
    const key = edit === undefined || call.guard !== undefined ? undefined : this.#batches?.keyOf(edit);
    if (key === undefined || edit === undefined) return this.#sender.send(row, call, 0, inDoubt);
    return this.#sendTogether(row, call, { key, edit, inDoubt });
  }

  /** What the job of an earlier session did of the row, where one carries it. */
  async #followJob({ before, ...row }: RunRow, edit: Edit): Promise<CallEnd | { readonly inDoubt: boolean }> {
    const jobs = this.#jobs;
    const job = before?.job;
    if (jobs === undefined || job === undefined) return { inDoubt: true };
    const end = await this.#idleFlusher.whileWaiting(jobs.follow(job, edit.id));
    if (end.kind === 'unclear' || end.kind === 'by-itself' || end.kind === 'without-job') return { inDoubt: true };
    if (end.kind !== 'later') return end;
    await this.#dispatcher.parts.journal.notApplied(row, 0);
    return { inDoubt: false };
  }

  async #gathered(key: string, item: BatchItem, inJob: boolean): Promise<BatchEnd> {
    const end = inJob ? await this.#idleFlusher.whileWaiting(this.#jobWrites.add(key, item)) : undefined;
    return end === undefined || end.kind === 'without-job'
      ? this.#idleFlusher.whileWaiting(this.#writes.add(key, item))
      : end;
  }

  async #sendTogether(
    row: RunRow,
    call: Call,
    { key, edit, inDoubt }: { readonly key: string; readonly edit: Edit; readonly inDoubt: boolean },
  ): Promise<CallEnd> {
    const { parts, stop } = this.#dispatcher;
    const { journal, retry, random, wait } = parts;
    let attempts = 0;
    let doubt = inDoubt;
    for (let failures = 1; ; failures += 1) {
      const inJob = this.#jobs?.takes(edit) === true;
      if (doubt && (inJob || call.repeatable !== true)) {
        const answer = await this.#doubtCheck?.(edit);
        if (answer?.kind === 'applied' || answer?.kind === 'stopped') return { kind: answer.kind, attempts };
        if (answer?.kind !== 'absent')
          return this.#sendByItself(row, call, { kind: 'by-itself', inDoubt: true, attempts });
        await journal.notApplied(row, 0);
        doubt = false;
      }
      const end = await this.#gathered(key, { row, edit, inDoubt: doubt }, inJob);
      attempts += end.attempts;
      if (end.kind === 'by-itself')
        return this.#sendByItself(row, call, { ...end, inDoubt: end.inDoubt || doubt, attempts });
      if (end.kind === 'unclear') {
        if (failures >= retry.attempts)
          return this.#sendByItself(row, call, { kind: 'by-itself', inDoubt: true, attempts });
        doubt = true;
        continue;
      }
      if (end.kind !== 'later') return { ...end, attempts };
      const { code, message, waitMs } = end;
      if (failures >= retry.attempts) return { kind: 'failed', code, message, attempts };
      await wait(retryDelayMs(retry, failures, random(), waitMs), stop.sending);
      if (stop.sending.aborted) return { kind: 'stopped', attempts };
    }
  }

  async #sendByItself(
    row: RunRow,
    call: Call,
    { attempts, inDoubt, onApplied }: Extract<BatchEnd, { kind: 'by-itself' }>,
  ): Promise<CallEnd> {
    const [edit] = call.edits;
    if (inDoubt && edit !== undefined) {
      const answer = await this.#doubtCheck?.(edit);
      if (answer?.kind === 'applied' || answer?.kind === 'stopped') return { kind: answer.kind, attempts };
    }
    const single = await this.#sender.send(row, call, 0, inDoubt);
    if (single.kind === 'applied') onApplied?.();
    return { ...single, attempts: attempts + single.attempts };
  }

  async #read(edit: Edit): Promise<RecordResult> {
    const reader = this.#reader;
    if (reader === undefined) throw new Error('Nothing can be read here');
    return reader.keyOf(edit) === undefined ? reader.read(edit) : this.#idleFlusher.whileWaiting(reader.read(edit));
  }
}

/** A row of several calls tells which of them were applied. */
function partOf(
  calls: readonly Call[],
  index: number,
  end: CallEnd,
): Omit<RowOutcome, keyof RowIdentity | 'status' | 'attempts'> {
  const { code, message, hint, httpStatus, requestId } = end;
  const applied = calls.slice(0, index).map((call) => call.step);
  const step = calls[index]?.step ?? '';
  const told = applied.length === 0 ? message : `${applied.join(', ')} applied; ${step} not: ${message ?? ''}`;
  return defined({ code, message: told, hint, httpStatus, requestId });
}
