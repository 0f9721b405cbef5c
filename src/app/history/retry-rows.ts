import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import { printable } from '../../core/printable.ts';
import { counted } from '../../report/numbers.ts';
import { failedField } from '../edits/edits.ts';
import { numberedFormat } from '../edits/numbered-rows.ts';
import { withoutEnding } from '../edits/prepared-rows.ts';
import { LineFile } from '../../report/line-file.ts';
import type { PastRun } from './past-run.ts';

/** Which of the rows that were not applied are sent again. An empty list chooses by nothing. */
export interface RetryChoice {
  readonly codes: readonly string[];
  readonly fields: readonly string[];
  readonly statuses: readonly string[];
  /** Also rows that may have been applied. */
  readonly includeInDoubt: boolean;
}

export interface RetryRows {
  /** File name of the rows within the directory. */
  readonly copy: string;
  /** Rows that were not applied and are left alone: in doubt, or not among what was chosen. */
  readonly inDoubt: number;
  readonly notChosen: number;
}

const shownCodes = 10;

/** Writes the rows to send again, in file order, as the input of the new run. They keep their numbers and lines. */
export async function keepRetryRows(past: PastRun, directory: string, choice: RetryChoice): Promise<RetryRows> {
  const { layout } = past.edits;
  const prepared = past.header.input.layout !== undefined;
  const format = numberedFormat(layout);
  const copy = prepared || layout.kind === 'json' ? 'input.ndjson' : 'input.csv';
  const file = new LineFile(join(directory, copy), prepared ? undefined : format.header, format.lineEnd);
  const codes = new Set<string>();
  let rows = 0;
  let inDoubt = 0;
  let notChosen = 0;
  try {
    await past.eachOutcome((source, outcome) => {
      if (outcome.status === 'applied' || outcome.status === 'unchanged') return undefined;
      if (codes.size < shownCodes) codes.add(codeOf(outcome));
      if (!isChosen(outcome, choice, () => failedField(past.edits.read(source), outcome))) notChosen += 1;
      else if (outcome.status === 'in_doubt' && !choice.includeInDoubt) inDoubt += 1;
      else {
        rows += 1;
        return file.line(prepared && source.kind === 'json' ? withoutEnding(source) : format.line(source, outcome));
      }
      return undefined;
    });
    if (rows === 0) throw nothingToRetry(past.header.run, { inDoubt, notChosen, codes });
    await file.close();
    return { copy, inDoubt, notChosen };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** What is told before the retry begins: which rows it leaves alone. */
export function retryNotes({ inDoubt, notChosen }: RetryRows): string[] {
  return [
    ...(notChosen === 0
      ? []
      : [`! left alone: ${counted(notChosen, 'other row')} that ${were(notChosen)} not applied`]),
    ...(inDoubt === 0 ? [] : [`! left alone: ${counted(inDoubt, 'row')} in doubt; check, then --include-in-doubt`]),
  ];
}

function isChosen(outcome: RowOutcome, { codes, fields, statuses }: RetryChoice, field: () => string | undefined) {
  if (statuses.length > 0 && !statuses.includes(outcome.status)) return false;
  if (codes.length > 0 && !codes.includes(codeOf(outcome))) return false;
  return fields.length === 0 || fields.includes(field() ?? '');
}

function codeOf({ status, code = status }: RowOutcome): string {
  return code;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}

function nothingToRetry(
  run: string,
  { inDoubt, notChosen, codes }: { inDoubt: number; notChosen: number; codes: ReadonlySet<string> },
): OppatchError {
  const hints = [
    ...(inDoubt > 0 ? [`${inDoubt} rows may have been applied: check them, then add --include-in-doubt.`] : []),
    ...(notChosen > 0
      ? [
          `${counted(notChosen, 'row')} not applied ${were(notChosen)} not chosen, with the codes ${[...codes].map((code) => printable(code)).join(', ')}; \`oppatch runs ${run}\` shows them by cause.`,
        ]
      : []),
  ];
  return new OppatchError('nothing-to-retry', `No row of run ${run} is left to send.`, {
    hint: hints.length === 0 ? 'Nothing is to be done.' : hints.join(' '),
  });
}
