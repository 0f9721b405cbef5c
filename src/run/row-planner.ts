import type { Call } from '../core/call.ts';
import { changeName, differences, listField, type Difference, type TypeOf } from '../core/difference.ts';
import { unofferedChoice, type Change, type Edit, type Problem, type RowIdentity } from '../core/edit.ts';
import type { Json } from '../core/json.ts';
import type { RowOutcome } from '../core/outcome.ts';
import type { PlannedRow } from '../core/run-journal.ts';
import { sameValue } from '../core/same-value.ts';
import type { Audit, FieldValues, FoundRecord, RecordReads } from '../core/vendor.ts';
import { guardFirst } from '../core/guarded-call.ts';
import { recordName, type RecordName } from '../core/record-name.ts';
import { wholeListFields, withWholeLists, type WholeListOf } from '../core/whole-lists.ts';
import type { RecordResult } from './record-reader.ts';

/** What a vendor says of changes to a record that was read. */
export interface PlanParts extends Pick<
  RecordReads,
  'sentTogether' | 'sideEffectFields' | 'linkedFields' | 'audit' | 'echoed' | 'waitsMs'
> {
  readonly plan: (edit: Edit) => readonly Call[];
  readonly typeOf: TypeOf;
  /** A value as people write it, for messages. */
  readonly valueText: (field: string, value: Json) => string;
  /** The field that holds the currency of an amount; undefined for a field that is none. */
  readonly currencyField?: (field: string) => string | undefined;
  /** Whether the field is one that edits write. */
  readonly isWritable: (field: string) => boolean;
  /** What the vendor says of an edit by itself. */
  readonly editAudit?: (edit: Edit) => readonly Audit[];
  /** The field that says with which others an edit may be sent: kept with what is left of it, and no change by itself. */
  readonly keyField?: string;
  /** Lists that the vendor only takes as a whole. */
  readonly wholeList?: WholeListOf;
}

/** What fields are to hold for a change of them to be allowed. */
export interface Expected {
  readonly fields: Readonly<Record<string, Json>>;
  /** Where one of them holds something else: the whole row is left alone, or that field only. */
  readonly leaves: 'row' | 'field';
}

type Ending = Omit<RowOutcome, keyof RowIdentity | 'attempts'>;

/** What is to be done for a row, given what its opportunity holds. */
export type RowPlan =
  | {
      readonly kind: 'ended';
      readonly ending: Ending;
      readonly name?: RecordName;
      /** A choice that is not offered: what the check of a file refuses the row for. */
      readonly unoffered?: Problem;
    }
  | {
      readonly kind: 'send';
      readonly calls: readonly Call[];
      readonly planned: PlannedRow;
      readonly differences: readonly Difference[];
      readonly warnings: readonly Audit[];
      /** What the read showed of all fields. */
      readonly seen: FieldValues;
      /** What the record itself holds, where earlier rows of the file change it before this one. */
      readonly recorded?: FieldValues;
    }
  /** Without a read: this account or this record can't be read. */
  | { readonly kind: 'blind' }
  | { readonly kind: 'stopped' };

/** Plans a row by what a read of its opportunity showed. Pure. */
export function planRow(edit: Edit, result: RecordResult, parts: PlanParts, expected?: Expected): RowPlan {
  switch (result.kind) {
    case 'stopped':
      return { kind: 'stopped' };
    case 'failed':
      return ended('failed', result.code, `The opportunity could not be read, so nothing was sent: ${result.message}`);
    case 'absent':
      return ended('rejected', result.code, `${result.message} Nothing was sent.`, result.hint);
    case 'unknown':
    case 'unsupported':
      if (wholeListFields(edit.changes, parts.wholeList).size > 0) return { kind: 'ended', ending: listNotRead };
      // What is to be taken back must be seen first.
      return expected === undefined
        ? (refusedChange(edit, parts) ?? { kind: 'blind' })
        : ended(
            'conflict',
            'not-seen',
            `Nothing was sent: ${result.message}, so what the fields hold now is not known.`,
          );
    case 'found':
      return withName(planFound(edit, result.record, parts, expected), result.record);
  }
}

function withName(plan: RowPlan, record: FoundRecord): RowPlan {
  return plan.kind === 'ended' ? { ...plan, name: recordName(record) } : plan;
}

function planFound(
  edit: Edit,
  { values, guard, ...shown }: FoundRecord,
  parts: PlanParts,
  expected: Expected | undefined,
): RowPlan {
  const carried = edit.changes.filter(({ field }) => field === parts.keyField);
  const named = edit.changes.filter(({ field }) => field !== parts.keyField);
  const asked = withWholeLists(named, (field) => values.get(field)?.value, parts.wholeList);
  if ('unknown' in asked) return { kind: 'ended', ending: listNotRead };
  const all = differences(asked, values, parts.typeOf, parts.sentTogether);
  const moved = expected === undefined ? [] : movedSince(all, values, parts.typeOf, expected);
  const left = moved.length === 0 ? undefined : `${moved.join(', ')} changed since, and left as it is`;
  // What the vendor moved along is only put back with what moved it.
  const wanted = all.filter(
    ({ change: { field } }) =>
      left === undefined || (expected?.leaves === 'field' && !moved.includes(field) && field in expected.fields),
  );
  if (wanted.length === 0) {
    return left === undefined
      ? { kind: 'ended', ending: { status: 'unchanged' } }
      : ended(
          'conflict',
          'changed-since',
          `${left}. Nothing was sent.`,
          'Look at the opportunity, and set the field yourself if it is still wrong.',
        );
  }
  const reduced: Edit = { ...edit, changes: [...wanted.map(({ change }) => change), ...carried] };
  const refused = refusedChange(reduced, parts);
  if (refused !== undefined) return refused;
  const audits = parts.audit?.(reduced, values) ?? [];
  const error = audits.find(({ severity }) => severity === 'error');
  if (error !== undefined) return ended('invalid', error.code, error.message, error.hint);
  const calls = guardFirst(parts.plan(reduced), guard);
  const { before, withheld } = beforeOf(reduced, values, parts.sideEffectFields?.(reduced.changes) ?? []);
  const planned: PlannedRow = {
    before: { ...before, ...Object.fromEntries(carried.map(({ field, value }) => [field, value])) },
    ...currenciesBeside(reduced, values, parts),
    ...(withheld.length === 0 ? {} : { withheld }),
    sent: reduced.changes.flatMap((change) => namesOf(change, named)),
    ...recordName(shown),
    ...(guard === undefined ? {} : { guard }),
    ...(left === undefined ? {} : { left }),
  };
  return { kind: 'send', calls, planned, differences: wanted, warnings: audits, seen: values };
}

/** What is refused only where it changes something, and so could not be refused before. */
function refusedChange(edit: Edit, parts: PlanParts): RowPlan | undefined {
  const unoffered = unofferedChoice(edit);
  if (unoffered !== undefined) {
    const { code, message, hint, column } = unoffered;
    const ending = ended('invalid', code, `${column ?? ''}: ${message}`, hint);
    return { ...ending, unoffered };
  }
  const found = parts.editAudit?.(edit).find((one) => one.severity === 'error' && one.unlessUnchanged === true);
  return found === undefined ? undefined : ended('invalid', found.code, found.message, found.hint);
}

/** The changes of the row for which this one is sent, by `changeName`: of a whole list, all that are done to it. */
function namesOf(change: Change, named: readonly Change[]): readonly string[] {
  const own = changeName(change);
  if (named.includes(change)) return [own];
  const done = named.filter(({ field }) => field === change.field).map(changeName);
  return done.length === 0 ? [own] : done;
}

/** How a row ends that adds to a list, or removes from it, where nobody knows what the list holds. */
export const listNotRead = {
  status: 'invalid',
  code: 'list-not-read',
  message: 'The vendor takes this list only as a whole, and what it holds could not be read. Nothing was sent.',
  hint: 'Let the record be read (no --blind, and an account that may read it), or set the whole list.',
} as const;

/** The fields that hold neither what is expected nor what is asked for. */
function movedSince(all: readonly Difference[], values: FieldValues, typeOf: TypeOf, expected: Expected): string[] {
  return all.flatMap(({ change: { field }, before }) => {
    const wanted = expected.fields[field];
    if (wanted === undefined) return [];
    return before !== undefined && sameValue(before, wanted, values.get(field)?.type ?? typeOf(field)) ? [] : [field];
  });
}

function beforeOf(
  edit: Edit,
  values: FieldValues,
  moved: readonly string[],
): { readonly before: Record<string, Json>; readonly withheld: readonly string[] } {
  const before: Record<string, Json> = {};
  const withheld: string[] = [];
  for (const field of new Set([...edit.changes.map(listField), ...moved])) {
    const held = values.get(field);
    if (held?.masked !== undefined) withheld.push(field);
    else if (held !== undefined) before[field] = held.value;
  }
  return { before, withheld };
}

/** The currencies of the amounts that an edit changes, where they stand in fields of their own. */
function currenciesBeside(
  { changes }: Edit,
  values: FieldValues,
  { currencyField }: PlanParts,
): Pick<PlannedRow, 'beside'> {
  const beside: Record<string, Json> = {};
  for (const { field } of changes) {
    const currency = currencyField?.(field);
    const held = currency === undefined ? undefined : values.get(currency);
    if (currency !== undefined && held !== undefined && held.masked === undefined) beside[currency] = held.value;
  }
  return Object.keys(beside).length === 0 ? {} : { beside };
}

function ended(
  status: Ending['status'],
  code: string,
  message: string,
  hint?: string,
): Extract<RowPlan, { kind: 'ended' }> {
  return { kind: 'ended', ending: { status, code, message, ...(hint === undefined ? {} : { hint }) } };
}

const mostReads = 3;

/** Reads a row's opportunity and plans it; again where someone else changed it between the read and the write, but not the row's own fields. */
export class RowPlanner {
  readonly #read: (edit: Edit) => Promise<RecordResult>;
  readonly #parts: PlanParts;

  constructor(read: (edit: Edit) => Promise<RecordResult>, parts: PlanParts) {
    this.#read = read;
    this.#parts = parts;
  }

  async plan(edit: Edit, expected?: Expected): Promise<RowPlan> {
    return planRow(edit, await this.#read(edit), this.#parts, expected);
  }

  /** After a refusal by the guard. Undefined: it is a conflict. */
  async again(
    edit: Edit,
    before: RowPlan & { kind: 'send' },
    reads: number,
    expected?: Expected,
  ): Promise<RowPlan | undefined> {
    if (reads >= mostReads) return undefined;
    const next = await this.plan(edit, expected);
    if (next.kind === 'stopped') return next;
    if (next.kind !== 'send') return undefined;
    // What is added or removed is so whatever else the list holds by now.
    const lists = wholeListFields(edit.changes, this.#parts.wholeList);
    return this.#sameBefore(before.planned, next.planned, lists) ? next : undefined;
  }

  #sameBefore(left: PlannedRow, right: PlannedRow, lists: ReadonlySet<string>): boolean {
    const names = Object.keys(left.before);
    return (
      left.sent.join('\n') === right.sent.join('\n') &&
      names.length === Object.keys(right.before).length &&
      names.every(
        (name) =>
          lists.has(name) || sameValue(left.before[name] ?? null, right.before[name] ?? null, this.#parts.typeOf(name)),
      )
    );
  }
}
