import { namesOf } from '../../core/names.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listField } from '../../core/difference.ts';
import type { Edit } from '../../core/edit.ts';
import { stringifyJson, type Json } from '../../core/json.ts';
import { plannedColumn, type SourceRow } from '../../core/source-row.ts';
import type { FieldValues } from '../../core/vendor.ts';
import { counted } from '../../report/numbers.ts';
import { createPlanText } from '../../report/plan-text.ts';
import type { RecordResult } from '../../run/record-reader.ts';
import { planRow, type RowPlan } from '../../run/row-planner.ts';
import { createPrintableCall } from '../../transport/printable-call.ts';
import { terminalStyle, type Context } from '../session/context.ts';
import { currentParts, plannedRecord } from './current-parts.ts';
import { editsOfFile, type Edits } from '../edits/edits.ts';
import { inOrder } from '../../core/in-order.ts';
import { resolveNames } from '../edits/resolve-names.ts';
import { openReadSession } from './read-session.ts';
import { writeErr } from '../session/output.ts';
import type { PlanOptions } from '../session/options.ts';

const shownRows = 20;

/**
 * Reads the opportunities of the edits in a file of the directory, and shows before → after on stderr. The file is written again, each edit with
 * what its fields were seen to hold, so that what is sent is what was shown: a row whose fields have changed since is a conflict. Edits that are
 * invalid, or of a vendor that can't be read, are left for the run to tell.
 */
export async function previewSet(directory: string, copy: string, given: Context, options: PlanOptions): Promise<void> {
  const { host } = given;
  if (given.account.service.records === undefined) return;
  const path = join(directory, copy);
  const open = editsOfFile(path, 'set', options);
  const { context } = await resolveNames(given, options, open);
  const rows = await editsOf(await open(context.account));
  const parts = currentParts(context.account, options);
  if (rows === undefined || parts === undefined) return;
  const readSession = await openReadSession(context, { ...options, quiet: false });
  const { account, baseUrl, redact } = context;
  const printable = createPrintableCall(
    baseUrl,
    account.vendor.authorise({ accessToken: 'masked', ...account.credentials }, account.settings),
  );
  const { paint, columns } = await terminalStyle(host, options, 'stderr');
  const text = createPlanText({ paint, columns, shownRows, names: namesOf(account.service, account.map), redact });
  const lines: string[] = [];
  try {
    const look = async (row: EditOfLine): Promise<EditOfLine & { readonly seen: RecordResult }> => ({
      ...row,
      seen: await readSession.read(row.edit),
    });
    for await (const { edit, line, seen } of inOrder([rows], readSession.concurrency, look)) {
      const failure = readSession.failure();
      if (failure !== undefined) throw failure;
      const plan = planRow(edit, seen, parts);
      // It stops the file, and the check of it says why.
      if (plan.kind === 'ended' && plan.unoffered !== undefined) return;
      const shown = rowText(edit, plan, text, (one) => parts.plan(one).map(printable));
      if (shown !== undefined) writeErr(host, redact(shown));
      lines.push(seen.kind === 'found' ? guardedLine(line, edit, seen.record.values) : line);
    }
  } finally {
    await readSession.close();
  }
  if (rows.length > shownRows) writeErr(host, paint.dim(`… and ${counted(rows.length - shownRows, 'more row')}`));
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
}

interface EditOfLine {
  readonly edit: Edit;
  /** Its object as it stands in the file. */
  readonly line: string;
}

/** Undefined where one is invalid, which the check of the whole file tells. */
async function editsOf(edits: Edits): Promise<EditOfLine[] | undefined> {
  const rows: EditOfLine[] = [];
  for await (const batch of edits.source()) {
    for (const source of batch) {
      const read = edits.read(source);
      if ('invalid' in read) return undefined;
      rows.push({ edit: read.edit, line: textOf(source) });
    }
  }
  return rows;
}

function textOf(source: SourceRow): string {
  return source.kind === 'json' ? source.text : '';
}

function rowText(
  edit: Edit,
  plan: RowPlan,
  text: ReturnType<typeof createPlanText>,
  callsOf: (edit: Edit) => readonly { readonly method: string; readonly url: string }[],
): string | undefined {
  if (plan.kind === 'ended' && plan.ending.status !== 'unchanged') return text.ended(edit, plan.ending, plan.name);
  return text.row(edit, plan.kind === 'ended' ? [] : callsOf(edit), plannedRecord(plan));
}

/** The edit with what its fields hold, for the guard of a saved plan. */
function guardedLine(line: string, edit: Edit, values: FieldValues): string {
  const held: Record<string, Json> = {};
  for (const change of edit.changes) {
    const seen = values.get(listField(change));
    // What holds a secret is not kept, and so can't be compared.
    if (seen !== undefined && seen.masked === undefined) held[change.field] = seen.value;
  }
  return `${line.trim().slice(0, -1)},${JSON.stringify(plannedColumn)}:${stringifyJson(held)}}`;
}
