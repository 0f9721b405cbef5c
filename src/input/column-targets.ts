import type { Field } from '../core/field.ts';
import type { ColumnFault } from './column-faults.ts';
import { quotedName } from './field-lookup.ts';

/** A column (or an assignment) and the field that it changes. */
export interface FieldColumn {
  readonly kind: 'field';
  /** As the file, or `--set`, names it. */
  readonly column: string;
  readonly field: Field;
  /** The vendor's name of the field that is written. */
  readonly target: string;
}

/** What a column is there for. `unclear`: its name means nothing, which stops the run. */
export type ColumnUse = FieldColumn | { readonly kind: 'id' | 'ignored' | 'unclear' };

export function fieldColumn(column: string, field: Field): FieldColumn {
  return { kind: 'field', column, field, target: field.writes ?? field.name };
}

/**
 * Columns that would write the same field twice. Only an addition and a removal go together, where each stands once.
 * `assigned` are those of `--set`.
 */
export function targetConflicts(
  columns: readonly FieldColumn[],
  assigned: readonly FieldColumn[],
): readonly ColumnFault[] {
  const faults: ColumnFault[] = [];
  const seen = new Map<string, { readonly use: FieldColumn; readonly label: string }[]>();
  const labelled = [
    ...columns.map((use) => ({ use, label: quotedName(use.column) })),
    ...assigned.map((use) => ({ use, label: `--set ${use.column}` })),
  ];
  for (const entry of labelled) {
    const { target } = entry.use;
    const others = seen.get(target) ?? [];
    const other = others.find(({ use }) => !goTogether(use.field, entry.use.field));
    if (other !== undefined) {
      faults.push({
        code: 'column-conflict',
        text: `${other.label} and ${entry.label} both write ${target}.`,
        hint: entry.label.startsWith('--set')
          ? 'Leave one of them out: a column with --ignore, or the --set.'
          : 'Leave one of them out with --ignore.',
      });
    }
    seen.set(target, [...others, entry]);
  }
  return faults;
}

function goTogether(one: Field, other: Field): boolean {
  return (one.action === 'add' && other.action === 'remove') || (one.action === 'remove' && other.action === 'add');
}
