import { staysAsItIs, type Difference } from '../../core/difference.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import { currenciesOf, noNames, type Names } from '../../core/names.ts';
import { excerpt, printable } from '../../core/printable.ts';
import type { FieldValues } from '../../core/vendor.ts';
import { escapeHtml, scriptJson } from './escape.ts';

/** A row as the page's script reads it. Absent members have nothing to say. */
export interface PageRow {
  readonly row: number;
  readonly line: number;
  /** Its place where rows are not in the order of the file. */
  readonly rank?: number;
  readonly id: string;
  /** What people know the opportunity by, and its address. */
  readonly title?: string;
  readonly link?: string;
  readonly status: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  /** Field, value before (null where it is not known), value after; the empty text for an empty field. */
  readonly changes: readonly (readonly [field: string, before: string | null, after: string])[];
}

const longestValue = 400;
const longestMessage = 600;

/**
 * What the page says of a row: printable text, long values cut with `…`. `values`: all that its record held, since the currency of an amount stands in a
 * field of its own.
 */
export function pageRow(
  outcome: Omit<RowOutcome, 'status' | 'attempts'> & { readonly status: string },
  differences: readonly Difference[],
  { names = noNames, values }: { readonly names?: Names; readonly values?: FieldValues | undefined } = {},
): PageRow {
  const { row, line, id, title, link, status, code, message, hint } = outcome;
  return {
    row,
    line,
    id: excerpt(id, 200),
    ...(title === undefined ? {} : { title: excerpt(title, 200) }),
    ...(link === undefined || !isWebAddress(link) ? {} : { link }),
    status,
    ...(code === undefined ? {} : { code: excerpt(code, 100) }),
    ...(message === undefined ? {} : { message: excerpt(message, longestMessage) }),
    ...(hint === undefined ? {} : { hint: excerpt(hint, longestMessage) }),
    changes: changeTexts(differences, names, values),
  };
}

/** Field, before and after, as people call and write them; without what only goes along with a change and stays as it is. */
function changeTexts(
  differences: readonly Difference[],
  names: Names,
  values: FieldValues | undefined,
): PageRow['changes'] {
  const currencies = currenciesOf(
    names,
    differences.map(({ change }) => change),
    values,
  );
  return differences.flatMap((difference) => {
    const { before, after } = difference;
    const { field, column } = difference.change;
    const currency = currencies(field);
    if (currency.before === currency.after && staysAsItIs(difference)) return [];
    return [
      [
        excerpt(names.field(field, column), 100),
        before === undefined ? null : excerpt(names.text(field, before, currency.before), longestValue),
        excerpt(names.text(field, after, currency.after), longestValue),
      ],
    ];
  });
}

/** A vendor's text becomes a link only where a click cannot run anything. */
function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text) && printable(text) === text;
}

/** The row among the data for the script; rows are parted by commas. */
export function pageRowData(row: PageRow): string {
  const { changes, ...rest } = row;
  return scriptJson({ ...rest, changes });
}

/** The row in the table, as the page's script makes it, too. */
export function rowHtml({ row, line, id, title, link, status, code, message, hint, changes }: PageRow): string {
  const notes = [
    message === undefined && code === undefined
      ? ''
      : `<p class="message">${code === undefined ? '' : `<code>${escapeHtml(code)}</code> `}${escapeHtml(message ?? '')}</p>`,
    hint === undefined ? '' : `<p class="hint">${escapeHtml(hint)}</p>`,
  ];
  return (
    `<tr role="row"><td role="cell" class="number" title="line ${line} of the file">${row}</td>` +
    `<th role="rowheader" scope="row" class="id">${nameHtml({ id, title, link })}</th>` +
    `<td role="cell"><span class="status ${escapeHtml(status)}">${escapeHtml(status)}</span></td>` +
    `<td role="cell" class="what">${changes.map(changeHtml).join('')}${notes.join('')}</td></tr>`
  );
}

/** The title with the id below it; the id alone where there is none. Either leads to the record where its address is known. */
function nameHtml({ id, title, link }: { id: string; title: string | undefined; link: string | undefined }): string {
  const name = escapeHtml(title ?? id);
  const linked = link === undefined ? name : `<a href="${escapeHtml(link)}" rel="noreferrer">${name}</a>`;
  return title === undefined ? linked : `<span class="title">${linked}</span> <small>${escapeHtml(id)}</small>`;
}

function changeHtml([field, before, after]: PageRow['changes'][number]): string {
  const was = before === null ? '<span class="none">not read</span>' : valueHtml('del', before);
  return `<div class="change"><span class="field">${escapeHtml(field)}</span> ${was} <span class="arrow" aria-label="becomes">→</span> ${valueHtml('ins', after)}</div>`;
}

function valueHtml(element: 'del' | 'ins', text: string): string {
  return text === '' ? '<span class="none">empty</span>' : `<${element}>${escapeHtml(text)}</${element}>`;
}
