import { durationText } from '../core/duration.ts';
import { rowStatuses, rowStatusMeanings, type RowStatus } from '../core/outcome.ts';
import { printable } from '../core/printable.ts';
import type { RunSummary } from '../core/run-summary.ts';
import type { FailureGroup } from './failure-tally.ts';
import { counted, countText } from './numbers.ts';
import type { Paint } from './paint.ts';
import { wrap } from './wrap.ts';

export interface SummaryOptions {
  readonly paint: Paint;
  readonly columns: number;
  /** What to type next. */
  readonly nextCommands: readonly string[];
  /** Why the run ended early, where it did. */
  readonly stopReason?: string;
}

const shownGroups = 12;
const doubtHint = 'Look at the opportunity before you send the row again.';

/**
 * The end of a run for people: failures first, grouped by cause; then counts, calls, time, files and what to type next. Two lines where every row
 * was applied.
 */
export function summaryText(summary: RunSummary, groups: readonly FailureGroup[], options: SummaryOptions): string {
  const { paint, columns, stopReason, nextCommands } = options;
  const { files } = summary;
  const lines = groups.slice(0, shownGroups).flatMap((group) => groupLines(group, options));
  if (groups.length > shownGroups) lines.push(paint.dim(moreGroupsLine(groups.slice(shownGroups), summary)));
  if (lines.length > 0) lines.push('');
  if (stopReason !== undefined) lines.push(paint.warn(wrap(`Stopped early: ${printable(stopReason)}`, columns, '  ')));
  lines.push(countsLine(summary, paint), callsLine(summary, options));
  for (const file of [files.failed, files.unprocessed]) if (file !== undefined) lines.push(`  ${printable(file)}`);
  for (const command of nextCommands) lines.push(`Next: ${paint.strong(printable(command))}`);
  return lines.join('\n');
}

function countsLine({ rows, status }: RunSummary, paint: Paint): string {
  const counts = rowStatuses
    .filter((name) => rows[name] > 0)
    .map((name) => painted(name, `${countText(rows[name])} ${name}`, paint));
  const whole = rows.applied + rows.unchanged === rows.read;
  const mark = whole ? paint.good('✓') : status === 'finished' ? paint.bad('✗') : paint.warn('■');
  return `${mark} ${counted(rows.read, 'row')}: ${counts.length === 0 ? 'nothing to do' : counts.join(', ')}`;
}

function callsLine({ run, rows, calls, files, elapsed_ms: elapsedMs }: RunSummary, options: SummaryOptions): string {
  const parts = [
    `${counted(calls.sent, 'call')} in ${durationText(elapsedMs)}`,
    calls.retried === 0 ? undefined : `${countText(calls.retried)} repeated`,
    calls.throttled === 0 ? undefined : `${countText(calls.throttled)} throttled`,
    `run ${run}`,
    rows.applied + rows.unchanged === rows.read ? printable(files.directory) : undefined,
  ].filter((part) => part !== undefined);
  return options.paint.dim(wrap(`  ${parts.join(' · ')}`, options.columns, '  '));
}

function groupLines(
  { status, code, message, hint, fix, count, examples }: FailureGroup,
  { paint, columns }: SummaryOptions,
): string[] {
  const counts = `${countText(count)} ${status}`;
  const reason = message === '' ? rowStatusMeanings[status] : printable(message);
  const text = wrap(`${counts}  ${printable(code)}: ${reason}`, columns, '  ');
  const places = examples.map(({ row, line, id }) => `row ${row} (line ${line}) ${printable(id)}`);
  const more = count > examples.length ? ', …' : '';
  const lines = [
    painted(status, counts, paint) + text.slice(counts.length),
    paint.dim(wrap(`  ${places.join(', ')}${more}`, columns, '  ')),
  ];
  if (status === 'in_doubt') lines.push(paint.warn(`  in doubt: ${rowStatusMeanings.in_doubt}`));
  const advice = hint ?? (status === 'in_doubt' ? doubtHint : undefined);
  if (advice !== undefined) lines.push(wrap(`  → ${printable(advice)}`, columns, '    '));
  // Whole, for copying.
  if (fix !== undefined) lines.push(`  fix: ${paint.strong(printable(fix))}`);
  return lines;
}

function moreGroupsLine(groups: readonly FailureGroup[], { files }: RunSummary): string {
  const rows = groups.reduce((sum, { count }) => sum + count, 0);
  const where = printable(files.failed ?? files.directory);
  return `… and ${counted(groups.length, 'more cause')} (${counted(rows, 'row')}), see ${where}`;
}

function painted(status: RowStatus, text: string, paint: Paint): string {
  if (status === 'applied' || status === 'unchanged') return paint.good(text);
  return status === 'unprocessed' || status === 'in_doubt' ? paint.warn(text) : paint.bad(text);
}
