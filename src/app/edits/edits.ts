import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call } from '../../core/call.ts';
import type { Edit, Problem } from '../../core/edit.ts';
import type { SourceLayout, SourceRow } from '../../core/source-row.ts';
import type { Audit, BatchWrites, Service, Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { createColumnMap } from '../../input/columns.ts';
import { openSource } from '../../input/source.ts';
import { createEditReader, isInvalidRow, type InvalidRow } from '../../input/to-edit.ts';
import type { Account } from '../../profiles/resolve.ts';
import type { RunWarning } from '../../core/run-summary.ts';
import { expectedOf } from './expected-of.ts';
import { isReadOnce, keepInputCopy } from './input-copy.ts';
import { unmatchedRow } from './matched-rows.ts';
import { mostMerged, type Merging } from './merging.ts';
import { renumbered } from './numbered-rows.ts';
import { preparedRow } from './prepared-rows.ts';
import { SameIds } from './same-ids.ts';
import { WarningTally } from './warning-tally.ts';
import { readingRules, type InputOptions } from '../session/options.ts';
import { interruptible } from '../session/signals.ts';
import type { ReadParts } from '../../run/record-reader.ts';

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

/** A member for an object, only where it has a value. */
function given<T>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined ? {} : { [name]: value };
}

export async function openEdits(options: EditsOptions): Promise<Edits> {
  const { vendor, service, input, displayName, optionalMap } = options;
  const source = await openSource(options.path, {
    displayName,
    ...given('format', input.format),
    ...given('encoding', input.encoding),
    ...given('delimiter', input.delimiter),
    ...given('skipLines', input.skipLines),
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
    ...given('ignoreReadOnly', input.ignoreReadOnly),
    ...given('allowDamaged', input.allowDamaged),
    set: input.set.map(([name, text]) => ({ name, text })),
    ...given('idColumn', input.idColumn),
    ...given('matchBy', input.matchBy),
  });
  const reader = createEditReader({
    columns,
    service,
    rules: readingRules(input),
    compared: input.blind !== true && service.records !== undefined,
    ...given('clearToken', input.clearToken),
    ...given('onWarning', options.onWarning),
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

/** What the check of a whole file found, before anything is sent. */
export interface EditsCheck {
  readonly rows: number;
  /** The highest number of a row: more than `rows` where the rows are some of a file. */
  readonly highestRow: number;
  /** Rows with something to send. */
  readonly edits: number;
  readonly unchanged: number;
  readonly invalid: number;
  /** Several edits count as one where the vendor takes them in one call. */
  readonly calls: number;
  /** The calls by the group of them that shares a quota. */
  readonly callGroups: ReadonlyMap<string, number>;
  /** Looks at the records before the calls, by the same groups. */
  readonly readGroups: ReadonlyMap<string, number>;
  /** Fields that would be cleared, with the number of rows. */
  readonly clears: ReadonlyMap<string, number>;
  /** The same with the first rows of each. */
  readonly clearing: readonly RunWarning[];
  readonly sameIds: SameIds;
  /** Rows and lines without any content, which are left out. */
  readonly blankRows: number;
  /** Columns that are left out because they cannot be written. */
  readonly leftOut: readonly string[];
  /** The first invalid rows. */
  readonly problems: readonly InvalidRow[];
  /** Invalid rows by the code of their first problem. */
  readonly problemCodes: ReadonlyMap<string, number>;
}

export const shownProblems = 20;

/** How many edits go in one call, and how many records are read at once. */
export interface CallSharing {
  readonly canonicalId?: (id: string) => string;
  readonly writes?: Pick<BatchWrites, 'most' | 'key' | 'call'> | undefined;
  readonly looks?: ReadParts | undefined;
  /** Successive edits of one id become one. */
  readonly merged?: { readonly merging: Merging; readonly plan: (edit: Edit) => readonly Call[] };
}

/** Counts what a check or a plan goes through. */
export class EditsTally {
  readonly #together: CallSharing;
  #rows = 0;
  #highestRow = 0;
  #edits = 0;
  #unchanged = 0;
  #invalid = 0;
  readonly #calls = new Map<string, number>();
  readonly #looks = new Map<string, number>();
  /** Edits that share calls: by the key, with one of them. */
  readonly #written = new Map<string, { count: number; readonly edit: Edit }>();
  readonly #looked = new Map<string, { count: number; readonly edit: Edit }>();
  readonly #clears = new WarningTally();
  readonly #sameIds = new SameIds();
  /** Edits that others may still join. */
  #open: { readonly edit: Edit; readonly rows: number; readonly calls: () => readonly Call[] } | undefined;
  readonly #problems: InvalidRow[] = [];
  readonly #problemCodes = new Map<string, number>();

  constructor(together: CallSharing = {}) {
    this.#together = together;
  }

  add(row: ReadRow): void {
    this.#rows += 1;
    if (row.source.row > this.#highestRow) this.#highestRow = row.source.row;
    const { id } = 'invalid' in row ? row.invalid : row.edit;
    this.#sameIds.add(this.#together.canonicalId?.(id) ?? id);
    if ('invalid' in row) {
      this.#invalid += 1;
      if (this.#problems.length < shownProblems) this.#problems.push(row.invalid);
      count(this.#problemCodes, row.invalid.problems[0]?.code ?? 'invalid');
      return;
    }
    const { edit, calls } = row;
    if (calls.length === 0) this.#unchanged += 1;
    else {
      this.#edits += 1;
      this.#addEdit(row.source, edit, calls);
    }
    for (const { action, field, column } of edit.changes) {
      if (action !== 'clear') continue;
      const name = column.toLowerCase() === field.toLowerCase() ? column : `${column} (${field})`;
      this.#clears.add({ severity: 'warning', code: 'cleared', message: `${name} is emptied`, column: field }, edit);
    }
  }

  /** Counts the calls of an edit once it is known which others go with it. */
  #addEdit(source: SourceRow, edit: Edit, calls: readonly Call[]): void {
    const { merged } = this.#together;
    if (merged === undefined || expectedOf(source) !== undefined) {
      this.#countOpen();
      this.#countCalls(edit, calls);
      return;
    }
    const open = this.#open;
    const joined = open !== undefined && open.rows < mostMerged ? merged.merging.join(open.edit, edit) : undefined;
    if (joined !== undefined && open !== undefined) {
      this.#open = { edit: joined, rows: open.rows + 1, calls: () => merged.plan(joined) };
      return;
    }
    this.#countOpen();
    this.#open = { edit, rows: 1, calls: () => calls };
  }

  #countOpen(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#countCalls(open.edit, open.calls());
  }

  #countCalls(edit: Edit, calls: readonly Call[]): void {
    const { writes, looks } = this.#together;
    const writeKey = calls.length === 1 ? writes?.key(edit) : undefined;
    if (writeKey === undefined) for (const { quotaGroup } of calls) count(this.#calls, quotaGroup);
    else countShared(this.#written, writeKey, edit);
    const readKey = looks?.bulk?.key(edit);
    if (readKey !== undefined) countShared(this.#looked, readKey, edit);
    else if (looks !== undefined) count(this.#looks, looks.call(edit).quotaGroup);
  }

  /** To be asked when all rows are there; `edits` are those that they were read from. */
  result(edits: Pick<Edits, 'blankRows' | 'leftOut'>): EditsCheck {
    this.#countOpen();
    const { writes, looks } = this.#together;
    const callGroups = new Map(this.#calls);
    for (const [key, { count: edits, edit }] of this.#written)
      if (writes !== undefined) count(callGroups, writes.call(key, [edit]).quotaGroup, Math.ceil(edits / writes.most));
    const readGroups = new Map(this.#looks);
    for (const [key, { count: edits, edit }] of this.#looked)
      if (looks?.bulk !== undefined)
        count(readGroups, looks.bulk.call(key, [edit]).quotaGroup, Math.ceil(edits / looks.bulk.most));
    return {
      rows: this.#rows,
      highestRow: this.#highestRow,
      edits: this.#edits,
      unchanged: this.#unchanged,
      invalid: this.#invalid,
      calls: sumOf(callGroups),
      callGroups,
      readGroups,
      clears: new Map(this.#clears.warnings.map(({ message, count }) => [message.replace(/ is emptied$/, ''), count])),
      clearing: this.#clears.warnings,
      sameIds: this.#sameIds,
      blankRows: edits.blankRows(),
      leftOut: edits.leftOut(),
      problems: this.#problems,
      problemCodes: this.#problemCodes,
    };
  }
}

/** The calls of all groups together. */
export function sumOf(groups: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const calls of groups.values()) sum += calls;
  return sum;
}

function countShared(counts: Map<string, { count: number; readonly edit: Edit }>, key: string, edit: Edit): void {
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { count: 1, edit });
  else known.count += 1;
}

function count(counts: Map<string, number>, key: string, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
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

/** The first problem of a row stands for it in results; its message names the column and the value. */
export function rowProblem({ problems }: InvalidRow): Problem {
  const [first] = problems;
  if (first === undefined) return { code: 'invalid', message: 'the row is invalid' };
  const column = first.column === undefined ? '' : `${first.column}: `;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return { ...first, message: `${column}${first.message}${more}` };
}

/** For commands that keep no run: FILE itself, or a private copy of stdin or a pipe that is removed after `use`. */
export async function withReadableFile<T>(
  host: Host,
  file: string,
  { encoding }: { readonly encoding?: string },
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (!(await isReadOnce(file))) return use(file);
  return withPrivateDirectory(host, async (directory) => {
    const { copy } = await keepInputCopy(host, file, directory, encoding);
    return use(join(directory, copy));
  });
}

/** The same for text that stands in no file. */
export async function withTextFile<T>(host: Host, text: string, use: (path: string) => Promise<T>): Promise<T> {
  return withPrivateDirectory(host, async (directory) => {
    const path = join(directory, 'input.ndjson');
    await writeFile(path, text, { mode: 0o600 });
    return use(path);
  });
}

/** A directory that only this user can read, gone after `use`, and after a signal that ends it. */
export async function withPrivateDirectory<T>(host: Host, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'oppatch-'));
  try {
    return await interruptible(host, () => use(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What the command line says of the input, with what the profile says where it says nothing. */
export function accountInput<T extends Pick<InputOptions, 'idColumn' | 'decimalMark' | 'dateOrder'>>(
  options: T,
  { idColumn, decimalMark, dateOrder }: Account,
): T {
  return {
    ...given('idColumn', idColumn),
    ...given('decimalMark', decimalMark),
    ...given('dateOrder', dateOrder),
    ...options,
  };
}

/** Opens the edits of a file for an account; `onWarning` hears of what its vendor warns of, each time the edits are read. */
export type OpenEditsOf = (account: Account, onWarning?: (warning: Audit, edit: Edit) => void) => Promise<Edits>;

/** How a file's edits are opened for an account, whose vendor may learn its names in between. */
export function editsOfFile(path: string, displayName: string, input: EditsOptions['input']): OpenEditsOf {
  return (account, onWarning) =>
    openEdits({
      path,
      displayName,
      input: accountInput(input, account),
      ...accountMapping(account),
      ...given('onWarning', onWarning),
    });
}

/** The part of an account that decides what columns mean. */
export function accountMapping({
  vendor,
  service,
  map,
  ignore,
}: Account): Pick<EditsOptions, 'vendor' | 'service' | 'optionalMap' | 'optionalIgnore'> {
  return { vendor, service, optionalMap: Object.entries(map), optionalIgnore: ignore };
}
