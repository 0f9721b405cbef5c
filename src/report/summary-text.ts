import { durationText } from '../core/duration.ts';
import { rowStatuses, rowStatusMeanings, type RowStatus } from '../core/outcome.ts';
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

/** The end of a run for people: failures first, grouped by cause; then counts, files and what to type next. */
export function summaryText(summary: RunSummary, groups: readonly FailureGroup[], options: SummaryOptions): string {
  const { paint, columns, stopReason, nextCommands } = options;
  const { rows, calls, files, status, elapsed_ms: elapsedMs } = summary;
  const lines: string[] = [];
  for (const group of groups.slice(0, shownGroups)) lines.push(...groupLines(group, options));
  if (groups.length > shownGroups)
    lines.push(
      paint.dim(`  … and ${countText(groups.length - shownGroups)} more kinds, see ${files.failed ?? files.directory}`),
    );
  if (stopReason !== undefined) lines.push(wrap(paint.warn(`Stopped early: ${stopReason}`), columns));
  const counts = rowStatuses
    .filter((name) => rows[name] > 0)
    .map((name) => painted(name, `${countText(rows[name])} ${name}`, paint));
  const whole = rows.applied + rows.unchanged === rows.read;
  const mark = whole ? paint.good('✓') : status === 'finished' ? paint.bad('✗') : paint.warn('■');
  lines.push(`${mark} ${counted(rows.read, 'row')}: ${counts.length === 0 ? 'nothing to do' : counts.join(', ')}`);
  const waits = calls.throttled === 0 ? '' : `, ${countText(calls.throttled)} throttled`;
  const retries = calls.retried === 0 ? '' : `, ${countText(calls.retried)} repeated`;
  lines.push(
    paint.dim(`  ${counted(calls.sent, 'call')}${retries}${waits} in ${durationText(elapsedMs)} · run ${summary.run}`),
  );
  for (const file of [files.failed, files.unprocessed]) if (file !== undefined) lines.push(`  ${file}`);
  if (files.failed === undefined && files.unprocessed === undefined) lines.push(paint.dim(`  ${files.directory}`));
  for (const command of nextCommands) lines.push(`Next: ${paint.strong(command)}`);
  return lines.join('\n');
}

function groupLines(
  { status, code, message, hint, count, examples }: FailureGroup,
  { paint, columns }: SummaryOptions,
): string[] {
  const first = `${painted(status, `${countText(count)} ${status}`, paint)} ${paint.strong(code)}: ${message}`;
  const places = examples.map(({ row, line, id }) => `row ${row} (line ${line}) ${id}`).join(', ');
  const more = count > examples.length ? ', …' : '';
  const lines = [wrap(first, columns, '  '), paint.dim(wrap(`  ${places}${more}`, columns, '  '))];
  if (status === 'in_doubt') lines.push(paint.dim(`  in doubt: ${rowStatusMeanings[status]}`));
  if (hint !== undefined) lines.push(wrap(`  → ${hint}`, columns, '    '));
  return lines;
}

function painted(status: RowStatus, text: string, paint: Paint): string {
  if (status === 'applied' || status === 'unchanged') return paint.good(text);
  return status === 'unprocessed' || status === 'in_doubt' ? paint.warn(text) : paint.bad(text);
}
