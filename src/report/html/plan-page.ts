import { forecastLines } from '../forecast-text.ts';
import { counted, countText } from '../numbers.ts';
import { moneyText, transitionText, type PlanTotals } from '../totals-text.ts';
import { documentBegin, documentEnd } from './document.ts';
import { pageText } from './escape.ts';
import {
  commandHtml,
  outcomeSection,
  sourceHtml,
  timeHtml,
  type PageFact,
  type StatusCounts,
} from './outcome-section.ts';
import { pageRowData, type PageRow } from './page-row.ts';
import { plainRows, rowsSection } from './rows-section.ts';

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
  /** `edit` first. */
  readonly counts: StatusCounts;
}

/** The rows that a page has room for, in its order. */
export interface PlanPageRows {
  readonly count: number;
  readonly at: (rank: number) => PageRow;
}

/** Writes the page. */
export async function writePlanPage(
  facts: PlanPageFacts,
  rows: PlanPageRows,
  write: (text: string) => Promise<void> | undefined,
): Promise<void> {
  const { vendorTitle, profile, totals, tool, source, counts } = facts;
  const first = Array.from({ length: Math.min(plainRows, rows.count) }, (_, rank) => rows.at(rank));
  const note =
    rows.count < totals.rows
      ? `The page holds ${countText(rows.count)} of ${counted(totals.rows, 'row')}: those that are refused, the largest changes, then the first of the file. The sums above are of all rows.`
      : undefined;
  await write(
    documentBegin({
      title: `oppatch plan ${source}`,
      over: `oppatch plan · ${profile ?? 'credentials of the environment'} · ${vendorTitle}`,
      headline: `${counted(totals.edits, 'edit')} of ${counted(totals.rows, 'row')}`,
      lead: 'Nothing was sent yet: this page is for approval.',
      sections: [
        warningsSection(totals),
        outcomeSection(counts, totals.rows, meanings, outcomeFacts(facts)),
        changesSection(facts),
        rowsSection({ counts, shown: rows.count, inFileOrder: false, note }, first),
      ],
      footer: `Made by oppatch ${pageText(tool)}. This page holds data of your customers; it loads nothing and sends nothing.`,
      sortBy: 'rank',
    }),
  );
  for (let rank = 0; rank < rows.count; rank += 1)
    await write(`${rank === 0 ? '' : ',\n'}${pageRowData(rows.at(rank))}`);
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

function outcomeFacts({ totals, baseUrl, source, plannedAt, fingerprint, nextCommand }: PlanPageFacts): PageFact[] {
  const forecast = forecastLines(totals).map(({ text }) => text);
  return [
    ['File', sourceHtml(source)],
    ['Goes to', pageText(baseUrl)],
    ['Calls and time', pageText(forecast.join(' '))],
    ['Sets off', totals.setsOff === undefined || totals.calls === 0 ? undefined : pageText(totals.setsOff)],
    ['Planned', timeHtml(plannedAt)],
    ['Fingerprint', `<code>${pageText(fingerprint)}</code>`],
    ['Once approved', nextCommand === undefined ? undefined : commandHtml(nextCommand)],
  ];
}

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
