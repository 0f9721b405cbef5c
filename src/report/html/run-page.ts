import { createHash } from 'node:crypto';
import { counted } from '../numbers.ts';
import { callChart } from './call-chart.ts';
import { causesSection } from './causes-section.ts';
import { pageText, scriptJson } from './escape.ts';
import { headline, outcomeSection } from './outcome-section.ts';
import type { PageRow } from './page-row.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { rowsSection } from './rows-section.ts';
import type { RunPageFacts } from './run-page-facts.ts';

/** Rows that can be read without the script. */
const plainRows = 50;

/** The page up to its rows' data. `first`: the first rows, for readers without a script. */
export function pageBegin(facts: RunPageFacts, first: readonly PageRow[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${hash(pageScript)}'; style-src '${hash(pageStyle)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${pageText(`oppatch run ${facts.run}`)}</title>
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#rows">To the rows</a>
<header>
<p class="over">oppatch ${pageText(facts.command)} · ${pageText(facts.profile ?? 'credentials of the environment')} · ${pageText(facts.vendorTitle)}</p>
<h1>${pageText(headline(facts))}</h1>
${facts.stopReason === undefined ? '' : `<p>Stopped early: ${pageText(facts.stopReason)}</p>`}
</header>
<main>
${outcomeSection(facts)}
<section aria-labelledby="calls-title"><div class="card"><h2 id="calls-title">Calls per second</h2>
${callChart(facts.chart, facts.quota)}
<p class="note">Writing calls, each try counted. ${pageText(readsNote(facts))}</p></div></section>
${causesSection(facts)}
${rowsSection(facts, first)}
</main>
<footer><p>Made by oppatch ${pageText(facts.tool)} from the journal of the run. This page holds data of your customers; it loads nothing and sends nothing.</p></footer>
<script type="application/json" id="rows-data">[`;
}

/** One row of the data that {@link pageBegin} opens; rows are parted by commas. */
export function pageRowData(row: PageRow): string {
  const { changes, ...rest } = row;
  return scriptJson({ ...rest, changes });
}

export function pageEnd(): string {
  return `]</script>\n<script>${pageScript}</script>\n</body>\n</html>\n`;
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
    await this.#write(pageEnd());
  }

  #begin(first: readonly PageRow[]): Promise<void> | undefined {
    this.#first = undefined;
    return this.#write(pageBegin(this.#facts, first) + first.map(pageRowData).join(',\n'));
  }
}

function hash(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}

function readsNote({ calls, blind }: RunPageFacts): string {
  if (blind) return 'Current values were not read first.';
  const reads = calls?.reads ?? 0;
  return reads === 0
    ? ''
    : `The ${counted(reads, 'call')} that only read share the same quota and are not in the picture.`;
}
