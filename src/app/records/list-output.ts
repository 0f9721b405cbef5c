import { defined } from '../../core/defined.ts';
import { fieldCells } from '../../core/cell-text.ts';
import { stringifyJson, type Json } from '../../core/json.ts';
import { currenciesOf, namesOf } from '../../core/names.ts';
import { linkColumn, titleColumn } from '../../core/source-row.ts';
import type { Redact } from '../../core/redact.ts';
import type { FoundRecord, Service } from '../../core/vendor.ts';
import { csvQuoting, harmless } from '../../report/csv-result.ts';
import { tableText } from '../../report/table.ts';
import type { TerminalStyle } from '../session/context.ts';

/** How the records of a list are written, page by page. Texts are without a line end; undefined for nothing to write yet. */
export interface ListOutput {
  readonly page: (records: readonly FoundRecord[]) => string | undefined;
  /** What is left at the end of a list. `cut`: why it is not the whole list. */
  readonly end: (cut?: string) => string | undefined;
}

interface OutputParts {
  readonly service: Service;
  /** Undefined for what the vendor shows without being asked. */
  readonly fields: readonly string[] | undefined;
  readonly redact: Redact;
}

/** A record a line: `{"id","title","link","values"}`, values in the vendor's form. */
export function jsonList({ fields, redact }: OutputParts): ListOutput {
  const wanted = fields === undefined ? undefined : new Set(fields);
  const line = ({ id, title, link, values }: FoundRecord): string => {
    const shown = [...values].filter(([name]) => wanted?.has(name) ?? true).map(([name, { value }]) => [name, value]);
    return stringifyJson({
      id,
      ...defined({ title, link }),
      values: Object.fromEntries(shown) as Json,
    });
  };
  return { page: (records) => redact(records.map(line).join('\n')), end: () => undefined };
}

/**
 * A file of edits that changes nothing. Its columns are those of the first page; a list that is cut off ends with a row that has no id. A value that
 * holds a secret is left out: a mask must not be written back.
 */
export function csvList({ service, fields, redact }: OutputParts): ListOutput {
  const quote = csvQuoting(',');
  const cellOf = fieldCells(service.fields, (name) => service.openField?.(name));
  let columns: readonly string[] | undefined;
  const row = (cells: readonly string[]): string => cells.map(quote).join(',');
  const begun = (names: readonly string[]): string[] => {
    if (columns !== undefined) return [];
    columns = names;
    return [row(['id', titleColumn, linkColumn, ...names])];
  };
  const line = ({ id, title = '', link = '', values }: FoundRecord): string =>
    row([
      id,
      redact(harmless(title)),
      redact(harmless(link)),
      ...(columns ?? []).map((name) => {
        const held = values.get(name);
        const cell = held === undefined || held.masked !== undefined ? '' : cellOf(name, held.value, held.type);
        return redact(cell) === cell ? cell : '';
      }),
    ]);
  return {
    page: (records) => [...begun(fields ?? usualFields(records, service)), ...records.map(line)].join('\n'),
    end: (cut) => {
      const lines = begun(fields ?? []);
      if (cut !== undefined)
        lines.push(row(['', harmless(`This is not the whole list. ${cut}`), '']) + ','.repeat(columns?.length ?? 0));
      return lines.length === 0 ? undefined : lines.join('\n');
    },
  };
}

/** What people edit, as far as these records show it: the fields with common names but for the note, and those that are sent along with them. */
function usualFields(records: readonly FoundRecord[], { fields, records: reads }: Service): readonly string[] {
  const usual = new Set(
    fields
      .filter(({ common = [], action, readOnly }) => {
        const isUsual = common.some((name) => name !== 'note');
        return isUsual && action === undefined && readOnly === undefined;
      })
      .map(({ name, writes }) => writes ?? name),
  );
  for (const group of reads?.sentTogether ?? [])
    if (group.some((name) => usual.has(name))) for (const name of group) usual.add(name);
  return [...usual].filter((name) => records.some(({ values }) => values.has(name)));
}

const rowsOfTable = 500;

/** For people, in their words; a long list is several tables, so that it is shown as it comes. */
export function tableList({ service, fields, redact }: OutputParts, style: TerminalStyle): ListOutput {
  const names = namesOf(service);
  // A label stands for itself here: ids behind it would make every column wide.
  const text = ({ values }: FoundRecord, name: string): string => {
    const value = values.get(name)?.value ?? null;
    return names.ofValue(name, value) ?? names.text(name, value, currenciesOf(names, [], values)(name).before);
  };
  let waiting: FoundRecord[] = [];
  const table = (records: readonly FoundRecord[]): string => {
    const shown = fields ?? usualFields(records, service);
    const hasLinks = records.some(({ link }) => link !== undefined);
    const titles = [
      { title: 'id', whole: true },
      { title: 'title' },
      ...shown.map((name) => ({ title: names.field(name) })),
      ...(hasLinks ? [{ title: 'link', whole: true }] : []),
    ];
    const rows = records.map((record) => [
      record.id,
      record.title ?? '',
      ...shown.map((name) => text(record, name)),
      ...(hasLinks ? [record.link ?? ''] : []),
    ]);
    return redact(tableText(titles, rows, style));
  };
  return {
    page: (records) => {
      waiting.push(...records);
      if (waiting.length < rowsOfTable) return undefined;
      const whole = table(waiting);
      waiting = [];
      return whole;
    },
    end: () => (waiting.length === 0 ? undefined : table(waiting)),
  };
}
