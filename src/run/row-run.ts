import type { Call } from '../core/call.ts';
import { differences, unasked } from '../core/difference.ts';
import type { Edit, RowIdentity } from '../core/edit.ts';
import { scalarText, stringifyJson, type Json } from '../core/json.ts';
import { excerpt } from '../core/printable.ts';
import type { FieldValues } from '../core/vendor.ts';
import type { OpenOutcome, RowOutcome } from '../core/outcome.ts';
import { BatchSender, type BatchEnd, type BatchItem, type BatchParts } from './batch-sender.ts';
import { CurrentReader, type ReadParts } from './current-reader.ts';
import type { RunRow } from './run-row.ts';
import type { CallParts, Exchanger } from './exchanger.ts';
import { Gatherer } from './gatherer.ts';
import type { Lull } from './lull.ts';
import { RowPlanner, type PlanParts, type RowPlan } from './row-planner.ts';
import type { RunStop } from './run-stop.ts';
import { CallSender, type CallEnd } from './send-call.ts';

export interface RowRunParts extends CallParts {
  /** Absent: this vendor's records can't be read. */
  readonly current?: ReadParts & PlanParts;
  /** Edits are sent without a look at what the fields hold. */
  readonly blind?: boolean;
  /** How several edits are written by one call. Absent: each is sent by itself. */
  readonly batches?: BatchParts;
  /** Milliseconds before each look that is to prove a write. Absent: the vendor's word is taken. */
  readonly proofWaitsMs?: readonly number[];
}

/** Why the row is no success although its calls are applied. */
const leftCode = 'partly-undone';

/** Brings rows to their outcome: look, plan, send, prove. What several rows can do with one call they do together. */
export class RowRun {
  readonly #parts: RowRunParts;
  readonly #stop: RunStop;
  readonly #sender: CallSender;
  readonly #lull: Lull;
  readonly #reader: CurrentReader | undefined;
  readonly #planner: RowPlanner | undefined;
  readonly #batches: BatchSender | undefined;
  readonly #writes: Gatherer<BatchItem, BatchEnd>;

  constructor(parts: RowRunParts, stop: RunStop, exchanger: Exchanger, lull: Lull) {
    const { current, batches } = parts;
    this.#parts = parts;
    this.#stop = stop;
    this.#lull = lull;
    this.#sender = new CallSender(parts, stop, exchanger);
    this.#reader =
      current === undefined ? undefined : new CurrentReader(current, exchanger, parts.onEvent, lull.changed);
    this.#planner =
      current === undefined || this.#reader === undefined || parts.blind === true
        ? undefined
        : new RowPlanner({ look: (edit) => this.#look(edit) }, current);
    const sender = batches === undefined ? undefined : new BatchSender(batches, parts, stop, exchanger);
    this.#batches = sender;
    this.#writes = new Gatherer({
      most: batches?.most ?? 1,
      serve: async (key, items) => (await sender?.send(key, items)) ?? [],
      onChange: lull.changed,
    });
    lull.watch({ looks: this.#reader?.looks ?? this.#writes, writes: this.#writes });
  }

  /** True where the row is looked at first, and by itself. */
  looksAlone({ work }: RunRow): boolean {
    return work.kind === 'send' && work.edit !== undefined && this.#reader?.keyOf(work.edit) === undefined;
  }

  /** The row's final outcome, or undefined where the run stops before it has one. */
  outcome(row: RunRow): Promise<RowOutcome | undefined> {
    const { work } = row;
    const sendsAsItStands = work.kind === 'send' && (work.edit === undefined || this.#planner === undefined);
    return sendsAsItStands ? this.#sendAll(row, work.calls, work.left) : this.#planned(row);
  }

  async #planned(row: RunRow): Promise<RowOutcome | undefined> {
    const { row: number, line, id, work, before } = row;
    const identity = { row: number, line, id };
    const attempts = before?.callsTried ?? 0;
    if (work.kind === 'unchanged') return { ...identity, status: 'unchanged', attempts };
    if (work.kind === 'invalid') {
      const { code, message, hint } = work.problem;
      return { ...identity, status: 'invalid', code, message, attempts, ...(hint === undefined ? {} : { hint }) };
    }
    const planner = this.#planner;
    if (work.edit === undefined || planner === undefined) return this.#sendAll(row, work.calls, work.left);
    let plan: RowPlan | undefined = await planner.plan(work.edit, work.expected);
    let refused = 0;
    for (;;) {
      if (plan.kind === 'stopped') return undefined;
      if (plan.kind === 'ended') return { ...identity, ...plan.ending, attempts };
      if (plan.kind === 'blind') return this.#sendAll(row, work.calls, undefined);
      this.#parts.journal.planned(identity, plan.planned);
      const sent = await this.#sendAll(row, plan.calls, plan.planned.left, plan.seen);
      if (sent === undefined) return undefined;
      const outcome = { ...sent, attempts: sent.attempts + refused };
      if (outcome.status !== 'conflict' || plan.planned.eTag === undefined || outcome.code === leftCode) return outcome;
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
    for (const [index, call] of calls.entries()) {
      if (index < first) continue;
      const inDoubt = index === first && before?.inDoubt === true;
      end = await (calls.length === 1
        ? this.#sendOnly(row, call, inDoubt)
        : this.#sender.send(row, call, index, inDoubt));
      attempts += end.attempts;
      if (end.kind === 'stopped') return undefined;
      if (end.kind !== 'applied')
        return { row: number, line, id, ...partOf(calls, index, end), status: end.kind, attempts };
      if (end.echo !== undefined) echoes.push(end.echo);
      if (index < calls.length - 1) await this.#parts.journal.callApplied(row, index, end.attempts);
      if (this.#stop.sending.aborted && index < calls.length - 1) return undefined;
    }
    const { proofWaitsMs } = this.#parts;
    const unproven = proofWaitsMs === undefined ? undefined : await this.#unproven(calls, proofWaitsMs);
    if (unproven !== undefined) return { row: number, line, id, ...unproven, attempts };
    const { httpStatus, requestId } = end;
    const outcome: OpenOutcome = { row: number, line, id, status: 'applied', attempts };
    if (left !== undefined) {
      outcome.status = 'conflict';
      outcome.code = leftCode;
      outcome.message = left;
    } else if (seen !== undefined) Object.assign(outcome, this.#alsoChanged(calls, echoes, seen));
    if (httpStatus !== undefined) outcome.httpStatus = httpStatus;
    if (requestId !== undefined) outcome.requestId = requestId;
    return outcome;
  }

  /** What a row's calls did besides what was asked, as far as their replies show the record; nothing where they did nothing. */
  #alsoChanged(
    calls: readonly Call[],
    echoes: readonly Json[],
    seen: FieldValues,
  ): Pick<RowOutcome, 'code' | 'message' | 'hint'> {
    const { current } = this.#parts;
    const echoed = current?.echoed;
    if (current === undefined || echoed === undefined) return {};
    const changes = calls.flatMap(({ edits }) => edits.flatMap((edit) => edit.changes));
    const spared = new Set([...(current.moved?.(changes) ?? []), ...(current.coupled?.(changes) ?? [])]);
    const watched = (field: string): boolean => !spared.has(field) && current.isWritable(field);
    // A later reply may show less of the record than an earlier one.
    const after = new Map(echoes.flatMap((echo) => [...echoed(echo)]));
    const more = unasked(changes, seen, after, current.typeOf, watched);
    if (more.length === 0) return {};
    const told = more.map(({ field, before, after }) => `${field} ${shown(before)} → ${shown(after)}`);
    return {
      code: 'changed-more',
      message: `It was done, and the vendor changed more than was asked: ${excerpt(told.join(', '), 400)}`,
      hint: 'An automation at the vendor may do that; look at the record.',
    };
  }

  /** The only call of a row: together with others where that can be. */
  #sendOnly(row: RunRow, call: Call, inDoubt: boolean): Promise<CallEnd> {
    const [edit] = call.edits;
    const key = edit === undefined ? undefined : this.#batches?.keyOf(edit);
    if (key === undefined || edit === undefined) return this.#sender.send(row, call, 0, inDoubt);
    return this.#sendTogether(row, call, { key, edit, inDoubt });
  }

  async #sendTogether(
    row: RunRow,
    call: Call,
    { key, edit, inDoubt }: { readonly key: string; readonly edit: Edit; readonly inDoubt: boolean },
  ): Promise<CallEnd> {
    const end = await this.#lull.away(this.#writes.add(key, { row, edit, inDoubt }));
    if (end.kind !== 'by-itself') return end;
    const { attempts, look, onApplied } = end;
    if (look) {
      const seen = await this.#seen(edit, this.#parts.batches?.waitsMs ?? []);
      if (seen === 'applied' || seen === 'stopped') return { kind: seen, attempts };
    }
    const single = await this.#sender.send(row, call, 0, inDoubt || look);
    if (single.kind === 'applied') onApplied?.();
    return { ...single, attempts: attempts + single.attempts };
  }

  /** Why a write that the vendor says it did is not proven by what its record shows; undefined where it is. */
  async #unproven(
    calls: readonly Call[],
    waitsMs: readonly number[],
  ): Promise<Pick<RowOutcome, 'status' | 'code' | 'message' | 'hint'> | undefined> {
    const [edit] = calls.at(-1)?.edits ?? [];
    if (edit === undefined) return undefined;
    const seen = await this.#seen(edit, waitsMs);
    // What can't be read can't be proven: the vendor's word is all there is.
    if (seen === 'applied' || seen === 'unreadable') return undefined;
    return {
      status: 'in_doubt',
      code: 'not-seen',
      message:
        seen === 'stopped'
          ? 'The vendor says that it was done; the run was stopped before that could be seen.'
          : 'The vendor says that it was done, but its record does not show it.',
      hint: 'Look at the record at the vendor; if the change is not there, retry the row with --include-in-doubt.',
    };
  }

  /** Whether the record shows what the edit asks for, at one of several looks. */
  async #seen(edit: Edit, waitsMs: readonly number[]): Promise<'applied' | 'absent' | 'unreadable' | 'stopped'> {
    const { current } = this.#parts;
    if (current === undefined) return 'unreadable';
    const asked = { changes: edit.changes.filter(({ field }) => field !== current.keyField) };
    for (const waitMs of waitsMs) {
      await this.#parts.wait(waitMs, this.#stop.sending);
      const look = await this.#look(edit);
      if (look.kind === 'stopped') return 'stopped';
      if (look.kind === 'unsupported' || look.kind === 'unknown') return 'unreadable';
      if (look.kind === 'found' && differences(asked, look.values, current.typeOf).length === 0) return 'applied';
    }
    return 'absent';
  }

  async #look(edit: Edit): ReturnType<CurrentReader['look']> {
    const reader = this.#reader;
    if (reader === undefined) throw new Error('Nothing can be read here');
    return reader.keyOf(edit) === undefined ? reader.look(edit) : this.#lull.away(reader.look(edit));
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
  return {
    ...(code === undefined ? {} : { code }),
    ...(told === undefined ? {} : { message: told }),
    ...(hint === undefined ? {} : { hint }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function shown(value: Json): string {
  if (value === null || value === '') return 'empty';
  return `"${excerpt(scalarText(value) ?? stringifyJson(value), 60)}"`;
}
