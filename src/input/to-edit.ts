import { defaultClearToken, unescapedToken } from '../core/clear-token.ts';
import type { Change, Edit, Problem, RowIdentity } from '../core/edit.ts';
import { OppatchError } from '../core/errors.ts';
import type { Encoded } from '../core/field.ts';
import { idProblem, looksRounded } from '../core/id-problem.ts';
import { scalarText, stringifyJson, type Json } from '../core/json.ts';
import type { ReadingRules } from '../core/reading-rules.ts';
import type { CsvRow, JsonRow, SourceRow } from '../core/source-row.ts';
import type { Audit, Service } from '../core/vendor.ts';
import type { ColumnUse, FieldColumn } from './column-targets.ts';
import type { ColumnMap } from './columns.ts';
import { sentence } from './field-lookup.ts';
import { quoted, readValue, type ValueWarning } from './read-value.ts';

/** A row that cannot be sent, and every reason. `id` is empty where the row has none. */
export interface InvalidRow extends RowIdentity {
  readonly problems: readonly Problem[];
}

export function isInvalidRow(result: Edit | InvalidRow): result is InvalidRow {
  return 'problems' in result;
}

export interface EditReaderOptions {
  readonly columns: ColumnMap;
  readonly service: Service;
  /** The cell text that clears a field; `:clear:` where it is absent. */
  readonly clearToken?: string;
  readonly rules?: ReadingRules;
  /** Set where rows are compared with what their records hold before they are sent: errors that depend on that are left to the comparison. */
  readonly compared?: boolean;
  /** Receives the vendor's warnings; the edit stays valid. */
  readonly onWarning?: (warning: Audit, edit: Edit) => void;
}

export interface EditReader {
  /** An edit without changes is valid. Throws where a JSON row has a member that is not a column. */
  readonly read: (row: SourceRow) => Edit | InvalidRow;
  /** The id of a row as it stands in the file, without blanks around it; empty where it has none. */
  readonly idOf: (row: SourceRow) => string;
}

/** What a column's value came to in the row before: columns repeat themselves, and what is equal is checked and converted once. */
interface LastChange {
  value: Json | undefined;
  change: Change | undefined;
  warning: ValueWarning | undefined;
}

/** What a row has come to so far. */
interface OpenRow {
  readonly changes: Change[];
  readonly problems: Problem[];
  readonly warnings: Audit[];
}

/** What the members of JSON rows of one shape are. */
interface Shape {
  readonly uses: readonly ColumnUse[];
  /** -1 where no member is the id. */
  readonly idIndex: number;
  /** By the place of the member. */
  readonly last: readonly LastChange[];
}

/** Rows to edits: every value checked and in the vendor's form. Throws `bad-value` and the like for a `--set` that is refused. */
export function createEditReader(options: EditReaderOptions): EditReader {
  const { columns, service, clearToken = defaultClearToken, onWarning, rules = {}, compared = false } = options;
  const cells = new CellReader({ rules, clearToken, damageAllowed: columns.damageAllowed, compared });
  const assigned = assignedChanges(columns.assignments, cells.ofAssignments());
  const idIndex = columns.uses.findIndex(({ kind }) => kind === 'id');
  const cellColumns = columns.uses.flatMap((use, index) =>
    use.kind === 'field' ? [{ index, use, last: noChange() }] : [],
  );

  const readCells = (row: CsvRow, open: OpenRow): void => {
    for (const { index, use, last } of cellColumns) {
      const cell = row.cells[index] ?? '';
      if (repeated(use, cell, last, open)) continue;
      const text = trimmed(cell);
      if (text === '') continue;
      const read = text === clearToken ? cells.clear(use) : cells.encode(use, unescapedToken(cell, clearToken));
      remember(use, cell, read, last, open);
    }
  };
  let shape: Shape | undefined;
  const shapeOf = (row: JsonRow): Shape => {
    const uses = columns.usesOf(row);
    if (shape?.uses === uses) return shape;
    const idIndex = uses.findIndex(({ kind }) => kind === 'id');
    shape = { uses, idIndex, last: uses.map(noChange) };
    return shape;
  };
  const readMembers = (row: JsonRow, open: OpenRow): void => {
    const { uses, last: lasts } = shapeOf(row);
    for (let index = 0; index < uses.length; index++) {
      const use = uses[index];
      const value = row.members[index]?.[1];
      const last = lasts[index];
      if (use?.kind !== 'field' || value === undefined || last === undefined) continue;
      if (repeated(use, value, last, open)) continue;
      const text = typeof value === 'string' ? trimmed(value) : undefined;
      if (text === '') continue;
      const read = value === null ? cells.clear(use) : cells.member(use, value, text);
      remember(use, value, read, last, open);
    }
  };
  const idOf = (row: SourceRow): string => {
    if (row.kind === 'csv') return trimmed(row.cells[idIndex] ?? '');
    const value = row.members[shapeOf(row).idIndex]?.[1] ?? null;
    return typeof value === 'boolean' ? '' : (scalarText(value)?.trim() ?? '');
  };

  const read = (row: SourceRow): Edit | InvalidRow => {
    const id = idOf(row);
    const open: OpenRow = { changes: [], problems: [], warnings: [] };
    const { changes, problems, warnings } = open;
    const reason = problemOfId(id, service);
    if (reason !== undefined) problems.push(reason);
    if (row.kind === 'csv') readCells(row, open);
    else readMembers(row, open);
    for (const change of assigned) changes.push(change);
    for (const companion of service.companions?.(changes) ?? []) {
      if (!changes.some(({ field }) => field === companion.field)) changes.push(companion);
    }
    const { row: number, line } = row;
    if (problems.length > 0) return invalidRow({ row: number, line, id }, problems, changes);
    const edit: Edit = { row: number, line, id, changes };
    const audits = changes.length === 0 ? [] : (service.audit?.(edit) ?? []);
    const errors = audits.filter((one) => one.severity === 'error' && !(compared && onlyAsChange(one, edit)));
    if (errors.length > 0) return invalidRow({ row: number, line, id }, errors, changes);
    for (const warning of warnings) onWarning?.(warning, edit);
    if (looksRounded(id)) onWarning?.(roundedId, edit);
    for (const one of audits) if (one.severity === 'warning') onWarning?.(one, edit);
    return edit;
  };
  return { read, idOf };
}

/** A row that is refused in any case is so for its choices that are not offered, too. */
function invalidRow(row: RowIdentity, problems: readonly Problem[], changes: readonly Change[]): InvalidRow {
  return { ...row, problems: [...problems, ...changes.flatMap(({ unlessUnchanged }) => unlessUnchanged ?? [])] };
}

/** Whether an error is one only where a value is to change: of a choice that is not offered every one is. */
function onlyAsChange({ unlessUnchanged, column }: Audit, { changes }: Edit): boolean {
  return (
    unlessUnchanged === true ||
    changes.some((change) => change.unlessUnchanged !== undefined && change.column === column)
  );
}

const roundedId: Audit = {
  severity: 'warning',
  code: 'rounded-id',
  message:
    'The id has only zeros after 15 digits: a spreadsheet may have rounded it, and it may be the id of another record',
  hint: 'Keep the column of ids as text where the file comes from.',
};

function noChange(): LastChange {
  return { value: undefined, change: undefined, warning: undefined };
}

/** Takes what the row before came to, where the value is the same; false where it is not, or was refused. */
function repeated(use: FieldColumn, value: Json, last: LastChange, open: OpenRow): boolean {
  if (value !== last.value || last.change === undefined) return false;
  open.changes.push(last.change);
  if (last.warning !== undefined) open.warnings.push(auditOf(use, last.warning));
  return true;
}

function remember(use: FieldColumn, value: Json, read: ReadCell, last: LastChange, open: OpenRow): void {
  last.value = value;
  if ('problem' in read) {
    last.change = undefined;
    open.problems.push(read.problem);
    return;
  }
  last.change = read.change;
  last.warning = read.warning;
  open.changes.push(read.change);
  if (read.warning !== undefined) open.warnings.push(auditOf(use, read.warning));
}

function auditOf({ column }: FieldColumn, { code, message }: ValueWarning): Audit {
  return { severity: 'warning', code, message: `${column} ${message}`, column };
}

/** `trim`, without the call for the texts that begin and end with a plain character: nearly all. */
function trimmed(text: string): string {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return first > 32 && first < 127 && last > 32 && last < 127 ? text : text.trim();
}

type ReadCell =
  { readonly change: Change; readonly warning?: ValueWarning | undefined } | { readonly problem: Problem };

/** What one file says of its cells. */
interface CellRules {
  readonly rules: ReadingRules;
  readonly clearToken: string;
  /** The vendor's names of fields. */
  readonly damageAllowed: ReadonlySet<string>;
  /** As in the options of the reader. */
  readonly compared: boolean;
}

/** Cells, members and assignments to changes, by the rules of one file. */
class CellReader {
  readonly #file: CellRules;
  readonly #rules: ReadingRules;
  readonly #clearToken: string;
  readonly #damageAllowed: ReadonlySet<string>;

  constructor(file: CellRules) {
    this.#file = file;
    this.#rules = file.rules;
    this.#clearToken = file.clearToken;
    this.#damageAllowed = file.damageAllowed;
  }

  /** What is typed on the command line is in no file's own form. */
  ofAssignments(): CellReader {
    const { ownForm: _ownForm, ...rules } = this.#rules;
    return new CellReader({ ...this.#file, rules });
  }

  /** A value of JSON, not null; `text` is it without blanks where it is one. */
  member(use: FieldColumn, value: Json, text: string | undefined): ReadCell {
    if (typeof value !== 'string' || this.#rules.ownForm === true) return this.encode(use, value);
    return text === this.#clearToken
      ? tokenInJson(use, text)
      : this.encode(use, unescapedToken(value, this.#clearToken));
  }

  assignment(use: FieldColumn, text: string): ReadCell {
    return text.trim() === this.#clearToken
      ? this.clear(use)
      : this.encode(use, unescapedToken(text, this.#clearToken));
  }

  encode({ column, field, target }: FieldColumn, input: Json): ReadCell {
    const damageAllowed = this.#damageAllowed.has(target) || this.#damageAllowed.has('*');
    const read = readValue(field.form, input, this.#rules, damageAllowed);
    const isTaken = this.#rules.ownForm === true && field.form.unjudged === true;
    const encoded: Encoded & { readonly code?: string } =
      'value' in read && !isTaken ? field.form.encode(read.value) : read;
    if ('value' in encoded) {
      const change: Change = { field: target, action: field.action ?? 'set', value: encoded.value, column };
      return { change, warning: 'value' in read ? read.warning : undefined };
    }
    const hints = [encoded.hint, listHint(field.form, input)].filter((hint) => hint !== undefined).map(sentence);
    const problem = {
      code: encoded.code ?? 'bad-value',
      message: sentence(`${quoted(input)} ${encoded.problem}`),
      ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
      column,
      value: typeof input === 'string' ? input : stringifyJson(input),
    };
    if (encoded.ifUnchanged === undefined || field.action !== undefined || !this.#file.compared) return { problem };
    return { change: { field: target, action: 'set', value: encoded.ifUnchanged, column, unlessUnchanged: problem } };
  }

  clear({ column, field, target }: FieldColumn): ReadCell {
    if (field.cleared !== undefined)
      return { change: { field: target, action: 'clear', value: field.cleared.value, column } };
    return {
      problem: {
        code: 'cannot-be-cleared',
        message: `${field.name} cannot be cleared.`,
        hint: sentence(field.clearingHint ?? 'Leave the cell empty to keep the value that the field has'),
        column,
      },
    };
  }
}

/** What to do where a text looks like several values of a field that takes them. */
function listHint({ list }: FieldColumn['field']['form'], input: Json): string | undefined {
  const [separator] = list === undefined || typeof input !== 'string' ? [] : (/[;,|]/.exec(input) ?? []);
  return separator === undefined
    ? undefined
    : `Several values stand in a JSON array, ["a","b"], or type --list-separator '${separator}'`;
}

function tokenInJson({ column }: FieldColumn, value: string): ReadCell {
  return {
    problem: {
      code: 'clear-token-in-json',
      message: `${quoted(value)} is a text in JSON and does not clear the field.`,
      hint: 'Write null to clear it.',
      column,
      value,
    },
  };
}

function assignedChanges(assignments: ColumnMap['assignments'], cells: CellReader): readonly Change[] {
  return assignments.map((assignment) => {
    const { text, column } = assignment;
    const read = cells.assignment(assignment, text);
    if ('change' in read) return read.change;
    const { code, message, hint } = read.problem;
    throw new OppatchError(code, `${column}: ${message}`, { place: `--set ${column}`, hint });
  });
}

function problemOfId(id: string, service: Service): Problem | undefined {
  if (id === '') {
    return {
      code: 'no-id',
      message: 'The row has no id.',
      hint: 'Fill in the id of the opportunity, or remove the row.',
    };
  }
  const reason = idProblem(id, service);
  return reason === undefined
    ? undefined
    : { code: 'bad-id', message: sentence(`${quoted(id)} cannot be the id: ${reason}`), value: id };
}
