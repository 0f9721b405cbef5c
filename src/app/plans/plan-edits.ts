import type { Call } from '../../core/call.ts';
import { namesOf } from '../../core/names.ts';
import { wholeListFields, wholeLists } from '../../core/whole-lists.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { InvalidRow } from '../../input/to-edit.ts';
import { createPlanText } from '../../report/plan-text.ts';
import { createPrintableCall } from '../../transport/printable-call.ts';
import { createPrintableCallText } from '../../transport/printable-call.ts';
import { terminalStyle, type Context } from '../session/context.ts';
import { editsOfFile, firstRows, type EditRow } from '../edits/edits.ts';
import { EditsTally, WarningTally } from '../edits/edits-tally.ts';
import { invalidRowsError } from '../../report/problems-text.ts';
import { resolveNames } from '../edits/resolve-names.ts';
import { leanHeap } from '../../core/lean-heap.ts';
import { LineWriter, writeOut } from '../session/output.ts';
import { planTotals, writeWarnings } from './plan-totals.ts';
import { callSharing } from '../records/current-parts.ts';
import type { PlanOptions } from '../session/options.ts';
import { addSameIds } from '../edits/same-ids.ts';

const shownRows = 20;

/** Streams the plan of a file to stdout. Invalid rows are an error at the end, after the rows that are valid. */
export async function planEdits(path: string, file: string, given: Context, options: PlanOptions): Promise<ExitCode> {
  leanHeap();
  const warnings = new WarningTally();
  const editsOf = editsOfFile(path, file, { ...options, blind: true });
  const { context } = await resolveNames(given, { ...options, offline: true }, editsOf);
  const { host, account, baseUrl } = context;
  const { vendor, settings, credentials } = account;
  const edits = await editsOf(account, (warning, edit) => warnings.add(warning, edit));
  const authorisation = vendor.authorise(credentials, settings);
  const printable = createPrintableCall(baseUrl, authorisation);
  const callText = createPrintableCallText(baseUrl, authorisation);
  const tally = new EditsTally(callSharing(account, { ...options, reads: false }));
  const { paint, columns } = await terminalStyle(host, options, 'stdout');
  const text = createPlanText({ paint, columns, shownRows, names: namesOf(account.service, account.map) });
  const writer = new LineWriter(host);
  const json = options.json === true;
  const editLine = (row: EditRow): string | undefined =>
    json ? planLine(row, callText) : text.row(row.edit, text.full() ? [] : row.calls.map(printable));
  // Without --skip-invalid they are told at the end, as the error.
  const invalidLine = (row: InvalidRow): string | undefined =>
    json || options.skipInvalid !== true ? undefined : text.invalid(row, row.problems);

  const wholeList = wholeLists(account.service);
  for await (const batch of firstRows(edits.source(), options.limit)) {
    for (const source of batch) {
      const row = edits.read(source);
      if ('edit' in row && wholeListFields(row.edit.changes, wholeList).size > 0)
        warnings.add(listNotLookedAt, row.edit);
      tally.add(row);
      const line = 'invalid' in row ? invalidLine(row.invalid) : editLine(row);
      if (line === undefined) continue;
      const full = writer.line(line);
      if (full !== undefined) await full;
    }
    if (writer.closed) return 0;
  }
  await writer.flush();

  const check = tally.result(edits);
  await addSameIds(warnings, edits, check, options);
  if (check.invalid > 0 && options.skipInvalid !== true) throw invalidRowsError(file, check);
  if (!json && options.quiet !== true) {
    const sending = { reads: false, concurrency: options.concurrency, online: false };
    writeOut(host, text.totals(await planTotals(check, warnings, context, sending)));
  } else writeWarnings(context, check, warnings);
  return options.detailedExitcode === true && check.edits > 0 ? 10 : 0;
}

const listNotLookedAt = {
  severity: 'warning',
  code: 'list-not-read',
  message: 'what is added to a list, or removed from it, is shown by itself: a run reads the list and sends all of it',
} as const;

function planLine({ edit, calls }: EditRow, callText: (call: Call) => string): string {
  const { row, line, id } = edit;
  return `{"row":${row},"line":${line},"id":${JSON.stringify(id)},"calls":[${calls.map(callText).join(',')}]}`;
}
