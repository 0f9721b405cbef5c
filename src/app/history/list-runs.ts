import { directories } from '../../core/directories.ts';
import { durationText } from '../../core/duration.ts';
import { rowStatuses, type RowCounts } from '../../core/outcome.ts';
import type { Host } from '../../host.ts';
import { runsDirectory } from '../../journal/run-directory.ts';
import { surveyRuns, type RunListing, type UnreadableRun } from '../../journal/run-listing.ts';
import { tableText } from '../../report/table.ts';
import { commandsAfter } from '../runs/fix-command.ts';
import { terminalStyle } from '../session/context.ts';
import type { OutputOptions } from '../session/options.ts';
import { writeErr, writeOut } from '../session/output.ts';

export type RunsOptions = OutputOptions & { readonly id?: string; readonly html?: string };

/** Lists the runs, the newest first. Those that can't be read are named. */
export async function listRuns(host: Host, options: RunsOptions): Promise<void> {
  const { runs, unreadable } = await surveyRuns(runsDirectory(directories(host.env).state));
  if (options.json === true) return writeOut(host, JSON.stringify([...runs.map(listed), ...unreadable.map(lostRun)]));
  nameUnreadable(host, unreadable);
  if (runs.length === 0 && unreadable.length > 0) return undefined;
  if (runs.length === 0) return writeOut(host, 'There is no run yet. Type `oppatch apply FILE` to make one.');
  const style = await terminalStyle(host, options, 'stdout');
  const narrow = style.columns < wideColumns;
  const oneAccount = new Set(runs.map(accountOf)).size === 1;
  const rowsText = narrow ? shareText : countsText;
  const nowMs = Date.now();
  const all = [
    { title: 'run', whole: true, text: ({ header }: RunListing) => header.run },
    {
      title: 'when',
      right: true,
      text: ({ header }: RunListing) => ageText(nowMs - Date.parse(header.startedAt)),
    },
    { title: 'state', text: stateOf },
    { title: 'account', text: accountOf },
    { title: 'work', text: workText },
    {
      title: 'rows',
      text: ({ header, end }: RunListing) => rowsText(end?.rows) ?? `${header.input.rows} rows`,
    },
    { title: 'next', text: nextWord },
  ];
  const shown = narrow && oneAccount ? all.filter(({ title }) => title !== 'account') : all;
  const rows = runs.map((run) => shown.map(({ text }) => text(run)));
  writeOut(host, tableText(shown, rows, style));
}

/** `finished`, `stopped`, `interrupted`, `unfinished` where a process is at work on it or was killed, or `damaged`. */
export function stateOf({ end, damage }: RunListing): string {
  return damage === undefined ? (end?.status ?? 'unfinished') : 'damaged';
}

/** A run that can't be read, with what is known of it. */
function lostRun({ run, directory, problem, maySent }: UnreadableRun): Record<string, unknown> {
  const { code, message, hint } = problem;
  return { run, state: maySent ? 'unreadable' : 'not begun', error: { code, message, hint }, directory };
}

/** A run, for scripts. */
export function listed(listing: RunListing): Record<string, unknown> {
  const { header, directory, end } = listing;
  const { run, startedAt, command, parent, profile, vendor, baseUrl, source, input } = header;
  return {
    run,
    state: stateOf(listing),
    started_at: startedAt,
    command,
    ...(parent === undefined ? {} : { parent }),
    profile,
    vendor,
    base_url: baseUrl,
    source,
    rows: end?.rows ?? { read: input.rows },
    ...(end === undefined ? {} : { calls: end.calls, elapsed_ms: end.elapsedMs, exit_code: end.exitCode }),
    next: nextCommands(listing),
    directory,
  };
}

export function nameUnreadable(host: Host, unreadable: readonly UnreadableRun[]): void {
  for (const { run, problem } of unreadable) writeErr(host, `! ${run}: ${problem.message}`);
}

/** `now`, `12m ago`, `3h ago`, `5d ago` */
function ageText(ageMs: number): string {
  if (!(ageMs >= 60_000)) return 'now';
  return `${durationText(ageMs).split(' ')[0] ?? ''} ago`;
}

export function accountOf({ header: { profile, vendor } }: RunListing): string {
  return profile ?? vendor;
}

/** `apply edits.csv`, or the run that it goes back to: `retry of x7f3`. */
export function workText({ header: { command, parent, source } }: RunListing): string {
  if (parent !== undefined) return `${command} of ${parent.slice(parent.indexOf('-') + 1)}`;
  return command === source ? command : `${command} ${source}`;
}

/** The command that goes on with a run, without the run. */
function nextWord(listing: RunListing): string {
  return nextCommands(listing)[0]?.split(' ')[1] ?? '';
}

/** From here on a list has room for the count of each status, and for an account that is always the same. */
const wideColumns = 110;

/** `3 of 4 done`, in which applied and unchanged rows are done. */
function shareText(rows: RowCounts | undefined): string | undefined {
  return rows === undefined ? undefined : `${rows.applied + rows.unchanged} of ${rows.read} done`;
}

export function countsText(rows: RowCounts | undefined): string | undefined {
  if (rows === undefined) return undefined;
  const parts = rowStatuses.filter((status) => rows[status] > 0).map((status) => `${rows[status]} ${status}`);
  return parts.length === 0 ? 'no rows' : parts.join(', ');
}

/** What to type to go on with a run. */
export function nextCommands({ header, end, damage }: RunListing): string[] {
  if (damage !== undefined) return [];
  return end === undefined ? [`oppatch resume ${header.run}`] : commandsAfter(header.run, end);
}
