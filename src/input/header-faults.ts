import { nearestName } from '../core/nearest.ts';
import type { Service } from '../core/vendor.ts';
import type { ColumnFault } from './column-faults.ts';
import type { ColumnUse } from './column-targets.ts';
import { columnMatcher, plainName } from './column-names.ts';
import { quotedName, shellArgument } from './field-lookup.ts';

interface NamedColumns {
  readonly map: ReadonlyMap<string, string>;
  readonly mapMayBeAbsent?: ReadonlySet<string>;
  readonly ignore: readonly string[];
  readonly ignoreMayBeAbsent?: ReadonlySet<string>;
  readonly idColumn?: string | undefined;
}

/** Names given by `--ignore`, `--map` and `--id-column` that the header does not have. */
export function absentColumns(headers: readonly string[], options: NamedColumns): readonly ColumnFault[] {
  const named = [
    ...options.ignore
      .filter((name) => options.ignoreMayBeAbsent?.has(name) !== true)
      .map((name) => ({ flag: '--ignore', name: name.trim() })),
    ...[...options.map.keys()]
      .filter((name) => options.mapMayBeAbsent?.has(name) !== true)
      .map((name) => ({ flag: '--map', name: name.trim() })),
    ...(options.idColumn === undefined ? [] : [{ flag: '--id-column', name: options.idColumn.trim() }]),
  ];
  return named
    .filter(({ name }) => !headers.some(columnMatcher(name)))
    .map(({ flag, name }) => {
      const nearest = nearestName(name, new Set(headers));
      const hint = nearest === undefined ? columnsHint(headers) : `Did you mean ${quotedName(nearest)}?`;
      return { code: 'absent-column', text: `The file has no column ${quotedName(name)}, which ${flag} names.`, hint };
    });
}

/** No column holds the id. `candidate`: the one that may. */
export function missingId(
  headers: readonly string[],
  uses: readonly ColumnUse[],
  candidate: string | undefined,
  service: Pick<Service, 'idNames'>,
): ColumnFault | undefined {
  if (uses.some(({ kind }) => kind === 'id')) return undefined;
  const names = ['id', ...service.idNames].join(', ');
  return {
    code: 'no-id-column',
    text: `No column holds the id of the opportunity: none is named ${names}.`,
    hint: `Rename one, or type --id-column ${shellArgument(plainName(candidate ?? 'NAME'))}. ${columnsHint(headers)}`.trim(),
  };
}

/** No column bears the name of the field by which opportunities are to be found. */
export function missingKey(
  headers: readonly string[],
  uses: readonly ColumnUse[],
  field: string,
): ColumnFault | undefined {
  if (uses.some(({ kind }) => kind === 'id')) return undefined;
  return {
    code: 'no-key-column',
    text: `No column is named ${quotedName(field)}, the field of --match-by.`,
    hint: `Rename one, or type --map ${shellArgument(`HEADER=${field}`)}. ${columnsHint(headers)}`.trim(),
  };
}

/** Nothing in the whole file would change a field. */
export function nothingToWrite(uses: readonly ColumnUse[], assignments: readonly unknown[]): ColumnFault | undefined {
  if (assignments.length > 0 || uses.some(({ kind }) => kind === 'field' || kind === 'unclear')) return undefined;
  return {
    code: 'nothing-to-write',
    text: 'No column writes a field.',
    hint: 'Add a column named like a field, or type --set FIELD=VALUE. "oppatch fields" lists the fields.',
  };
}

/** The columns by name, as far as they have one. */
function columnsHint(headers: readonly string[]): string {
  const named = headers.filter((header) => header !== '').slice(0, 20);
  return named.length === 0 ? '' : `The columns are ${named.map(quotedName).join(', ')}.`;
}
