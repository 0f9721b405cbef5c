import type { Change, Edit, Problem, RowIdentity } from '../core/edit.ts';
import { OppatchError } from '../core/errors.ts';
import { scalarText, stringifyJson, type Json } from '../core/json.ts';
import { excerpt } from '../core/printable.ts';
import type { CsvRow, JsonRow, SourceRow } from '../core/source-row.ts';
import { templateId } from '../core/template-id.ts';
import type { Audit, Settings, Vendor } from '../core/vendor.ts';
import type { ColumnUse, FieldColumn } from './column-targets.ts';
import type { ColumnMap } from './columns.ts';
import { sentence } from './field-lookup.ts';

/** A row that cannot be sent, and every reason. `id` is empty where the row has none. */
export interface InvalidRow extends RowIdentity {
  readonly problems: readonly Problem[];
}

export function isInvalidRow(result: Edit | InvalidRow): result is InvalidRow {
  return 'problems' in result;
}

export interface EditReaderOptions {
  readonly columns: ColumnMap;
  readonly vendor: Vendor;
  readonly settings: Settings;
  /** The cell text that clears a field; `#N/A` where it is absent. */
  readonly clearToken?: string;
  /** Hears of the vendor's warnings; the edit stays valid. */
  readonly onWarning?: (warning: Audit, edit: Edit) => void;
}

export interface EditReader {
  /** An edit without changes is valid. Throws where a JSON row has a member that is no column. */
  readonly read: (row: SourceRow) => Edit | InvalidRow;
  /** The id of a row as it stands in the file, without blanks around it; empty where it has none. */
  readonly idOf: (row: SourceRow) => string;
}

/** What a column's value came to in the row before: columns repeat themselves, and what is equal is checked and converted once. */
interface LastChange {
  value: Json | undefined;
  change: Change | undefined;
}

/** What the members of JSON rows of one shape are. */
interface Shape {
  readonly uses: readonly ColumnUse[];
  /** -1 where no member is the id. */
  readonly idIndex: number;
  /** By the place of the member. */
  readonly last: readonly LastChange[];
}

/** Rows to edits: every value checked and in the vendor's form. Throws `bad-value` or `cannot-be-cleared` for a `--set` that is refused. */
export function createEditReader(options: EditReaderOptions): EditReader {
  const { columns, vendor, settings, clearToken = '#N/A', onWarning } = options;
  const assigned = assignedChanges(columns.assignments, clearToken);
  const idIndex = columns.uses.findIndex(({ kind }) => kind === 'id');
  const cellColumns = columns.uses.flatMap((use, index) => {
    const last: LastChange = { value: undefined, change: undefined };
    return use.kind === 'field' ? [{ index, use, last }] : [];
  });

  const readCells = (row: CsvRow, changes: Change[], problems: Problem[]): void => {
    for (const { index, use, last } of cellColumns) {
      const cell = row.cells[index] ?? '';
      if (cell === last.value && last.change !== undefined) {
        changes.push(last.change);
        continue;
      }
      const text = trimmed(cell);
      if (text === '') continue;
      const count = changes.length;
      if (text === clearToken) clear(use, cell, changes, problems);
      else encode(use, cell, changes, problems);
      last.value = cell;
      last.change = changes[count];
    }
  };
  let shape: Shape | undefined;
  const shapeOf = (row: JsonRow): Shape => {
    const uses = columns.usesOf(row);
    if (shape?.uses === uses) return shape;
    const idIndex = uses.findIndex(({ kind }) => kind === 'id');
    shape = { uses, idIndex, last: uses.map(() => ({ value: undefined, change: undefined })) };
    return shape;
  };
  const readMembers = (row: JsonRow, changes: Change[], problems: Problem[]): void => {
    const { uses, last: lasts } = shapeOf(row);
    for (let index = 0; index < uses.length; index++) {
      const use = uses[index];
      const value = row.members[index]?.[1];
      const last = lasts[index];
      if (use?.kind !== 'field' || value === undefined || last === undefined) continue;
      if (value === last.value && last.change !== undefined) {
        changes.push(last.change);
        continue;
      }
      const count = changes.length;
      const text = typeof value === 'string' ? trimmed(value) : undefined;
      if (text === '') continue;
      if (text === clearToken) problems.push(tokenInJson(use, text));
      else if (value === null) clear(use, 'null', changes, problems);
      else encode(use, value, changes, problems);
      last.value = value;
      last.change = changes[count];
    }
  };
  const idOf = (row: SourceRow): string => {
    if (row.kind === 'csv') return trimmed(row.cells[idIndex] ?? '');
    const value = row.members[shapeOf(row).idIndex]?.[1] ?? null;
    return typeof value === 'boolean' ? '' : (scalarText(value)?.trim() ?? '');
  };

  const read = (row: SourceRow): Edit | InvalidRow => {
    const id = idOf(row);
    const problems: Problem[] = [];
    const reason = idProblem(id, clearToken, vendor);
    if (reason !== undefined) problems.push(reason);
    const changes: Change[] = [];
    if (row.kind === 'csv') readCells(row, changes, problems);
    else readMembers(row, changes, problems);
    for (const change of assigned) changes.push(change);
    const { row: number, line } = row;
    if (problems.length > 0) return { row: number, line, id, problems };
    const edit: Edit = { row: number, line, id, changes };
    const audits = changes.length === 0 ? [] : (vendor.audit?.(edit, settings) ?? []);
    if (audits.length === 0) return edit;
    const errors = audits.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) return { row: number, line, id, problems: errors };
    for (const warning of audits) onWarning?.(warning, edit);
    return edit;
  };
  return { read, idOf };
}

/** `trim`, without the call for the texts that begin and end with a plain character: nearly all. */
function trimmed(text: string): string {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return first > 32 && first < 127 && last > 32 && last < 127 ? text : text.trim();
}

function encode({ column, field, target }: FieldColumn, input: Json, changes: Change[], problems: Problem[]): void {
  const encoded = field.form.encode(input);
  if ('value' in encoded) {
    changes.push({ field: target, action: field.action ?? 'set', value: encoded.value, column });
    return;
  }
  const value = typeof input === 'string' ? input : stringifyJson(input);
  problems.push({
    code: 'bad-value',
    message: sentence(`"${excerpt(value, 60)}" ${encoded.problem}`),
    ...(encoded.hint === undefined ? {} : { hint: sentence(encoded.hint) }),
    column,
    value,
  });
}

function clear({ column, field, target }: FieldColumn, value: string, changes: Change[], problems: Problem[]): void {
  if (field.cleared !== undefined) {
    changes.push({ field: target, action: 'clear', value: field.cleared.value, column });
    return;
  }
  problems.push({
    code: 'cannot-be-cleared',
    message: `${field.name} cannot be cleared.`,
    hint: sentence(field.clearingHint ?? 'Leave the cell empty to keep the value that the field has'),
    column,
    value,
  });
}

function tokenInJson({ column }: FieldColumn, value: string): Problem {
  return {
    code: 'clear-token-in-json',
    message: `"${excerpt(value, 60)}" is a text in JSON and does not clear the field.`,
    hint: 'Write null to clear it.',
    column,
    value,
  };
}

function assignedChanges(assignments: ColumnMap['assignments'], clearToken: string): readonly Change[] {
  const changes: Change[] = [];
  for (const assignment of assignments) {
    const { text, column } = assignment;
    const problems: Problem[] = [];
    if (text.trim() === clearToken) clear(assignment, text, changes, problems);
    else encode(assignment, text, changes, problems);
    for (const { code, message, hint } of problems) {
      throw new OppatchError(code, `${column}: ${message}`, {
        place: `--set ${column}`,
        ...(hint === undefined ? {} : { hint }),
      });
    }
  }
  return changes;
}

function idProblem(id: string, clearToken: string, vendor: Vendor): Problem | undefined {
  if (id === '') {
    return {
      code: 'no-id',
      message: 'The row has no id.',
      hint: 'Fill in the id of the opportunity, or remove the row.',
    };
  }
  const reason = commonIdProblem(id, clearToken) ?? vendor.idProblem?.(id);
  return reason === undefined
    ? undefined
    : { code: 'bad-id', message: sentence(`"${excerpt(id, 60)}" cannot be the id: ${reason}`), value: id };
}

function commonIdProblem(id: string, clearToken: string): string | undefined {
  if (id === templateId) return 'it stands in the template for an id that is to be filled in';
  if (id === '.' || id === '..') return 'it has a meaning of its own in addresses';
  if (id === clearToken || (id.startsWith('#') && /^#(?:N\/A|REF!|VALUE!|NAME\?|NUM!|NULL!|DIV\/0!)$/.test(id)))
    return 'it is an error value of a spreadsheet';
  if (/\p{Surrogate}/u.test(id)) return 'it holds half of a character';
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f-\u009f]/.test(id) ? 'it holds a control character' : undefined;
}
