import { plainJsonIn } from '../../core/plain-json.ts';
import { refusalOf } from '../faults.ts';
import type { SandboxRecord } from '../records.ts';
import type { SandboxCall, SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import { idPlace, textAt, valueAt } from './asked.ts';
import type { BatchPart, DescribedFile, ManyPart } from './described-file.ts';
import { applied, type WrongField } from './fields.ts';
import { nextVersion } from './guard.ts';
import { envelope, refusal, shown } from './replies.ts';
import { at, put } from './values.ts';

/** The calls of a described vendor for several records. */

interface Row {
  readonly id: string;
  readonly key: unknown;
  readonly next?: SandboxRecord;
  readonly refused?: { readonly code: string; readonly message: string; readonly wrong?: WrongField };
}

/** A refused row is named in its outcome; where the file says how a refusal of the whole names the rows to blame, nothing is written. */
export function batchWrite(file: DescribedFile, batch: BatchPart, call: SandboxCall): SandboxResponse {
  const list = at(plainJsonIn(call.body), batch.records);
  if (!Array.isArray(list) || list.length === 0 || list.length > batch.most) {
    const problem = Array.isArray(list) ? `${list.length} records in a batch of ${batch.most}` : 'there are no records';
    return { ...refusal(file, 400, 'invalid', problem), violation: problem };
  }
  const rows = (list as readonly unknown[]).map((entry) => rowOf(file, batch, entry, call));
  const violation = rows.find(({ refused }) => refused?.wrong !== undefined)?.refused?.message;
  const seen = violation === undefined ? {} : { violation };
  if (batch.guilty !== undefined && rows.some(({ refused }) => refused !== undefined))
    return { ...wholeRefused(file, batch, rows), ...seen };
  const done = rows.filter(({ next }) => next !== undefined);
  for (const { id, next } of done) if (next !== undefined) call.records.put(id, nextVersion(file.read, next));
  const parted = batch.failures !== undefined;
  const outcomes = rows.filter(({ refused }) => !parted || refused === undefined);
  const failures = rows.filter(({ refused }) => refused !== undefined);
  let reply = put({}, batch.outcomes, listOf(file, batch, outcomes));
  if (batch.failures !== undefined) reply = put(reply, batch.failures, listOf(file, batch, failures));
  return {
    status: batch.status ?? 200,
    body: envelope(file, reply),
    applied: done.length > 0,
    appliedIds: done.map(({ id }) => id),
    ...seen,
  };
}

function rowOf(file: DescribedFile, batch: BatchPart, entry: unknown, { records, behaviour }: SandboxCall): Row {
  const id = textAt(entry, idPlace(batch)) ?? '';
  const key = at(entry, batch.keyAt ?? '/id');
  const told = refusalOf(behaviour.refuse, id);
  if (told !== undefined) {
    const { code = 'invalid', message = 'the value is out of range' } = told;
    return { id, key, refused: { code, message } };
  }
  const record = records.get(id);
  if (record === undefined) return { id, key, refused: { code: 'NOT_FOUND', message: 'there is no such record' } };
  const next = applied(file, batch, record, entry);
  return 'record' in next
    ? { id, key, next: next.record }
    : { id, key, refused: { code: 'invalid', message: next.wrong.problem, wrong: next.wrong } };
}

/** A list in the order of the records, or another one where they are found by an id or a key; an object of them where outcomes hold no such thing. */
function listOf(file: DescribedFile, batch: BatchPart, rows: readonly Row[]): unknown {
  const outcomes = rows.map((row) => outcomeOf(file, batch, row));
  if (batch.by === 'position') return outcomes;
  if (batch.outcomeKey !== undefined) return outcomes.toReversed();
  return Object.fromEntries(rows.map(({ id, key }, index) => [batch.by === 'id' ? id : String(key), outcomes[index]]));
}

function outcomeOf(file: DescribedFile, batch: BatchPart, { id, key, next, refused }: Row): unknown {
  const { success, code, message, record, outcomeKey, field, fieldAs = 'name' } = batch;
  let outcome: unknown = {};
  if (next !== undefined && record !== undefined) outcome = put(outcome, record, shown(file, next, id));
  if (success !== undefined)
    outcome = put(outcome, success.at, refused === undefined ? success.equals : opposite(success.equals));
  if (refused !== undefined && code !== undefined) outcome = put(outcome, code, refused.code);
  if (refused !== undefined && message !== undefined) outcome = put(outcome, message, refused.message);
  if (refused?.wrong !== undefined && field !== undefined) {
    const { name, label, place: path } = refused.wrong;
    outcome = put(outcome, field, { name, label, path }[fieldAs]);
  }
  return batch.by === 'position' || outcomeKey === undefined
    ? outcome
    : put(outcome, outcomeKey, batch.by === 'id' ? id : key);
}

function opposite(value: unknown): unknown {
  return typeof value === 'boolean' ? !value : null;
}

/** One entry in the list of errors for each row to blame, in the form of the file's refusals. */
function wholeRefused(file: DescribedFile, { guilty, records }: BatchPart, rows: readonly Row[]): SandboxResponse {
  const blamed = rows.flatMap(({ id, refused }, index) => {
    if (refused === undefined || guilty === undefined) return [];
    const wrong =
      refused.wrong === undefined
        ? undefined
        : { ...refused.wrong, place: `${records}/${index}${refused.wrong.place}` };
    const said = refusal(file, 422, refused.code, refused.message, wrong).body;
    const entry = at(said, file.refusals?.[0]?.at ?? '');
    const place = wrong?.place ?? `${records}/${index}`;
    const position = guilty.position === undefined ? entry : put(entry, guilty.position, place);
    return [guilty.id === undefined ? position : put(position, guilty.id, id)];
  });
  const { body, status } = refusal(file, 422, 'invalid', 'some records are refused');
  return { status, body: put(body, guilty?.list ?? '', blamed) };
}

export function readSeveral(file: DescribedFile, many: ManyPart, call: SandboxCall): SandboxResponse {
  const { records, behaviour } = call;
  const ids = askedIds(many, call);
  if (ids.length === 0 || ids.length > many.most) {
    const problem = `${ids.length} records in a read of ${many.most}`;
    return { ...refusal(file, 400, 'invalid', problem), violation: problem };
  }
  const size = many.pageSize === undefined ? ids.length : Number(valueAt(call, many.pageSize) ?? '1');
  const found = [...new Set(ids)].flatMap((id) => {
    const record = records.shown(id, behaviour.readLagMs);
    return record === undefined ? [] : [put({}, many.record ?? '', shown(file, record, id))];
  });
  return { status: 200, body: envelope(file, put({}, many.records, found.slice(0, size))) };
}

function askedIds({ ids }: ManyPart, { query, body }: SandboxRequest): readonly string[] {
  if (ids.query !== undefined)
    return ids.as === 'repeated' ? query.getAll(ids.query) : (query.get(ids.query) ?? '').split(',');
  const list = at(plainJsonIn(body), ids.at ?? '');
  return Array.isArray(list) ? (list as readonly unknown[]).map(String) : [];
}
