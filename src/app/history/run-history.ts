import { directories } from '../../core/directories.ts';
import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';
import { runsDirectory } from '../../journal/run-directory.ts';
import { surveyRuns } from '../../journal/run-listing.ts';
import { tableText } from '../../report/table.ts';
import { terminalStyle } from '../session/context.ts';
import type { OutputOptions } from '../session/options.ts';
import { writeErr, writeOut } from '../session/output.ts';
import { nameUnreadable } from './list-runs.ts';
import { openPastRun, type PastRun } from './past-run.ts';

/** Which runs touched an opportunity, with what: goes through the rows of each run. One that can't be read is named. */
export async function showHistory(
  host: Host,
  id: string,
  run: string | undefined,
  options: OutputOptions,
): Promise<void> {
  const { runs, unreadable } = await surveyRuns(runsDirectory(directories(host.env).state));
  nameUnreadable(host, unreadable);
  const found: Record<string, unknown>[] = [];
  for (const { header } of runs) {
    if (run !== undefined && !header.run.includes(run)) continue;
    try {
      found.push(...(await touchesOf(await openPastRun(host, header.run), id)));
    } catch (error) {
      if (!(error instanceof OppatchError)) throw error;
      writeErr(host, `! ${header.run}: ${error.message}`);
    }
  }
  if (options.json === true) return writeOut(host, JSON.stringify(found));
  if (found.length === 0) return writeOut(host, `No run touched ${id}.`);
  const style = await terminalStyle(host, options, 'stdout');
  const rows = found.map((entry) => [
    String(entry['run']),
    String(entry['row']),
    String(entry['status']),
    (entry['changes'] as { field: string; action: string; value: unknown }[])
      .map(({ field, action, value }) => (action === 'clear' ? `${field} cleared` : `${field}=${String(value)}`))
      .join(', '),
  ]);
  const columns = [
    { title: 'run', whole: true },
    { title: 'row', right: true },
    { title: 'status' },
    { title: 'changes' },
  ];
  writeOut(host, tableText(columns, rows, style));
}

/** The rows of the run that are about this opportunity. */
async function touchesOf({ header, edits, eachOutcome }: PastRun, id: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  await eachOutcome((source, outcome) => {
    if (outcome.id !== id) return;
    const read = edits.read(source);
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
  return found;
}
