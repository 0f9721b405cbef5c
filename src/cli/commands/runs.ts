import type { Command } from 'commander';
import { directories } from '../../core/directories.ts';
import { durationText } from '../../core/duration.ts';
import { OppatchError } from '../../core/errors.ts';
import { rowStatuses, type RowCounts } from '../../core/outcome.ts';
import { printable } from '../../core/printable.ts';
import type { Host } from '../../host.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { yesOption, addOutputOptions, readDuration } from '../flags/flags.ts';
import type { OutputOptions } from '../../app/session/options.ts';
import type { RunDamage } from '../../app/history/run-damage.ts';
import type { RunListing, UnreadableRun } from '../../journal/run-listing.ts';

interface PruneOptions {
  readonly olderThan: number;
  readonly unfinished?: true;
}

type RunsOptions = OutputOptions & { readonly id?: string; readonly html?: string };

export function addRuns(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('runs')
    .summary('list runs, or show one')
    .description('Lists the runs, the newest first; with RUN, shows one: its counts, its failures and its files.')
    .argument('[run]', 'id of a run, or a unique part of it')
    .option('--id <opportunity>', 'only runs that touched this opportunity, with what became of it')
    .option('--html <file>', 'write RUN as one self-contained web page; - is stdout');
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch runs
  oppatch runs x7f3 --json
  oppatch runs x7f3 --html run.html
  oppatch runs --id opp_abc123def456
  oppatch runs prune --older-than 90d
${exitCodesHelp([0, 2])}`,
  );
  command.action(async (run: string | undefined, options: RunsOptions) => {
    if (options.html !== undefined) await writePage(host, options.html, run, options);
    else if (options.id !== undefined) {
      const { showHistory } = await import('../../app/history/run-history.ts');
      const { runs, unreadable } = await surveyed(host);
      if (unreadable.length > 0) await nameUnreadable(host, unreadable);
      await showHistory(host, options.id, runs, run, options);
    } else if (run === undefined) await list(host, options);
    else await show(host, run, options);
    end(0);
  });
  command
    .command('prune')
    .description(
      'Removes the directories of old runs, results included. Runs at work, and runs with rows that are unfinished or in doubt, are kept and listed.',
    )
    .requiredOption('--older-than <time>', 'for example 90d', readDuration)
    .option('--unfinished', 'also runs with rows that are unfinished or in doubt, and those that cannot be read')
    .addOption(yesOption())
    .addHelpText(
      'after',
      `
Examples:
  oppatch runs prune --older-than 90d
  oppatch runs prune --older-than 12h
${exitCodesHelp([0, 2])}`,
    )
    .action(async (options: PruneOptions) => prune(host, options));
}

async function surveyed({ env }: Host): Promise<{
  readonly runs: readonly RunListing[];
  readonly unreadable: readonly UnreadableRun[];
}> {
  const [{ runsDirectory }, { surveyRuns }] = await Promise.all([
    import('../../journal/run-directory.ts'),
    import('../../journal/run-listing.ts'),
  ]);
  return surveyRuns(runsDirectory(directories(env).state));
}

async function allRuns(host: Host): Promise<readonly RunListing[]> {
  return (await surveyed(host)).runs;
}

/** `finished`, `stopped`, `interrupted`, `unfinished` where a process is at work on it or was killed, or `damaged`. */
function stateOf({ end, damage }: RunListing): string {
  return damage === undefined ? (end?.status ?? 'unfinished') : 'damaged';
}

/** A run that can't be read, with what is known of it. */
function lostRun({ run, directory, problem, maySent }: UnreadableRun): Record<string, unknown> {
  const { code, message, hint } = problem;
  return { run, state: maySent ? 'unreadable' : 'not begun', error: { code, message, hint }, directory };
}

function listed(listing: RunListing): Record<string, unknown> {
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

async function list(host: Host, options: RunsOptions): Promise<void> {
  const [{ writeOut }, { terminalStyle }, { tableText }] = await Promise.all([
    import('../../app/session/output.ts'),
    import('../../app/session/context.ts'),
    import('../../report/table.ts'),
  ]);
  const { runs, unreadable } = await surveyed(host);
  if (options.json === true) return writeOut(host, JSON.stringify([...runs.map(listed), ...unreadable.map(lostRun)]));
  await nameUnreadable(host, unreadable);
  if (runs.length === 0 && unreadable.length > 0) return undefined;
  if (runs.length === 0) return writeOut(host, 'There is no run yet. Type `oppatch apply FILE` to make one.');
  const { paint, columns } = await terminalStyle(host, options, 'stdout');
  const narrow = columns < wideColumns;
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
  writeOut(host, tableText(shown, rows, { columns, paint }));
}

async function nameUnreadable(host: Host, unreadable: readonly UnreadableRun[]): Promise<void> {
  const { writeErr } = await import('../../app/session/output.ts');
  for (const { run, problem } of unreadable) writeErr(host, `! ${run}: ${problem.message}`);
}

/** `now`, `12m ago`, `3h ago`, `5d ago` */
function ageText(ageMs: number): string {
  if (!(ageMs >= 60_000)) return 'now';
  return `${durationText(ageMs).split(' ')[0] ?? ''} ago`;
}

function accountOf({ header: { profile, vendor } }: RunListing): string {
  return profile ?? vendor;
}

/** `apply edits.csv`, or the run that it goes back to: `retry of x7f3`. */
function workText({ header: { command, parent, source } }: RunListing): string {
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

function countsText(rows: RowCounts | undefined): string | undefined {
  if (rows === undefined) return undefined;
  const parts = rowStatuses.filter((status) => rows[status] > 0).map((status) => `${rows[status]} ${status}`);
  return parts.length === 0 ? 'no rows' : parts.join(', ');
}

async function show(host: Host, id: string, options: RunsOptions): Promise<void> {
  const [
    { writeOut },
    { terminalStyle },
    { openPastRun },
    { createFailureTally },
    { summaryText },
    { momentText },
    { failedField },
    { withFixCommands },
    { resultPathsIn },
  ] = await Promise.all([
    import('../../app/session/output.ts'),
    import('../../app/session/context.ts'),
    import('../../app/history/past-run.ts'),
    import('../../report/failure-tally.ts'),
    import('../../report/summary-text.ts'),
    import('../../report/numbers.ts'),
    import('../../app/edits/failed-field.ts'),
    import('../../app/runs/fix-command.ts'),
    import('../../app/runs/results.ts'),
  ]);
  const [{ runsDirectory }, { findRun }, { runDamage }] = await Promise.all([
    import('../../journal/run-directory.ts'),
    import('../../journal/run-listing.ts'),
    import('../../app/history/run-damage.ts'),
  ]);
  const found = await findRun(runsDirectory(directories(host.env).state), id);
  const damage = await runDamage(found);
  if (damage !== undefined) return showDamaged(host, { ...found, damage: damage.problem.message }, damage, options);
  const past = await openPastRun(host, id);
  const tally = createFailureTally();
  const counts: Record<string, number> = { read: past.header.input.rows };
  for (const status of rowStatuses) counts[status] = 0;
  await past.eachOutcome((source, outcome) => {
    tally.add(outcome, () => failedField(past.edits.read(source), outcome));
    counts[outcome.status] = (counts[outcome.status] ?? 0) + 1;
  });
  const listing = (await allRuns(host)).find(({ header }) => header.run === past.header.run);
  if (listing === undefined) throw new OppatchError('unknown-run', 'The run is gone.', { place: past.directory });
  const groups = withFixCommands(past.header.run, tally.groups());
  const files = await resultPathsIn(past.directory);
  if (options.json === true)
    return writeOut(host, JSON.stringify({ ...listed(listing), rows: counts, files, failures: groups }));
  const { paint, columns } = await terminalStyle(host, options, 'stdout');
  const { header, end } = listing;
  writeOut(
    host,
    `${paint.strong(header.run)}  ${stateOf(listing)}  ${workText(listing)} → ${header.profile ?? header.vendor}  ${momentText(header.startedAt)}`,
  );
  writeOut(
    host,
    summaryText(
      {
        run: header.run,
        status: end?.status ?? 'interrupted',
        profile: header.profile,
        vendor: header.vendor,
        source: header.source,
        rows: counts as unknown as RowCounts,
        calls: end?.calls ?? { sent: 0, reads: 0, throttled: 0, retried: 0 },
        elapsed_ms: end?.elapsedMs ?? 0,
        exit_code: end?.exitCode ?? 1,
        warnings: header.warnings ?? [],
        files,
      },
      groups,
      { paint, columns, nextCommands: nextCommands(listing) },
    ),
  );
}

/** What is known of a run whose journal is damaged, up to that place, or of whose other files one is gone or has changed. */
async function showDamaged(
  host: Host,
  listing: RunListing,
  { problem: { code, message, hint }, known }: RunDamage,
  options: RunsOptions,
): Promise<void> {
  const { writeOut } = await import('../../app/session/output.ts');
  const { rows: _rows, ...facts } = listed(listing);
  if (options.json === true)
    return writeOut(
      host,
      JSON.stringify({ ...facts, ...(known === undefined ? {} : { rows: known }), error: { code, message, hint } }),
    );
  const { header, directory } = listing;
  writeOut(host, `${header.run}  damaged  ${workText(listing)} → ${header.profile ?? header.vendor}`);
  // A damaged journal says what it knows itself.
  const counts = code === 'journal-damaged' ? undefined : countsText(known);
  writeOut(host, [message, ...(counts === undefined ? [] : [counts]), hint ?? '', printable(directory)].join('\n'));
}

async function writePage(host: Host, path: string, run: string | undefined, options: RunsOptions): Promise<void> {
  if (run === undefined || options.id !== undefined) {
    throw new OppatchError('html-of-one-run', '`--html` makes the page of one run.', {
      place: '--html',
      hint: 'Type `oppatch runs RUN --html FILE` without --id; `oppatch runs` lists the runs.',
    });
  }
  const [{ writeOut }, { runsDirectory }, { findRun }, { writeRunPage }] = await Promise.all([
    import('../../app/session/output.ts'),
    import('../../journal/run-directory.ts'),
    import('../../journal/run-listing.ts'),
    import('../../app/history/run-page.ts'),
  ]);
  const listing = await findRun(runsDirectory(directories(host.env).state), run);
  const written = await writeRunPage(host, listing, path, nextCommands(listing));
  if (written === undefined) return;
  if (options.json === true) writeOut(host, JSON.stringify({ run: listing.header.run, html: written }));
  else if (options.quiet !== true) writeOut(host, `${printable(written)} (only you can read it)`);
}

function nextCommands(listing: RunListing): string[] {
  const { header, end } = listing;
  if (listing.damage !== undefined) return [];
  if (end === undefined || end.status !== 'finished') return [`oppatch resume ${header.run}`];
  const { read, applied, unchanged, in_doubt: inDoubt } = end.rows;
  if (applied + unchanged === read) return [];
  return [`oppatch retry ${header.run}${applied + unchanged + inDoubt === read ? ' --include-in-doubt' : ''}`];
}

async function prune(host: Host, { olderThan, unfinished }: PruneOptions): Promise<void> {
  const [{ writeOut }, { pruneRuns }] = await Promise.all([
    import('../../app/session/output.ts'),
    import('../../app/history/prune-runs.ts'),
  ]);
  const { removed, kept } = await pruneRuns(host, Date.now() - olderThan, { unfinished: unfinished === true });
  for (const { run, reason } of kept) writeOut(host, `Left alone: ${run}: ${printable(reason)}.`);
  writeOut(host, `${removed} ${removed === 1 ? 'run' : 'runs'} removed.`);
}
