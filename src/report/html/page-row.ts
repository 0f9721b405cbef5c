import type { Difference } from '../../core/difference.ts';
import { scalarText, stringifyJson, type Json } from '../../core/json.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import { named, noNames, type Names } from '../../core/names.ts';
import { excerpt } from '../../core/printable.ts';
import { isEmpty } from '../../core/same-value.ts';
import { escapeHtml } from './escape.ts';

/** A row as the page's script reads it. Absent members have nothing to say. */
export interface PageRow {
  readonly row: number;
  readonly line: number;
  readonly id: string;
  readonly status: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  /** Field, value before (null where it is not known), value after; the empty text for an empty field. */
  readonly changes: readonly (readonly [field: string, before: string | null, after: string])[];
}

const longestValue = 400;
const longestMessage = 600;

/** What the page says of a row: printable text, long values cut with `…`. */
export function pageRow(outcome: RowOutcome, differences: readonly Difference[], names: Names = noNames): PageRow {
  const { row, line, id, status, code, message, hint } = outcome;
  return {
    row,
    line,
    id: excerpt(id, 200),
    status,
    ...(code === undefined ? {} : { code: excerpt(code, 100) }),
    ...(message === undefined ? {} : { message: excerpt(message, longestMessage) }),
    ...(hint === undefined ? {} : { hint: excerpt(hint, longestMessage) }),
    changes: differences.map(({ change: { field }, before, after }) => [
      excerpt(named(names.ofField(field), field), 100),
      before === undefined ? null : valueText(before, names.ofValue(field, before)),
      valueText(after, names.ofValue(field, after)),
    ]),
  };
}

function valueText(value: Json, name: string | undefined): string {
  return isEmpty(value) ? '' : excerpt(named(name, scalarText(value) ?? stringifyJson(value)), longestValue);
}

/** The row in the table, as the page's script makes it, too. */
export function rowHtml({ row, line, id, status, code, message, hint, changes }: PageRow): string {
  const notes = [
    message === undefined && code === undefined
      ? ''
      : `<p class="message">${code === undefined ? '' : `<code>${escapeHtml(code)}</code> `}${escapeHtml(message ?? '')}</p>`,
    hint === undefined ? '' : `<p class="hint">${escapeHtml(hint)}</p>`,
  ];
  return (
    `<tr role="row"><td role="cell" class="number" title="line ${line} of the file">${row}</td>` +
    `<th role="rowheader" scope="row" class="id">${escapeHtml(id)}</th>` +
    `<td role="cell"><span class="status ${escapeHtml(status)}">${escapeHtml(status)}</span></td>` +
    `<td role="cell" class="what">${changes.map(changeHtml).join('')}${notes.join('')}</td></tr>`
  );
}

function changeHtml([field, before, after]: PageRow['changes'][number]): string {
  const was = before === null ? '<span class="none">not read</span>' : valueHtml('del', before);
  return `<div class="change"><span class="field">${escapeHtml(field)}</span> ${was} <span class="arrow" aria-label="becomes">→</span> ${valueHtml('ins', after)}</div>`;
}

function valueHtml(element: 'del' | 'ins', text: string): string {
  return text === '' ? '<span class="none">empty</span>' : `<${element}>${escapeHtml(text)}</${element}>`;
}
