import { foundIdColumn, ownColumnPrefix, titleColumn, type JsonRow, type SourceLayout } from '../core/source-row.ts';
import type { Service } from '../core/vendor.ts';
import type { Assignment } from './assignment.ts';
import { delimiterName } from './csv-dialect.ts';
import { throwColumnFaults, type ColumnFault } from './column-faults.ts';
import { fieldColumn, targetConflicts, type ColumnUse, type FieldColumn } from './column-targets.ts';
import {
  createFieldLookup,
  isNameFault,
  quotedName,
  sentence,
  shellArgument,
  type FieldLookup,
} from './field-lookup.ts';
import { columnMatcher, plainName } from './column-names.ts';
import { absentColumns, missingId, missingKey, nothingToWrite } from './header-faults.ts';
import { placeIn } from './place.ts';

export interface ColumnOptions {
  readonly service: Service;
  /** The vendor's, for messages. */
  readonly title: string;
  readonly layout: SourceLayout;
  /** How messages name the file. */
  readonly displayName: string;
  /** Header → field, of `--map` and of a profile. A field named as the id makes the id column. */
  readonly map: ReadonlyMap<string, string>;
  /** Headers of `map` that the file need not have: those that a profile keeps. */
  readonly mapMayBeAbsent?: ReadonlySet<string>;
  readonly ignore: readonly string[];
  /** Headers to ignore that the file need not have. */
  readonly ignoreMayBeAbsent?: ReadonlySet<string>;
  readonly idColumn?: string;
  /** The field whose column holds another key than the id: in place of the id, until the ids that were found stand in a column of ours. */
  readonly matchBy?: string;
  readonly set?: readonly Assignment[];
  /** Leaves out all columns that are known and cannot be written. */
  readonly ignoreReadOnly?: true;
  /** Columns or fields whose values may look damaged; `*` for all. */
  readonly allowDamaged?: readonly string[];
}

/** What each column of a file means at a vendor. */
export interface ColumnMap {
  /** CSV: one for each column of the layout. JSON: empty, see `usesOf`. */
  readonly uses: readonly ColumnUse[];
  /** JSON: one for each member of the row. Throws as `createColumnMap` does, at the first row that has a bad member. */
  readonly usesOf: (row: JsonRow) => readonly ColumnUse[];
  /** The fields of `set`, in their order. */
  readonly assignments: readonly (FieldColumn & { readonly text: string })[];
  /** The vendor's names of the fields whose values may look damaged; `*` for all. */
  readonly damageAllowed: ReadonlySet<string>;
  /** Columns that were left out because they cannot be written. Of JSON, those of the rows so far. */
  readonly leftOut: ReadonlySet<string>;
}

/** Shapes of JSON objects whose meaning is remembered. */
const mostShapes = 1000;

/**
 * Gives the columns their meaning. Everything that is wrong with them is thrown at once, with codes `unknown-field`,
 * `read-only-field`, `column-conflict`, `no-id-column`, `two-id-columns`, `absent-column`, `nothing-to-write`, or `bad-columns`.
 */
export function createColumnMap(options: ColumnOptions): ColumnMap {
  const { service, title, layout, displayName, map } = options;
  const lookup = createFieldLookup(service, title);
  const mapped = new Map([...map].map(([header, field]) => [plainName(header), field.trim()]));
  const ignored = [...options.ignore, ...(options.ignoreMayBeAbsent ?? [])].map(columnMatcher);
  const { matchBy } = options;
  const seeksKey = matchBy !== undefined && options.idColumn !== foundIdColumn;
  const idColumn = options.idColumn === undefined || seeksKey ? undefined : plainName(options.idColumn);
  const keyTarget = matchBy === undefined ? undefined : fieldsCalled([matchBy], '--match-by', lookup.known)[0]?.target;

  const { set = [], allowDamaged = [] } = options;
  const assigned = fieldsCalled(
    set.map(({ name }) => name),
    '--set',
    lookup.find,
  );
  const assignments = assigned.map((column, index) => Object.assign(column, { text: set[index]?.text ?? '' }));
  const allowed = allowDamaged.filter((name) => name !== '*');
  const damaged = fieldsCalled(allowed, '--allow-damaged', (name) => lookup.find(mapped.get(name) ?? name));
  const damageAllowed = new Set([...damaged.map(({ target }) => target), ...(allowDamaged.includes('*') ? ['*'] : [])]);
  const leftOut = new Set<string>();
  const listed = layout.kind === 'csv' && layout.columns.some((column) => column.trim() === titleColumn);
  const replaced = new Set(listed ? assignments.map(({ target }) => target) : []);

  const classify = (column: string): ColumnUse | ColumnFault => {
    const name = column.trim();
    if (plainName(name) === idColumn) return { kind: 'id' };
    if (name.startsWith(ownColumnPrefix) || ignored.some((matches) => matches(name))) return { kind: 'ignored' };
    const field = mapped.get(plainName(name));
    if (keyTarget !== undefined) {
      const known = lookup.known(field ?? name);
      if (!isNameFault(known) && fieldColumn(name, known).target === keyTarget)
        return { kind: seeksKey ? 'id' : 'ignored' };
    }
    if (idColumn === undefined && lookup.isIdName(field ?? name)) return { kind: 'id' };
    const found = lookup.find(field ?? name);
    if (!isNameFault(found)) {
      const column = fieldColumn(name, found);
      return replaced.has(column.target) ? { kind: 'ignored' } : column;
    }
    if (options.ignoreReadOnly === true && found.code === 'read-only-field' && field === undefined) {
      leftOut.add(name);
      return { kind: 'ignored' };
    }
    const leaveOut = `--ignore ${shellArgument(plainName(name))}`;
    const send =
      found.nearest === undefined
        ? ''
        : `--map ${shellArgument(`${plainName(name)}=${found.nearest}`)} to send it, or `;
    const typed = field === undefined ? `Type ${send}${leaveOut} to leave it out.` : '';
    return {
      code: found.code,
      text: `${field === undefined ? `The column ${quotedName(name)}` : `${quotedName(field)}, to which ${quotedName(name)} is mapped,`} ${sentence(found.reason)}`,
      hint: [found.hint, typed].filter((part) => part !== '').join(' '),
    };
  };

  const resolve = (
    names: readonly string[],
    place: string,
    faultsOfFile: (uses: readonly ColumnUse[], idCandidate?: string) => readonly (ColumnFault | undefined)[],
  ): readonly ColumnUse[] => {
    const bad = new Map<string, ColumnFault>();
    const uses = names.map((name): ColumnUse => {
      const use = classify(name);
      if ('kind' in use) return use;
      bad.set(name, use);
      return { kind: 'unclear' };
    });
    const faults: ColumnFault[] = [];
    const ids = names.filter((_, index) => uses[index]?.kind === 'id');
    if (ids.length > 1) {
      faults.push({
        code: 'two-id-columns',
        text: `${ids.map((name) => quotedName(name.trim())).join(' and ')} can each be the id.`,
        hint: `Type --id-column ${shellArgument(plainName(ids[0] ?? ''))} (and --ignore for the other), or --ignore one of them.`,
      });
    }
    const idCandidate = [...bad.keys(), ...names].find((name) => /id$/i.test(name));
    const ofFile = faultsOfFile(uses, idCandidate).filter((fault) => fault !== undefined);
    faults.push(...targetConflicts(fieldsOf(uses), assignments), ...ofFile);
    if (idCandidate !== undefined && faults.some(({ code }) => code === 'no-id-column')) bad.delete(idCandidate);
    throwColumnFaults([...bad.values(), ...faults], place, layoutHint(layout));
    return uses;
  };

  const shapes = new Map<string, readonly ColumnUse[]>();
  let last: (Pick<JsonRow, 'members' | 'columns'> & { readonly uses: readonly ColumnUse[] }) | undefined;
  const usesOf = (row: JsonRow): readonly ColumnUse[] => {
    const { columns } = row;
    if (last !== undefined && last.columns === columns && sameNames(last.members, row.members)) return last.uses;
    const names = row.members.map(([name]) => name);
    const shape = [...names, ...(columns === undefined ? [] : [JSON.stringify(columns)])].join('\0');
    const uses =
      shapes.get(shape) ??
      named(
        resolve(names, placeIn(displayName, row.line), () => []),
        columns,
      );
    if (shapes.size < mostShapes) shapes.set(shape, uses);
    last = { members: row.members, ...(columns === undefined ? {} : { columns }), uses };
    return uses;
  };

  if (layout.kind === 'json') {
    throwColumnFaults(targetConflicts([], assignments), '--set');
    return { uses: [], usesOf, assignments, damageAllowed, leftOut };
  }
  const headers = layout.columns.map((column) => column.trim());
  const uses = resolve(headers, displayName, (resolved, idCandidate) => [
    ...absentColumns(headers, seeksKey ? { ...options, idColumn: undefined } : options),
    seeksKey ? missingKey(headers, resolved, matchBy) : undefined,
    idColumn === undefined && !seeksKey ? missingId(headers, resolved, idCandidate, service) : undefined,
    nothingToWrite(resolved, assignments),
  ]);
  return { uses, usesOf, assignments, damageAllowed, leftOut };
}

/** What may explain all faults of the columns at once: the wrong delimiter, titles above the header line. */
function layoutHint(layout: SourceLayout): string {
  if (layout.kind === 'json') return '';
  const { columns, delimiter, titleLines } = layout;
  const doubtful = columns.length === 1 || columns.some((column) => /[,;\t|^]/.test(column.replaceAll(delimiter, '')));
  return [
    titleLines === undefined
      ? ''
      : `If line ${titleLines + 1} is the header line, type --skip-lines ${titleLines} to leave out what stands above it.`,
    doubtful ? `The columns are split at ${delimiterName(delimiter)}; another delimiter is given by --delimiter.` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The uses with the columns of the person's own file, where members were made of them. */
function named(uses: readonly ColumnUse[], columns: JsonRow['columns'] = {}): readonly ColumnUse[] {
  return uses.map((use) => (use.kind === 'field' ? { ...use, column: columns[use.column] ?? use.column } : use));
}

function sameNames(one: JsonRow['members'], other: JsonRow['members']): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index]?.[0] !== other[index]?.[0]) return false;
  return true;
}

/** The fields that a flag names; throws for all names at once that none has. */
function fieldsCalled(names: readonly string[], flag: string, find: FieldLookup['find']): readonly FieldColumn[] {
  const faults: ColumnFault[] = [];
  const columns = names.flatMap((name) => {
    const found = find(name.trim());
    if (!isNameFault(found)) return [fieldColumn(name.trim(), found)];
    faults.push({ code: found.code, text: `${quotedName(name)} ${sentence(found.reason)}`, hint: found.hint });
    return [];
  });
  throwColumnFaults(faults, flag);
  return columns;
}

function fieldsOf(uses: readonly ColumnUse[]): readonly FieldColumn[] {
  return uses.filter((use) => use.kind === 'field');
}
