import type { Command } from 'commander';
import { directories } from '../core/directories.ts';
import { durationText } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import { rowStatuses, type RowCounts } from '../core/outcome.ts';
import { printable } from '../core/printable.ts';
import { setExitCode } from './exit.ts';
import { exitCodesHelp } from './help.ts';
import { addOutputOptions, readDuration } from './options.ts';
import type { OutputOptions } from './options.ts';
import type { RunListing } from '../journal/run-directory.ts';

type RunsOptions = OutputOptions & { readonly id?: string; readonly html?: string };

export function addRuns(program: Command): void {
  const command = program
    .command('runs')
    .summary('list runs, or show one')
    .description('Lists the runs, the newest first; with RUN, shows one: its counts, its failures and its files.')
    .argument('[run]', 'id of a run, or a part of it that is enough')
    .option('--id <opportunity>', 'only runs that touched this opportunity, with what became of it')
    .option('--html <file>', 'write RUN as one page for a browser, with all it needs in it; - is stdout');
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
    if (options.html !== undefined) await writePage(options.html, run, options);
    else if (options.id !== undefined) await showHistory(options.id, run, options);
    else if (run === undefined) await list(options);
    else await show(run, options);
    setExitCode(0);
  });
  command
    .command('prune')
    .description('Removes the directories of old runs, results included.')
    .requiredOption('--older-than <time>', 'for example 90d', readDuration)
    .action(async ({ olderThan }: { olderThan: number }) => prune(olderThan));
}

async function allRuns(): Promise<RunListing[]> {
  const { listRuns, runsDirectory } = await import('../journal/run-directory.ts');
  return listRuns(runsDirectory(directories(process.env).state));
}

/** `finished`, `stopped`, `interrupted`, or `unfinished` where a process is at work on it or was killed. */
function stateOf({ end }: RunListing): string {
  return end?.status ?? 'unfinished';
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
    directory,
  };
}

async function list(options: RunsOptions): Promise<void> {
  const [{ print }, { speech }, { tableText }] = await Promise.all([
    import('./output.ts'),
    import('./context.ts'),
    import('../report/table.ts'),
  ]);
  const runs = await allRuns();
  if (options.json === true) return print(JSON.stringify(runs.map(listed)));
  if (runs.length === 0) return print('There is no run yet. Type `oppatch apply FILE` to make one.');
  const { paint, columns } = await speech(options, process.stdout);
  const rows = runs.map((run) => [
    run.header.run,
    stateOf(run),
    run.header.profile ?? run.header.vendor,
    run.header.source,
    countsText(run.end?.rows) ?? `${run.header.input.rows} rows`,
    run.end === undefined ? '' : durationText(run.end.elapsedMs),
  ]);
  print(
    tableText(
      [
        { title: 'run', whole: true },
        { title: 'state' },
        { title: 'account' },
        { title: 'source' },
        { title: 'rows' },
        { title: 'time' },
      ],
      rows,
      { columns, paint },
    ),
  );
}

function countsText(rows: RowCounts | undefined): string | undefined {
  if (rows === undefined) return undefined;
  const parts = rowStatuses.filter((status) => rows[status] > 0).map((status) => `${rows[status]} ${status}`);
  return parts.length === 0 ? 'no rows' : parts.join(', ');
}

async function show(id: string, options: RunsOptions): Promise<void> {
  const [{ print }, { speech }, { openPastRun }, { createFailureTally }, { summaryText }] = await Promise.all([
    import('./output.ts'),
    import('./context.ts'),
    import('./past-run.ts'),
    import('../report/failure-tally.ts'),
    import('../report/summary-text.ts'),
  ]);
  const past = await openPastRun(id);
  const tally = createFailureTally();
  const counts: Record<string, number> = { read: past.header.input.rows };
  for (const status of rowStatuses) counts[status] = 0;
  await past.eachOutcome((_source, outcome) => {
    tally.add(outcome);
    counts[outcome.status] = (counts[outcome.status] ?? 0) + 1;
  });
  const listing = (await allRuns()).find(({ header }) => header.run === past.header.run);
  if (listing === undefined) throw new OppatchError('unknown-run', 'The run is gone.', { place: past.directory });
  const groups = tally.groups();
  if (options.json === true) return print(JSON.stringify({ ...listed(listing), rows: counts, failures: groups }));
  const { paint, columns } = await speech(options, process.stdout);
  const { header, end } = listing;
  print(
    `${paint.strong(header.run)}  ${stateOf(listing)}  ${header.command} ${header.source} → ${header.profile ?? header.vendor}  ${header.startedAt}`,
  );
  print(
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
        files: { directory: past.directory },
      },
      groups,
      { paint, columns, nextCommands: nextCommands(listing) },
    ),
  );
}

async function writePage(path: string, run: string | undefined, options: RunsOptions): Promise<void> {
  if (run === undefined || options.id !== undefined) {
    throw new OppatchError('html-of-one-run', '`--html` makes the page of one run.', {
      place: '--html',
      hint: 'Type `oppatch runs RUN --html FILE` without --id; `oppatch runs` lists the runs.',
    });
  }
  const [{ print }, { findRun, runsDirectory }, { writeRunPage }] = await Promise.all([
    import('./output.ts'),
    import('../journal/run-directory.ts'),
    import('./run-page.ts'),
  ]);
  const listing = await findRun(runsDirectory(directories(process.env).state), run);
  const written = await writeRunPage(listing, path, nextCommands(listing));
  if (written === undefined) return;
  if (options.json === true) print(JSON.stringify({ run: listing.header.run, html: written }));
  else if (options.quiet !== true) print(`${printable(written)} (only you can read it)`);
}

function nextCommands(listing: RunListing): string[] {
  const { header, end } = listing;
  if (end === undefined || end.status !== 'finished') return [`oppatch resume ${header.run}`];
  return end.rows.applied + end.rows.unchanged === end.rows.read ? [] : [`oppatch retry ${header.run}`];
}

/** Which runs touched an opportunity, with what: goes through the rows of each run. */
async function showHistory(id: string, run: string | undefined, options: RunsOptions): Promise<void> {
  const [{ print }, { speech }, { openPastRun }, { tableText }] = await Promise.all([
    import('./output.ts'),
    import('./context.ts'),
    import('./past-run.ts'),
    import('../report/table.ts'),
  ]);
  const found: Record<string, unknown>[] = [];
  for (const { header } of await allRuns()) {
    if (run !== undefined && !header.run.includes(run)) continue;
    const past = await openPastRun(header.run);
    await past.eachOutcome((source, outcome) => {
      if (outcome.id !== id) return;
      const read = past.edits.read(source);
      const changes =
        'edit' in read ? read.edit.changes.map(({ field, action, value }) => ({ field, action, value })) : [];
      const { row, line, status, code, message } = outcome;
      found.push({
        run: header.run,
        started_at: header.startedAt,
        row,
        line,
        status,
        ...(code === undefined ? {} : { code, message }),
        changes,
      });
    });
  }
  if (options.json === true) return print(JSON.stringify(found));
  if (found.length === 0) return print(`No run touched ${id}.`);
  const { paint, columns } = await speech(options, process.stdout);
  const rows = found.map((entry) => [
    String(entry['run']),
    String(entry['row']),
    String(entry['status']),
    (entry['changes'] as { field: string; action: string; value: unknown }[])
      .map(({ field, action, value }) => (action === 'clear' ? `${field} cleared` : `${field}=${String(value)}`))
      .join(', '),
  ]);
  print(
    tableText(
      [{ title: 'run', whole: true }, { title: 'row', right: true }, { title: 'status' }, { title: 'changes' }],
      rows,
      {
        columns,
        paint,
      },
    ),
  );
}

async function prune(olderThanMs: number): Promise<void> {
  const [{ print }, { oldRunDirectories, removeRun, runsDirectory }] = await Promise.all([
    import('./output.ts'),
    import('../journal/run-directory.ts'),
  ]);
  const old = await oldRunDirectories(runsDirectory(directories(process.env).state), Date.now() - olderThanMs);
  for (const directory of old) await removeRun(directory);
  print(`${old.length} ${old.length === 1 ? 'run' : 'runs'} removed.`);
}
