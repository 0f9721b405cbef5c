import type { CallTimes } from '../../core/call-times.ts';
import { durationText, type Rate } from '../../core/duration.ts';
import { rowStatuses, rowStatusMeanings, type RowCounts } from '../../core/outcome.ts';
import type { CallCounts } from '../../core/run-event.ts';
import type { FailureGroup } from '../failure-tally.ts';
import { counted, countText } from '../numbers.ts';
import { callChart } from './call-chart.ts';
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

/** What the page says about a run besides its rows. */
export interface RunPageFacts {
  readonly run: string;
  readonly state: 'finished' | 'stopped' | 'interrupted' | 'unfinished';
  /** Why it ended early, where it did. */
  readonly stopReason?: string;
  readonly command: string;
  readonly parent?: string;
  /** The profile's name; null for credentials of the environment. */
  readonly profile: string | null;
  readonly vendorTitle: string;
  readonly baseUrl: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Undefined where no process has ended the run. */
  readonly elapsedMs?: number;
  readonly calls?: CallCounts;
  readonly tool: string;
  /** True where values were not read before they were written. */
  readonly blind: boolean;
  readonly counts: RowCounts;
  readonly causes: readonly FailureGroup[];
  readonly chart: CallTimes;
  readonly quota: Rate | undefined;
  /** What to type next. */
  readonly nextCommands: readonly string[];
  /** Rows that the page is given; the rest stands in the result files only. */
  readonly rowsShown: number;
}

/** The page up to its rows' data. `first`: the first rows, for readers without a script. */
function pageBegin(facts: RunPageFacts, first: readonly PageRow[]): string {
  const { run, command, profile, vendorTitle, stopReason, tool, rowsShown, counts } = facts;
  const note =
    rowsShown < counts.read
      ? `The page holds ${countText(rowsShown)} of ${counted(counts.read, 'row')}, those that were not applied before others. All of them are in the files of the run.`
      : undefined;
  return documentBegin({
    title: `oppatch run ${run}`,
    over: `oppatch ${command} · ${profile ?? 'credentials of the environment'} · ${vendorTitle}`,
    headline: headline(facts),
    lead: stopReason === undefined ? undefined : `Stopped early: ${stopReason}`,
    sections: [
      outcomeSection(statusCounts(facts), facts.counts.read, rowStatusMeanings, outcomeFacts(facts)),
      `<section aria-labelledby="calls-title"><div class="card"><h2 id="calls-title">Calls per second</h2>
${callChart(facts.chart, facts.quota)}
<p class="note">Each try is counted. ${pageText(readsNote(facts))}</p></div></section>`,
      causesSection(facts),
      rowsSection({ counts: statusCounts(facts), shown: rowsShown, inFileOrder: true, note }, first),
    ],
    footer: `Made by oppatch ${pageText(tool)} from the journal of the run. This page holds data of your customers; it loads nothing and sends nothing.`,
    sortBy: 'row',
  });
}

function statusCounts({ counts }: RunPageFacts): StatusCounts {
  return rowStatuses.filter((status) => counts[status] > 0).map((status) => [status, counts[status]]);
}

function outcomeFacts(facts: RunPageFacts): PageFact[] {
  const { run, parent, source, baseUrl, startedAt, elapsedMs, calls, state, nextCommands } = facts;
  return [
    ['Run', `<code>${pageText(run)}</code>`],
    ['State', state],
    ['Source', sourceHtml(source)],
    ['Sent to', pageText(baseUrl)],
    ['Started', timeHtml(startedAt)],
    ['Took', elapsedMs === undefined ? 'not ended yet' : durationText(elapsedMs)],
    ['Calls', calls === undefined ? 'not known' : callsText(calls)],
    ['Goes back to', parent === undefined ? undefined : `<code>${pageText(parent)}</code>`],
    ['Next', nextCommands.length === 0 ? undefined : nextCommands.map(commandHtml).join(' ')],
  ];
}

function callsText({ sent, reads, throttled, retried }: CallCounts): string {
  const parts = [
    `${countText(sent)} sent`,
    reads === 0 ? '' : `${counted(reads, 'read')} among them`,
    retried === 0 ? '' : `${countText(retried)} repeated`,
    throttled === 0 ? '' : `${countText(throttled)} throttled`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Writes the page piece by piece: the first rows gather, everything after them goes straight on. */
export function openRunPage(facts: RunPageFacts, write: (text: string) => Promise<void> | undefined) {
  let first: PageRow[] | undefined = [];
  const begin = (rows: readonly PageRow[]): Promise<void> | undefined => {
    first = undefined;
    return write(pageBegin(facts, rows) + rows.map(pageRowData).join(',\n'));
  };
  return {
    /** A promise only where the reader of the page has to be waited for. */
    row: (row: PageRow): Promise<void> | undefined => {
      if (first === undefined) return write(`,\n${pageRowData(row)}`);
      first.push(row);
      return first.length < plainRows ? undefined : begin(first);
    },
    end: async (): Promise<void> => {
      if (first !== undefined) await begin(first);
      await write(documentEnd());
    },
  };
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

/** How the run went, in one sentence. */
function headline({ counts, state }: RunPageFacts): string {
  const { read, applied, unchanged } = counts;
  if (read === 0) return 'There was nothing to do';
  const good = applied + unchanged;
  if (good === read)
    return applied === read
      ? `All ${counted(read, 'row')} applied`
      : `${countText(applied)} applied, ${countText(unchanged)} were so already`;
  const open = state === 'finished' ? '' : ', the run can be gone on with';
  return `${countText(good)} of ${counted(read, 'row')} done, ${countText(read - good)} not${open}`;
}

/** The failures grouped by cause, with what would fix them; nothing where there are none. */
function causesSection({ causes }: RunPageFacts): string {
  if (causes.length === 0) return '';
  const items = causes.map(({ status, code, message, hint, count, examples }) => {
    const places = examples.map(({ row, id }) => `row ${row} <code>${pageText(id)}</code>`).join(', ');
    const searched = code === 'other' ? '' : code;
    return `<li><h3><span class="status ${status}">${countText(count)} ${status}</span> · <code>${pageText(code)}</code></h3>
<p>${pageText(message === '' ? rowStatusMeanings[status] : message)}</p>
${hint === undefined ? '' : `<p class="fix">${pageText(hint)}</p>`}
<p class="note">${places}${count > examples.length ? ', …' : ''} <button type="button" hidden data-status="${status}" data-code="${pageText(searched)}">Show these rows</button></p></li>`;
  });
  return `<section aria-labelledby="causes-title"><div class="card"><h2 id="causes-title">Why rows were not applied</h2>
<ul class="causes">${items.join('\n')}</ul></div></section>`;
}
