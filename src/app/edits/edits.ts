import type { Call } from '../../core/call.ts';
import { defined } from '../../core/defined.ts';
import type { Edit } from '../../core/edit.ts';
import type { RowEnding, RowOutcome } from '../../core/outcome.ts';
import { speaksOf } from '../../core/own-words.ts';
import type { SourceLayout, SourceRow } from '../../core/source-row.ts';
import type { Audit, Service, Vendor } from '../../core/vendor.ts';
import { createColumnMap } from '../../input/columns.ts';
import { openSource } from '../../input/source.ts';
import { createEditReader, isInvalidRow, type InvalidRow } from '../../input/to-edit.ts';
import type { Account } from '../../profiles/resolve.ts';
import { renumbered, unmatchedRow } from './numbered-rows.ts';
import { preparedRow } from './prepared-rows.ts';
import { readingRules, type InputOptions } from '../session/options.ts';

/** How the edits of a file are read: where it stands, how it is written, what its columns mean. */
export interface EditsOptions {
  readonly path: string;
  /** The file's name for messages; `-` for stdin. */
  readonly displayName: string;
  readonly vendor: Vendor;
  readonly service: Service;
  readonly input: Omit<InputOptions, 'limit' | 'skipInvalid'> & {
    /** Set where no record is read before its row is sent. */
    readonly blind?: true;
  };
  /** Mappings and left-out columns that the file need not have: those of a profile. */
  readonly optionalMap: readonly (readonly [string, string])[];
  readonly optionalIgnore: readonly string[];
  readonly onWarning?: (warning: Audit, edit: Edit) => void;
}

export type ReadRow = { readonly source: SourceRow } & (
  { readonly edit: Edit; readonly calls: readonly Call[] } | { readonly invalid: InvalidRow }
);

export type EditRow = Exclude<ReadRow, { invalid: unknown }>;

/** A file of edits, opened. It may be gone through several times. */
export interface Edits {
  readonly layout: SourceLayout;
  readonly format: string;
  readonly source: () => AsyncIterable<readonly SourceRow[]>;
  readonly read: (source: SourceRow) => ReadRow;
  readonly idOf: (source: SourceRow) => string;
  /** The vendor's names of the fields whose values may look damaged; `*` for all. */
  readonly damageAllowed: readonly string[];
  /** Columns that `--ignore-read-only` has left out so far. */
  readonly leftOut: () => readonly string[];
  /** Rows and lines without any content that the last pass left out. */
  readonly blankRows: () => number;
  /** The one spelling of an id that has several. */
  readonly canonicalId: (id: string) => string;
}

export async function openEdits(options: EditsOptions): Promise<Edits> {
  const { vendor, service, input, displayName, optionalMap } = options;
  const source = await openSource(options.path, {
    displayName,
    ...defined({
      format: input.format,
      encoding: input.encoding,
      delimiter: input.delimiter,
      skipLines: input.skipLines,
    }),
  });
  const named = new Set(input.map.map(([header]) => header));
  const columns = createColumnMap({
    service,
    title: vendor.title,
    layout: source.layout,
    displayName,
    map: new Map([...optionalMap, ...input.map]),
    mapMayBeAbsent: new Set(optionalMap.map(([header]) => header).filter((header) => !named.has(header))),
    ignore: input.ignore,
    ignoreMayBeAbsent: new Set(options.optionalIgnore),
    ...defined({ ignoreReadOnly: input.ignoreReadOnly, allowDamaged: input.allowDamaged }),
    set: input.set.map(([name, text]) => ({ name, text })),
    ...defined({ idColumn: input.idColumn, matchBy: input.matchBy }),
  });
  const reader = createEditReader({
    columns,
    service,
    rules: readingRules(input),
    compared: input.blind !== true && service.records !== undefined,
    ...defined({ clearToken: input.clearToken, onWarning: options.onWarning }),
  });
  const noCalls: readonly Call[] = [];
  const { prepared, numbered } = input;
  const told =
    prepared !== undefined
      ? (row: SourceRow) => preparedRow(row, prepared, displayName)
      : numbered === true
        ? renumbered(source.layout, displayName)
        : undefined;
  return {
    layout: prepared ?? source.layout,
    format: source.format,
    source: () => (told === undefined ? source.rows() : eachRow(source.rows(), told)),
    read: (row) => {
      if (row.kind === 'json' && row.ended !== undefined)
        return {
          source: row,
          edit: { row: row.row, line: row.line, id: reader.idOf(row), changes: [] },
          calls: noCalls,
        };
      const unmatched = input.matchBy === undefined ? undefined : unmatchedRow(row, source.layout, reader.idOf(row));
      if (unmatched !== undefined) return { source: row, invalid: unmatched };
      const edit = reader.read(row);
      if (isInvalidRow(edit)) return { source: row, invalid: edit };
      return { source: row, edit, calls: edit.changes.length === 0 ? noCalls : service.plan(edit) };
    },
    idOf: (row) => reader.idOf(row),
    damageAllowed: [...columns.damageAllowed],
    leftOut: () => [...columns.leftOut],
    blankRows: () => source.blankRows(),
    canonicalId: (id) => service.canonicalId?.(id) ?? id,
  };
}

async function* eachRow(
  batches: AsyncIterable<readonly SourceRow[]>,
  told: (row: SourceRow) => SourceRow,
): AsyncIterable<readonly SourceRow[]> {
  for await (const batch of batches) yield batch.map(told);
}

/** The first rows of a file, so many of them; all without a limit. */
export async function* firstRows(
  batches: AsyncIterable<readonly SourceRow[]>,
  limit: number | undefined,
): AsyncIterable<readonly SourceRow[]> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  for await (const batch of batches) {
    if (batch.length >= left) {
      yield batch.slice(0, left);
      return;
    }
    left -= batch.length;
    yield batch;
  }
}

/** How a row ends that can't be sent: its first problem stands for all; the message names the column and the value. */
export function invalidEnding({ problems }: Pick<InvalidRow, 'problems'>): RowEnding {
  const [first] = problems;
  if (first === undefined) return { status: 'invalid', code: 'invalid', message: 'the row is invalid' };
  const { code, column, message, hint } = first;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return {
    status: 'invalid',
    code,
    message: `${column === undefined ? '' : `${column}: `}${message}${more}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/**
 * The column that a failed row failed by, where that is known: that of the first problem of an invalid row, else the only one of its columns that the
 * vendor's message names.
 */
export function failedField(read: ReadRow, { message = '' }: Pick<RowOutcome, 'message'>): string | undefined {
  if ('invalid' in read) return read.invalid.problems[0]?.column;
  const unoffered = read.edit.changes.find(
    ({ unlessUnchanged: problem }) =>
      problem !== undefined && message === invalidEnding({ problems: [problem] }).message,
  );
  if (unoffered !== undefined) return unoffered.column;
  const named = read.edit.changes.filter(({ column, field }) => speaksOf(message, column) || speaksOf(message, field));
  const columns = new Set(named.map(({ column }) => column));
  return columns.size === 1 ? named[0]?.column : undefined;
}

/** What the command line says of the input, with what the profile says where it says nothing. */
export function accountInput<T extends Pick<InputOptions, 'idColumn' | 'decimalMark' | 'dateOrder'>>(
  options: T,
  { idColumn, decimalMark, dateOrder }: Account,
): T {
  return { ...defined({ idColumn, decimalMark, dateOrder }), ...options };
}

/** Opens the edits of a file for an account; `onWarning` receives its vendor's warnings, each time the edits are read. */
export type OpenEditsOf = (account: Account, onWarning?: (warning: Audit, edit: Edit) => void) => Promise<Edits>;

/** How a file's edits are opened for an account, whose vendor may learn its names in between. */
export function editsOfFile(path: string, displayName: string, input: EditsOptions['input']): OpenEditsOf {
  return (account, onWarning) =>
    openEdits({
      path,
      displayName,
      input: accountInput(input, account),
      ...accountMapping(account),
      ...defined({ onWarning }),
    });
}

/** The part of an account that decides what columns mean. */
function accountMapping({
  vendor,
  service,
  map,
  ignore,
}: Account): Pick<EditsOptions, 'vendor' | 'service' | 'optionalMap' | 'optionalIgnore'> {
  return { vendor, service, optionalMap: Object.entries(map), optionalIgnore: ignore };
}
