import { countText } from '../numbers.ts';
import { pageText } from './escape.ts';
import type { StatusCounts } from './outcome-section.ts';
import { rowHtml, type PageRow } from './page-row.ts';

/** Rows that can be read without the script. */
export const plainRows = 50;

interface RowsTable {
  readonly counts: StatusCounts;
  /** Rows that the page holds. */
  readonly shown: number;
  /** False where they are in another order than the file's. */
  readonly inFileOrder: boolean;
  /** What it left out, where it did. */
  readonly note: string | undefined;
}

/** The table with its tools. `first`: the rows that it shows without a script. */
export function rowsSection(
  { counts, shown: rowsShown, inFileOrder, note }: RowsTable,
  first: readonly PageRow[],
): string {
  const chips = [chip('', 'all'), ...counts.map(([status, count]) => chip(status, `${status} ${countText(count)}`))];
  const cap = note === undefined ? '' : `<p class="note">${pageText(note)}</p>`;
  const unscripted =
    first.length < rowsShown
      ? `<p class="note" data-unscripted>Without its script the page shows the first ${countText(first.length)} rows.</p>`
      : '';
  return `<section aria-labelledby="rows-title" id="rows"><h2 id="rows-title">Before → after</h2>
${cap}${unscripted}
<div class="tools" data-scripted hidden><label class="search"><input type="search" id="search" placeholder="Search ids, fields, values, reasons" aria-label="Search rows" autocomplete="off"></label>
<fieldset aria-label="Filter by status">${chips.join('')}</fieldset></div>
<div class="card sheet"><table role="table" aria-labelledby="rows-title"><thead role="rowgroup"><tr role="row">${heading('row', 'Row', ' class="number"', inFileOrder ? 'ascending' : 'none', inFileOrder ? ' ↑' : '')}${heading('id', 'Opportunity', '', 'none', '')}${heading('status', 'Status', '', 'none', '')}<th role="columnheader" scope="col">Change</th></tr></thead>
<tbody role="rowgroup">${first.map(rowHtml).join('\n')}</tbody></table></div>
<nav class="pager" data-scripted hidden aria-label="Pages of rows"><button type="button" id="previous">Previous</button><button type="button" id="next">Next</button><span class="range" id="range" role="status"></span></nav></section>`;
}

function chip(value: string, label: string): string {
  return `<label class="chip"><input type="radio" name="status" value="${value}"${value === '' ? ' checked' : ''}><span>${label}</span></label>`;
}

function heading(key: string, label: string, className: string, sorted: string, mark: string): string {
  return `<th role="columnheader" scope="col"${className} aria-sort="${sorted}"><button type="button" disabled data-key="${key}">${label}<span aria-hidden="true">${mark}</span></button></th>`;
}
