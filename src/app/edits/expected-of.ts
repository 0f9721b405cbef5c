import { isJsonObject } from '../../core/json.ts';
import { plannedColumn, undoneColumn, type SourceRow } from '../../core/source-row.ts';
import type { Expected } from '../../run/row-planner.ts';

/** What an edit says that the fields are to hold. */
export function expectedOf(source: SourceRow): Expected | undefined {
  if (source.kind !== 'json') return undefined;
  for (const [name, value] of source.members) {
    if ((name !== undoneColumn && name !== plannedColumn) || !isJsonObject(value)) continue;
    return { fields: value as Expected['fields'], leaves: name === undoneColumn ? 'field' : 'row' };
  }
  return undefined;
}
