import type { RowIdentity } from '../../core/edit.ts';
import { changeName } from '../../core/difference.ts';
import { scalarText, stringifyJson, type Json } from '../../core/json.ts';
import { excerpt, visible } from '../../core/printable.ts';
import type { RunWarning } from '../../core/run-summary.ts';
import { sameValue } from '../../core/same-value.ts';
import type { SourceRow } from '../../core/source-row.ts';
import { counted } from '../../report/numbers.ts';
import type { InputOptions } from '../session/options.ts';
import { firstRows, type Edits } from './edits.ts';
import { shownWarningRows, type EditsCheck, type WarningTally } from './edits-tally.ts';
import { IdSet } from './id-set.ts';

/** Which opportunities have several rows, found in one pass, in some sixteen bytes a row. */
export class SameIds {
  readonly #seen = new IdSet();
  readonly #repeated = new IdSet();
  /** Opportunities with several rows. */
  ids = 0;
  /** Rows of an opportunity that has an earlier one. */
  laterRows = 0;

  add(id: string): void {
    if (id === '' || this.#seen.add(id)) return;
    this.laterRows += 1;
    if (this.#repeated.add(id)) this.ids += 1;
  }

  has(id: string): boolean {
    return this.#repeated.has(id);
  }
}

/** Adds the warnings of {@link sameIdWarnings}. Edits that oppatch wrote itself, to put values back in turn, are left out. */
export async function addSameIds(
  warnings: WarningTally,
  edits: Edits,
  { sameIds }: Pick<EditsCheck, 'sameIds'>,
  { limit, ownForm }: Pick<InputOptions, 'limit' | 'ownForm'>,
): Promise<void> {
  if (ownForm === true) return;
  for (const warning of await sameIdWarnings(edits, sameIds, limit)) warnings.put(warning);
}

/** Memory stays flat: values of more opportunities than these are not compared. */
const mostCompared = 10_000;
const shownContradictions = 5;

interface Given {
  readonly value: Json;
  readonly row: number;
  readonly text: string;
}

/**
 * What is to be told of rows of the same opportunity: that there are some, and where two of them give one field different values. Goes through the
 * file once more where there are any.
 */
async function sameIdWarnings(edits: Edits, sameIds: SameIds, limit: number | undefined): Promise<RunWarning[]> {
  if (sameIds.ids === 0) return [];
  const given = new Map<string, Map<string, Given>>();
  const shown: string[] = [];
  const rows: RowIdentity[] = [];
  const contradicting: RowIdentity[] = [];
  let contradictions = 0;
  for await (const batch of firstRows(edits.source(), limit)) {
    for (const source of batch) {
      const id = edits.canonicalId(edits.idOf(source));
      if (!sameIds.has(id)) continue;
      const { row, line } = source;
      if (rows.length < shownWarningRows) rows.push({ row, line, id });
      const known = given.get(id) ?? (given.size < mostCompared ? new Map<string, Given>() : undefined);
      const read = known === undefined ? undefined : edits.read(source);
      if (known === undefined || read === undefined || 'invalid' in read) continue;
      given.set(id, known);
      for (const change of read.edit.changes) {
        if (change.action === 'add' || change.action === 'remove') continue;
        const name = changeName(change);
        const before = known.get(name);
        const now = {
          value: change.value,
          row,
          text: textOf(source, change.column, edits) ?? shownValue(change.value),
        };
        known.set(name, now);
        if (before === undefined || sameValue(before.value, now.value, 'any')) continue;
        contradictions += 1;
        if (contradicting.length < shownWarningRows) contradicting.push({ row, line, id });
        if (shown.length < shownContradictions)
          shown.push(`${id} ${change.column} ${before.text} (row ${before.row}), ${now.text} (row ${row})`);
      }
    }
  }
  const ids = sameIds.ids === 1 ? '1 opportunity has' : `${sameIds.ids} opportunities have`;
  const warnings: RunWarning[] = [
    {
      code: 'same-id',
      message: `${ids} several rows, which are sent one after the other, in file order`,
      count: sameIds.ids + sameIds.laterRows,
      rows,
    },
  ];
  if (contradictions > 0) {
    const more = contradictions > shown.length ? `; and ${contradictions - shown.length} more` : '';
    const message = `${counted(contradictions, 'value')} of an earlier row ${contradictions === 1 ? 'is' : 'are'} contradicted by a later one, which counts: ${shown.join('; ')}${more}`;
    warnings.push({ code: 'contradicting-rows', message, count: contradictions, rows: contradicting });
  }
  return warnings;
}

/** The value as it stands in the file. */
function textOf(source: SourceRow, column: string, { layout }: Edits): string | undefined {
  if (source.kind === 'json') {
    const value = source.members.find(([name]) => name.trim() === column)?.[1];
    return value === undefined ? undefined : shownValue(value);
  }
  if (layout.kind !== 'csv') return undefined;
  const cell = source.cells[layout.columns.findIndex((name) => name.trim() === column)];
  return cell === undefined ? undefined : shownValue(cell);
}

function shownValue(value: Json): string {
  return excerpt(visible(scalarText(value) ?? stringifyJson(value)), 30);
}
