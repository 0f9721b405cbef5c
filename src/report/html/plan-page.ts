import { forecastLines } from '../forecast-text.ts';
import { counted, countText } from '../numbers.ts';
import { moneyText, transitionText, type PlanTotals } from '../totals-text.ts';
import { documentBegin, documentEnd } from './document.ts';
import { pageText } from './escape.ts';
import type { PageRow } from './page-row.ts';
import { rowsSection } from './rows-section.ts';
import { pageRowData } from './run-page.ts';

/** What the page of a plan says besides its rows. */
export interface PlanPageFacts {
  readonly vendorTitle: string;
  /** The profile's name; null for credentials of the environment. */
  readonly profile: string | null;
  readonly baseUrl: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly plannedAt: string;
  readonly tool: string;
  readonly fingerprint: string;
  /** What to type once it is approved, where the plan is saved. */
  readonly nextCommand: string | undefined;
  readonly totals: PlanTotals;
  /** Of what changes at the records, by field. */
  readonly fields: readonly { readonly field: string; readonly rows: number; readonly cleared: number }[];
  /** Statuses of rows with their numbers: `edit` first. */
  readonly counts: readonly (readonly [status: string, count: number])[];
}

/** Rows that can be read without the script. */
const plainRows = 50;

/** Writes the page. `rows`: in the order of the page, those that it has room for. */
export async function writePlanPage(
  facts: PlanPageFacts,
  rows: readonly PageRow[],
  write: (text: string) => Promise<void> | undefined,
): Promise<void> {
  const { vendorTitle, profile, totals, tool, source, counts } = facts;
  const note =
    rows.length < totals.rows
      ? `The page holds ${countText(rows.length)} of ${counted(totals.rows, 'row')}: those that are refused, the largest changes, then the first of the file. The sums above are of all rows.`
      : undefined;
  await write(
    documentBegin({
      title: `oppatch plan ${source}`,
      over: `oppatch plan · ${profile ?? 'credentials of the environment'} · ${vendorTitle}`,
      headline: `${counted(totals.edits, 'edit')} of ${counted(totals.rows, 'row')}`,
      lead: 'Nothing was sent yet: this page is for approval.',
      sections: [
        warningsSection(totals),
        outcomeSection(facts),
        changesSection(facts),
        rowsSection({ counts, shown: rows.length, inFileOrder: false, note }, rows.slice(0, plainRows)),
      ],
      footer: `Made by oppatch ${pageText(tool)}. This page holds data of your customers; it loads nothing and sends nothing.`,
      sortBy: 'rank',
    }),
  );
  for (const [index, row] of rows.entries()) await write(`${index === 0 ? '' : ',\n'}${pageRowData(row)}`);
  await write(documentEnd());
}

/** What may not be wanted, on top. */
function warningsSection({ clears, warnings }: PlanTotals): string {
  const items = [
    ...[...clears].map(([field, rows]) => `${field} is CLEARED (${counted(rows, 'row')})`),
    ...warnings.map(({ message, count }) => `${message} (${counted(count, 'row')})`),
  ];
  if (items.length === 0) return '';
  return `<section aria-labelledby="warnings-title"><div class="card"><h2 id="warnings-title">Warnings</h2>
<ul class="warnings">${items.map((item) => `<li>${pageText(item)}</li>`).join('')}</ul></div></section>`;
}

function outcomeSection(facts: PlanPageFacts): string {
  const { counts, totals, baseUrl, source, plannedAt, fingerprint, nextCommand } = facts;
  let x = 0;
  const bars = counts.map(([status, count]) => {
    const width = (count / Math.max(1, totals.rows)) * 1000;
    const bar = `<rect class="${status}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10"/>`;
    x += width;
    return bar;
  });
  const told = counts.map(([status, count]) => `${countText(count)} ${status}`).join(', ');
  const items = counts.map(
    ([status, count]) =>
      `<li><span class="status ${status}"><b>${countText(count)}</b> ${pageText(status)}</span> <span class="meaning">${meanings[status] ?? ''}</span></li>`,
  );
  const all: readonly (readonly [string, string])[] = [
    ['File', pageText(source === '-' ? 'standard input' : source)],
    ['Goes to', pageText(baseUrl)],
    [
      'Calls and time',
      pageText(
        forecastLines(totals)
          .map(({ text }) => text)
          .join(' '),
      ),
    ],
    ...(totals.setsOff === undefined || totals.calls === 0 ? [] : [['Sets off', pageText(totals.setsOff)] as const]),
    [
      'Planned',
      `<time datetime="${pageText(plannedAt)}">${pageText(plannedAt.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC'))}</time>`,
    ],
    ['Fingerprint', `<code>${pageText(fingerprint)}</code>`],
    ...(nextCommand === undefined
      ? []
      : [['Once approved', `<span class="command">${pageText(nextCommand)}</span>`] as const]),
  ];
  return `<section aria-label="Outcome"><div class="card">
<svg class="bar" role="img" aria-label="${pageText(told)}" viewBox="0 0 1000 10" preserveAspectRatio="none">${bars.join('')}</svg>
<ul class="counts">${items.join('')}</ul>
<dl class="facts">${all.map(([name, content]) => `<div${wideFacts.has(name) ? ' class="wide"' : ''}><dt>${name}</dt><dd>${content}</dd></div>`).join('')}</dl></div></section>`;
}

/** Too long for a column. */
const wideFacts: ReadonlySet<string> = new Set(['Fingerprint', 'Once approved']);

const meanings: Readonly<Record<string, string>> = {
  edit: 'would be sent',
  unchanged: 'nothing to change',
  unread: 'would be sent without reading current values',
  invalid: 'refused here',
  rejected: 'the vendor has no such opportunity, or refuses it',
  conflict: 'changed by someone else meanwhile',
  failed: 'could not be read',
};

/** What changes by field, with sums and transitions. */
function changesSection({ fields, totals }: PlanPageFacts): string {
  const { money = [], statuses = [] } = totals;
  if (fields.length === 0) return '';
  const byRows = fields.toSorted((left, right) => right.rows - left.rows);
  const moves = statuses.toSorted((left, right) => right.rows - left.rows);
  return `<section aria-labelledby="changes-title"><div class="card"><h2 id="changes-title">What changes</h2>
${list(money.map((change) => `<b>${pageText(moneyText(change))}</b> <span class="meaning">in all, ${counted(change.rows, 'row')}</span>`))}${list(
    moves.map(
      (one) =>
        `<b>${pageText(one.change)}</b>: ${pageText(transitionText(one))} <span class="meaning">${pageText(one.field)}</span>`,
    ),
  )}${list(byRows.map(({ field, rows, cleared: emptied }) => `${pageText(field)}: ${counted(rows, 'row')}${cleared(emptied)}`))}</div></section>`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul class="changes">${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}

function cleared(count: number): string {
  return count === 0 ? '' : ` <span class="meaning">(${countText(count)} cleared)</span>`;
}
