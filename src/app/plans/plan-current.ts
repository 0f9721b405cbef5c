import { namesOf } from '../../core/names.ts';
import type { Call } from '../../core/call.ts';
import type { Difference } from '../../core/difference.ts';
import { unofferedChoice } from '../../core/edit.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { stringifyJson, type Json } from '../../core/json.ts';
import type { SourceRow } from '../../core/source-row.ts';
import type { Audit } from '../../core/vendor.ts';
import { createPlanText } from '../../report/plan-text.ts';
import type { RecordResult } from '../../run/record-reader.ts';
import { planRow, type RowPlan } from '../../run/row-planner.ts';
import { shellWord } from '../../profiles/owner-only.ts';
import { createPrintableCall, createPrintableCallText } from '../../transport/printable-call.ts';
import { currentParts, callSharing, plannedRecord } from '../records/current-parts.ts';
import { terminalStyle, type Context } from '../session/context.ts';
import { editsOfFile, firstRows, invalidEnding, type EditRow, type ReadRow } from '../edits/edits.ts';
import { EditsTally, WarningTally } from '../edits/edits-tally.ts';
import { expectedOf } from '../edits/prepared-rows.ts';
import { inChunks, inOrder } from '../../core/in-order.ts';
import { invalidRowsError } from '../../report/problems-text.ts';
import { openReadSession } from '../records/read-session.ts';
import { leanHeap } from '../../core/lean-heap.ts';
import { resolveNames } from '../edits/resolve-names.ts';
import { refusedRow, UnofferedChoices } from '../edits/unoffered-choices.ts';
import { LineWriter, writeOut, writeErr } from '../session/output.ts';
import { openPageOutput, stdoutName } from '../session/page-output.ts';
import { PlanPageFile } from './plan-page-file.ts';
import { PlannedValues } from './planned-values.ts';
import { PlanWriter, type PlannedFileRow } from './saved-plan.ts';
import { PlanTally } from './plan-tally.ts';
import { planTotals, writeWarnings } from './plan-totals.ts';
import type { PlanOptions } from '../session/options.ts';
import { addSameIds } from '../edits/same-ids.ts';
import { toolVersion } from '../session/version.ts';

const shownRows = 20;

type PlannedRead = {
  readonly row: ReadRow;
  readonly plan: RowPlan | undefined;
  /** What the vendor warns of in the row, whatever the record holds. */
  readonly heard: readonly Audit[];
};

/** Streams the plan of a file to stdout, with what each field holds now. Invalid rows are an error at the end, after the rows that are valid. */
export async function planCurrent(path: string, file: string, given: Context, options: PlanOptions): Promise<ExitCode> {
  // The rows of its page live, too, and what it waits for is the vendor.
  leanHeap(70);
  const warnings = new WarningTally();
  const editsOf = editsOfFile(path, file, options);
  const { context } = await resolveNames(given, options, editsOf);
  const { host, account, baseUrl, redact } = context;
  const { vendor, settings, credentials } = account;
  /** What the vendor warns of in the row that is read just now. */
  let heard: Audit[] = [];
  const edits = await editsOf(account, (warning) => heard.push(warning));
  const parts = currentParts(account, options);
  const readSession = await openReadSession(context, options);
  const saved = await PlanWriter.open(options.out, context, file, edits);
  const names = namesOf(account.service, account.map);
  const page =
    options.html === undefined ? undefined : new PlanPageFile(await openPageOutput(host, options.html), names, redact);
  /** The page is the result then: stdout carries nothing else. */
  const isPageOut = options.html === stdoutName;
  let whole = false;
  try {
    // Only shown, masked: an access token may not be fetched yet.
    const authorisation = vendor.authorise({ accessToken: 'masked', ...credentials }, settings);
    const printable = createPrintableCall(baseUrl, authorisation);
    const callText = createPrintableCallText(baseUrl, authorisation);
    const tally = new EditsTally(callSharing(account, options));
    const plans = new PlanTally(account.service, names, redact);
    const { paint, columns } = await terminalStyle(host, options, isPageOut ? 'stderr' : 'stdout');
    const text = createPlanText({ paint, columns, shownRows, names, redact });
    const writer = new LineWriter(host);
    const json = options.json === true;

    /** Rows that could not be read, or would be refused. */
    let refused = 0;
    const planned = new PlannedValues();
    const unoffered = new UnofferedChoices(options);
    const planOf = async (source: SourceRow): Promise<PlannedRead> => {
      heard = [];
      const row = edits.read(source);
      const told = heard;
      if ('invalid' in row || row.calls.length === 0 || parts === undefined)
        return { row, plan: undefined, heard: told };
      const { edit } = row;
      if (!unoffered.isRead(edit)) return { row: refusedRow(row), plan: undefined, heard: told };
      const planOfRecord = (result: RecordResult): RowPlan => planRow(edit, result, parts, expectedOf(source));
      const plan = await planned.plan(edits.canonicalId(edit.id), readSession.read(edit), planOfRecord);
      const isRefused = plan.kind === 'ended' && plan.unoffered !== undefined;
      if (unofferedChoice(edit) !== undefined && plan.kind !== 'stopped') unoffered.add(edit, !isRefused);
      return isRefused ? { row: refusedRow(row), plan: undefined, heard: told } : { row, plan, heard: told };
    };
    const source = firstRows(edits.source(), options.limit);
    const most = parts?.bulk?.most;
    for await (const { row, plan, heard: told } of most === undefined
      ? inOrder(source, readSession.concurrency * 2, planOf)
      : inChunks(source, most, planOf)) {
      const failure = readSession.failure();
      if (failure !== undefined) throw failure;
      const sent = sentRow(row, plan);
      tally.add(sent);
      plans.add(row, plan);
      page?.add(row, plan);
      if ('edit' in row) for (const warning of warningsOf(plan, told)) warnings.add(warning, row.edit);
      if (plan?.kind === 'ended' && plan.ending.status !== 'unchanged') refused += 1;
      await saved.add(row.source, plannedFileRow(row, plan));
      if (isPageOut) continue;
      let line: string | undefined;
      if ('invalid' in sent)
        line = json || options.skipInvalid !== true ? undefined : text.invalid(sent.invalid, sent.invalid.problems);
      else if (json) line = jsonLine(sent, plan, callText);
      else if (plan?.kind === 'ended' && plan.ending.status !== 'unchanged')
        line = text.ended(sent.edit, plan.ending, plan.name);
      else line = text.row(sent.edit, sent.calls.map(printable), plannedRecord(plan));
      if (line === undefined) continue;
      const full = writer.line(redact(line));
      if (full !== undefined) await full;
      if (writer.closed && options.out === undefined && page === undefined) return 0;
    }
    await writer.flush();

    const check = tally.result(edits);
    await addSameIds(warnings, edits, check, options);
    if (check.invalid > 0 && options.skipInvalid !== true) throw invalidRowsError(file, check, unoffered.note);
    const fingerprint = await saved.finish();
    const sending = { reads: readSession.calls().reads, concurrency: options.concurrency, online: true };
    const isTold = !json && options.quiet !== true;
    const current = plans.totals;
    const totals =
      isTold || page !== undefined
        ? { ...(await planTotals(check, warnings, context, sending)), ...current }
        : undefined;
    if (page !== undefined && totals !== undefined) {
      await page.finish({
        vendorTitle: vendor.title,
        profile: account.profileName,
        baseUrl,
        source: file,
        plannedAt: new Date().toISOString(),
        tool: toolVersion(),
        fingerprint,
        nextCommand: options.out === undefined ? undefined : approvedCommand(options.out, fingerprint),
        totals,
        fields: current.fields,
      });
    }
    whole = true;
    if (isTold && totals !== undefined) (isPageOut ? writeErr : writeOut)(host, text.totals(totals));
    else writeWarnings(context, check, warnings);
    if (options.quiet !== true && options.ownForm !== true) writeErr(host, `Fingerprint: ${fingerprint}`);
    if (options.out !== undefined && options.quiet !== true)
      writeErr(host, `Saved. Next: oppatch apply ${shellWord(options.out)}`);
    if (page?.path !== undefined && options.quiet !== true) writeErr(host, `Page: ${page.path}`);
    if (refused > 0) return options.detailedExitcode === true ? 2 : 3;
    return options.detailedExitcode === true && check.edits > 0 ? 10 : 0;
  } finally {
    if (!whole) await Promise.all([saved.abandon(), page?.abandon()]);
    await readSession.close();
  }
}

/** What is to be warned of in a row that would be sent: nothing of a column that stays as it is. */
function warningsOf(plan: RowPlan | undefined, told: readonly Audit[]): readonly Audit[] {
  if (plan?.kind === 'blind') return told;
  if (plan?.kind !== 'send') return [];
  const changed = new Set(plan.differences.flatMap(({ change: { column, field } }) => [column, field]));
  return [...told.filter(({ column }) => column === undefined || changed.has(column)), ...plan.warnings];
}

/** What sends just the plan that was approved. */
function approvedCommand(out: string, fingerprint: string): string {
  return `oppatch apply ${shellWord(out)} --require-approved ${fingerprint}`;
}

/** The row as a saved plan keeps it: also where there is nothing to send. */
function plannedFileRow(row: ReadRow, plan: RowPlan | undefined): PlannedFileRow {
  if ('invalid' in row) return { id: row.invalid.id, changes: [], ended: invalidEnding(row.invalid) };
  const { id, changes } = row.edit;
  if (plan?.kind === 'send') return { id, changes, plan };
  if (plan?.kind === 'ended') return { id, changes, ended: plan.ending };
  return { id, changes, ...(row.calls.length === 0 ? { ended: { status: 'unchanged' } } : {}) };
}

/** The row with what would be sent of it. */
function sentRow(row: ReadRow, plan: RowPlan | undefined): ReadRow {
  if ('invalid' in row || plan === undefined || plan.kind === 'blind' || plan.kind === 'stopped') return row;
  const { source, edit } = row;
  if (plan.kind === 'ended') return { source, edit: { ...edit, changes: [] }, calls: [] };
  return { source, edit: { ...edit, changes: plan.differences.map(({ change }) => change) }, calls: plan.calls };
}

function jsonLine({ edit, calls }: EditRow, plan: RowPlan | undefined, callText: (call: Call) => string): string {
  const { row, line, id } = edit;
  const { title, link } = (plan?.kind === 'send' ? plan.planned : plan?.kind === 'ended' ? plan.name : undefined) ?? {};
  const head = JSON.stringify({ row, line, id, title, link }).slice(0, -1);
  const status =
    plan?.kind === 'ended' ? statusMembers(plan.ending) : plan === undefined ? ',"status":"unchanged"' : '';
  const changes =
    plan?.kind === 'send' ? `,"changes":${stringifyJson(plan.differences.map(changeJson))}` : ',"changes":[]';
  return `${head}${status},"calls":[${calls.map(callText).join(',')}]${changes}}`;
}

function statusMembers({ status, code, message }: Extract<RowPlan, { kind: 'ended' }>['ending']): string {
  const told = code === undefined ? '' : `,"code":${JSON.stringify(code)},"message":${JSON.stringify(message ?? '')}`;
  return `,"status":${JSON.stringify(status)}${told}`;
}

/** `before` is left out where it is not known. */
function changeJson({ change: { field, action }, before, after }: Difference): Json {
  return { field, action, ...(before === undefined ? {} : { before }), after };
}
