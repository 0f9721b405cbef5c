import { defined } from '../../core/defined.ts';
import { OppatchError } from '../../core/errors.ts';
import { isJsonObject, jsonIn, stringifyJson, type Json, type JsonObject } from '../../core/json.ts';
import { rowStatuses, type RowEnding } from '../../core/outcome.ts';
import {
  originColumn,
  plannedColumn,
  undoneColumn,
  type JsonRow,
  type SourceLayout,
  type SourceRow,
} from '../../core/source-row.ts';
import { count, listOf, misfit, oneOf, optional, recordOf, text, type MemberChecks } from '../../core/member-checks.ts';
import type { Expected } from '../../run/row-planner.ts';

/** The row of the person's file that an edit is made of, as it stands in the line of the edit. */
interface Origin {
  readonly row: number;
  readonly line: number;
  /** Of CSV. */
  readonly cells?: readonly string[];
  /** Of JSON: the object's text. */
  readonly text?: string;
  /** The columns of the file that its members were made of, by the members' names, where that is not the same. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly ended?: RowEnding;
}

const endingChecks: MemberChecks<RowEnding> = {
  status: oneOf(...rowStatuses),
  code: optional(text),
  message: optional(text),
  hint: optional(text),
};

const originChecks: MemberChecks<Origin> = {
  row: count,
  line: count,
  cells: optional(listOf(text)),
  text: optional(text),
  columns: optional(recordOf(text)),
  ended: optional((value) => misfit(value, endingChecks) === undefined),
};

/** The row as it stands in the person's file. */
export function ownRow(source: SourceRow): SourceRow {
  return source.kind === 'json' ? (source.origin ?? source) : source;
}

/** What an edit says that the fields are to hold. */
export function expectedOf(source: SourceRow): Expected | undefined {
  if (source.kind !== 'json') return undefined;
  for (const [name, value] of source.members) {
    if ((name !== undoneColumn && name !== plannedColumn) || !isJsonObject(value)) continue;
    return { fields: value as Expected['fields'], leaves: name === undoneColumn ? 'field' : 'row' };
  }
  return undefined;
}

/** What goes into the line of an edit, so that its outcome is told of the person's own row. `columns`: of the row, by the members of the edit. */
export function originOf(
  source: SourceRow,
  ended: RowEnding | undefined,
  columns: Readonly<Record<string, string>>,
): JsonObject {
  const { row, line } = source;
  const written = source.kind === 'csv' ? { cells: source.cells } : { text: source.text };
  const ending = ended === undefined ? {} : { ended: JSON.parse(JSON.stringify(ended)) as JsonObject };
  const named = Object.keys(columns).length === 0 ? {} : { columns };
  return { row, line, ...written, ...named, ...ending };
}

/** The members of an edit as they are compared: its origin is told by the row's number. */
export function preparedEdit({ members, row }: JsonRow): JsonObject {
  return { row, ...Object.fromEntries(members.filter(([name]) => name !== originColumn)) };
}

/** An edit with the number, the line and the cells of the row that it is made of. Throws `plan-not-readable` where it does not say. */
export function preparedRow(source: SourceRow, layout: SourceLayout, place: string): JsonRow {
  const value = source.kind === 'json' ? source.members.find(([name]) => name === originColumn)?.[1] : undefined;
  if (source.kind !== 'json' || misfit(value, originChecks) !== undefined) throw notReadable(source, place);
  const { row, line, cells, text: written, columns, ended } = value as unknown as Origin;
  const origin = originRow({ row, line, cells, text: written }, layout);
  if (origin === undefined) throw notReadable(source, place);
  return { ...source, row, line, origin, ...defined({ columns, ended }) };
}

function originRow(
  { row, line, cells, text: written }: { [Name in 'row' | 'line' | 'cells' | 'text']: Origin[Name] | undefined },
  layout: SourceLayout,
): SourceRow | undefined {
  if (row === undefined || line === undefined) return undefined;
  if (layout.kind === 'csv')
    return cells?.length === layout.columns.length ? { kind: 'csv', row, line, cells } : undefined;
  const members = written === undefined ? undefined : membersOf(written);
  return members === undefined || written === undefined
    ? undefined
    : { kind: 'json', row, line, members, text: written };
}

function membersOf(written: string): readonly (readonly [string, Json])[] | undefined {
  const object = jsonIn(written);
  return isJsonObject(object) ? Object.entries(object).map(([name, value]) => [name, value ?? null]) : undefined;
}

/** The line of an edit without its ending: it is worked out once more. */
export function withoutEnding(source: JsonRow): string {
  const members = source.members.map(([name, value]) => {
    if (name !== originColumn || !isJsonObject(value)) return [name, value] as const;
    const { ended: _ended, ...origin } = value;
    return [name, origin] as const;
  });
  return stringifyJson(Object.fromEntries(members));
}

function notReadable({ row }: SourceRow, place: string): OppatchError {
  return new OppatchError('plan-not-readable', `Element ${row} does not say which row of the file it is.`, {
    place,
    hint: 'Plan the file again with `oppatch plan FILE --out plan.json`.',
    exitCode: 7,
  });
}
