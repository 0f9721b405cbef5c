import { rowStatuses } from '../../core/outcome.ts';
import { counted, countText } from '../numbers.ts';
import { callChart } from './call-chart.ts';
import { causesSection } from './causes-section.ts';
import { documentBegin, documentEnd } from './document.ts';
import { pageText, scriptJson } from './escape.ts';
import { headline, outcomeSection } from './outcome-section.ts';
import type { PageRow } from './page-row.ts';
import { rowsSection, type RowsTable } from './rows-section.ts';
import type { RunPageFacts } from './run-page-facts.ts';

/** Rows that can be read without the script. */
const plainRows = 50;

/** The page up to its rows' data. `first`: the first rows, for readers without a script. */
function pageBegin(facts: RunPageFacts, first: readonly PageRow[]): string {
  const { run, command, profile, vendorTitle, stopReason, tool } = facts;
  return documentBegin({
    title: `oppatch run ${run}`,
    over: `oppatch ${command} · ${profile ?? 'credentials of the environment'} · ${vendorTitle}`,
    headline: headline(facts),
    lead: stopReason === undefined ? undefined : `Stopped early: ${stopReason}`,
    sections: [
      outcomeSection(facts),
      `<section aria-labelledby="calls-title"><div class="card"><h2 id="calls-title">Calls per second</h2>
${callChart(facts.chart, facts.quota)}
<p class="note">Each try is counted. ${pageText(readsNote(facts))}</p></div></section>`,
      causesSection(facts),
      rowsSection(runRows(facts), first),
    ],
    footer: `Made by oppatch ${pageText(tool)} from the journal of the run. This page holds data of your customers; it loads nothing and sends nothing.`,
    sortBy: 'row',
  });
}

function runRows({ counts, rowsShown }: RunPageFacts): RowsTable {
  return {
    counts: rowStatuses.filter((status) => counts[status] > 0).map((status) => [status, counts[status]]),
    shown: rowsShown,
    inFileOrder: true,
    note:
      rowsShown < counts.read
        ? `The page holds ${countText(rowsShown)} of ${counted(counts.read, 'row')}, those that were not applied before others. All of them are in the files of the run.`
        : undefined,
  };
}

/** One row of the data that {@link pageBegin} opens; rows are parted by commas. */
export function pageRowData(row: PageRow): string {
  const { changes, ...rest } = row;
  return scriptJson({ ...rest, changes });
}

/** Writes the page piece by piece: the first rows gather, everything after them goes straight on. */
export class RunPage {
  readonly #facts: RunPageFacts;
  readonly #write: (text: string) => Promise<void> | undefined;
  #first: PageRow[] | undefined = [];

  constructor(facts: RunPageFacts, write: (text: string) => Promise<void> | undefined) {
    this.#facts = facts;
    this.#write = write;
  }

  /** A promise only where the reader of the page has to be waited for. */
  row(row: PageRow): Promise<void> | undefined {
    if (this.#first === undefined) return this.#write(`,\n${pageRowData(row)}`);
    this.#first.push(row);
    return this.#first.length < plainRows ? undefined : this.#begin(this.#first);
  }

  async end(): Promise<void> {
    if (this.#first !== undefined) await this.#begin(this.#first);
    await this.#write(documentEnd());
  }

  #begin(first: readonly PageRow[]): Promise<void> | undefined {
    this.#first = undefined;
    return this.#write(pageBegin(this.#facts, first) + first.map(pageRowData).join(',\n'));
  }
}

function readsNote({ calls, blind, chart }: RunPageFacts): string {
  const shown = chart.slots.reduce((sum, { reads }) => sum + reads, 0);
  const others = (calls?.reads ?? 0) - shown;
  const notes = [
    blind ? 'Current values were not read first.' : '',
    others <= 0
      ? ''
      : `Not in the picture: ${counted(others, 'read')} before the first row, for names and keys, or of a session that was killed.`,
  ];
  return notes.filter((note) => note !== '').join(' ');
}
