import { createHash } from 'node:crypto';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crashPoint } from '../../core/crash-point.ts';
import { OppatchError } from '../../core/errors.ts';
import { isJsonObject, jsonIn, stringifyJson, type Json, type JsonObject } from '../../core/json.ts';
import type { Change } from '../../core/edit.ts';
import type { RowEnding } from '../../core/outcome.ts';
import { originColumn, plannedColumn, type SourceLayout, type SourceRow } from '../../core/source-row.ts';
import type { Service, Settings } from '../../core/vendor.ts';
import { listOf, misfit, oneOf, optional, recordOf, text, type MemberChecks } from '../../core/member-checks.ts';
import { isLayout } from '../../journal/run-header.ts';
import type { RowPlan } from '../../run/row-planner.ts';
import { valueSettings, type BoundAccount } from '../accounts/bound-account.ts';
import type { Context } from '../session/context.ts';
import type { Edits } from '../edits/edits.ts';
import type { InputCopy } from '../edits/input-copy.ts';
import { originOf, preparedEdit, preparedRow } from '../edits/prepared-rows.ts';

/**
 * A plan that was saved: a JSON array, one element a line. The first says whose plan it is, the last how many rows it has and what its fingerprint is;
 * between them stands every row of the file: an edit in the vendor's own form, with what its fields held when it was planned, or how it ended.
 */
export interface SavedPlan {
  readonly version: typeof planVersion;
  readonly vendor: string;
  readonly profile: string | null;
  readonly base_url: string;
  readonly account_key: string;
  /** Those that say what cells mean; none that decides where or how calls are sent. */
  readonly settings: Settings;
  /** The file that was planned, and how it is written. */
  readonly source: string;
  readonly layout: SourceLayout;
  readonly planned_at: string;
  /** Fields whose values are sent although they look damaged. */
  readonly allow_damaged?: readonly string[];
}

const planVersion = 2;
const headMember = 'oppatch_plan';
const endMember = 'oppatch_plan_end';

/** Puts together what a plan would send: the same rows planned for the same account have the same fingerprint, wherever they are kept. */
export class PlanFingerprint {
  readonly #hash = createHash('sha256');

  constructor({ vendor, base_url, account_key, settings, allow_damaged = [] }: FingerprintHead) {
    const sorted = Object.entries(settings).toSorted(([left], [right]) => (left < right ? -1 : 1));
    this.#hash.update(`${JSON.stringify([vendor, base_url, account_key, sorted, allow_damaged])}\n`);
  }

  /** `edit`: its members with its row's number, none of its origin. */
  add(edit: JsonObject, ended: RowEnding | undefined): void {
    const { row, id } = edit;
    this.#hash.update(`${stringifyJson(ended === undefined ? edit : { row, id, status: ended.status })}\n`);
  }

  /** To be asked once. */
  text(): string {
    return this.#hash.digest('hex').slice(0, 32);
  }
}

type FingerprintHead = Pick<SavedPlan, 'vendor' | 'base_url' | 'account_key' | 'settings' | 'allow_damaged'>;

/** Takes the rows of a plan, and keeps them in a file where one is asked for; it takes its place only when it is whole. */
export class PlanWriter {
  readonly #path: string | undefined;
  readonly #file: FileHandle | undefined;
  readonly #service: Service;
  readonly #fingerprint: PlanFingerprint;
  #rows = 0;
  #text: string;

  private constructor(target: { path: string; file: FileHandle } | undefined, { account }: Context, head: SavedPlan) {
    this.#path = target?.path;
    this.#file = target?.file;
    this.#service = account.service;
    this.#fingerprint = new PlanFingerprint(head);
    this.#text = `[${JSON.stringify({ [headMember]: head })}`;
  }

  /** `path`: undefined where only the fingerprint is wanted. */
  static async open(path: string | undefined, context: Context, source: string, edits: Edits): Promise<PlanWriter> {
    const { account, baseUrl } = context;
    const head: SavedPlan = {
      version: planVersion,
      vendor: account.vendor.name,
      profile: account.profileName,
      base_url: baseUrl,
      account_key: account.accountKey,
      settings: valueSettings(account.vendor, account.settings),
      source,
      layout: edits.layout,
      planned_at: new Date().toISOString(),
      // The rows are written by the vendor's names of fields.
      ...(edits.damageAllowed.length === 0 ? {} : { allow_damaged: edits.damageAllowed }),
    };
    try {
      const target = path === undefined ? undefined : { path, file: await open(`${path}.part`, 'w', 0o600) };
      return new PlanWriter(target, context, head);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new OppatchError('plan-not-writable', `The plan can't be written (${code}).`, {
        place: path ?? '',
        hint: 'Give --out a file in a directory that you may write to.',
        cause: error,
      });
    }
  }

  /** A row that is to be sent, or how it ended already. `edit`: undefined for a row that is not an edit. */
  async add(source: SourceRow, row: PlannedFileRow): Promise<void> {
    const { plan, ended } = row;
    const members: Record<string, Json> = { id: row.id };
    const changes = plan === undefined ? row.changes : plan.differences.map(({ change }) => change);
    const columns: Record<string, string> = {};
    for (const change of changes) {
      const member = this.#column(change);
      members[member] = change.action === 'clear' ? null : change.value;
      if (change.column !== member) columns[member] = change.column;
    }
    if (plan !== undefined) {
      const held: Record<string, Json> = {};
      for (const { change, before, secret } of plan.differences)
        // What holds a secret is not kept, and so can't be compared.
        if (before !== undefined && secret === undefined) held[change.field] = before;
      members[plannedColumn] = held;
    }
    this.#fingerprint.add({ row: source.row, ...members }, ended);
    this.#rows += 1;
    if (this.#file === undefined) return;
    this.#text += `,\n${stringifyJson({ ...members, [originColumn]: originOf(source, ended, columns) })}`;
    if (this.#text.length > 1 << 16) await this.#flush();
  }

  /** Puts the file in place. Resolves with the fingerprint. */
  async finish(): Promise<string> {
    const fingerprint = this.#fingerprint.text();
    if (this.#file === undefined || this.#path === undefined) return fingerprint;
    this.#text += `,\n${JSON.stringify({ [endMember]: { rows: this.#rows, fingerprint } })}]\n`;
    await this.#flush();
    crashPoint('plan-written');
    await this.#file.sync();
    await this.#file.close();
    await rename(`${this.#path}.part`, this.#path);
    return fingerprint;
  }

  async abandon(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.close().catch(() => undefined);
    await rm(`${this.#path}.part`, { force: true });
  }

  /** Of several columns that write a field, the one that does this to it. */
  #column({ field, action }: Change): string {
    if (action === 'set' || action === 'clear') return field;
    const { fields, openField } = this.#service;
    const column = fields.find((one) => one.writes === field && one.action === action);
    if (column !== undefined) return column.name;
    const name = `${field}.${action}`;
    return openField?.(name)?.writes === field ? name : field;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#file?.write(text);
  }
}

export interface PlannedFileRow {
  readonly id: string;
  readonly changes: readonly Change[];
  /** What is to be sent by what was read. */
  readonly plan?: Extract<RowPlan, { kind: 'send' }> | undefined;
  readonly ended?: RowEnding | undefined;
}

/** The head of a saved plan, or undefined where the file is none. Reads its first line only. */
export async function readSavedPlan(path: string): Promise<SavedPlan | undefined> {
  // A pipe can be opened only once, and what can't be read is told by whoever reads the edits.
  const isFile = await stat(path)
    .then((found) => found.isFile())
    .catch(() => false);
  const file = isFile ? await open(path, 'r').catch(() => undefined) : undefined;
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(1 << 20);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const [line = ''] = bytes.toString('utf8', 0, bytesRead).split('\n', 1);
    if (!line.startsWith(`[{"${headMember}":`)) return undefined;
    const head = headOf(line.slice(1).replace(/[,\]]\s*$/, ''));
    const wrong = misfit(head, headChecks);
    if (wrong === undefined) return head as unknown as SavedPlan;
    const reason =
      head?.['version'] === planVersion ? `its member "${wrong}" is not what it should be` : 'it is of another version';
    throw notReadable(path, reason);
  } finally {
    await file.close();
  }
}

function headOf(text: string): JsonObject | undefined {
  const parsed = jsonIn(text);
  const head = isJsonObject(parsed) ? parsed[headMember] : undefined;
  return isJsonObject(head) ? head : undefined;
}

const headChecks: MemberChecks<SavedPlan> = {
  version: oneOf(planVersion),
  vendor: text,
  profile: (value) => value === null || text(value),
  base_url: (value) => typeof value === 'string' && URL.canParse(value),
  account_key: text,
  settings: recordOf(text),
  source: text,
  layout: isLayout,
  planned_at: text,
  allow_damaged: optional(listOf(text)),
};

function notReadable(path: string, reason: string): OppatchError {
  return new OppatchError('plan-not-readable', `This saved plan can't be read: ${reason}.`, {
    place: path,
    hint: 'Plan the file again with `oppatch plan FILE --out plan.json`.',
    exitCode: 7,
  });
}

/** The account for which the plan was made: it is only sent to that one. */
export function boundOfPlan({ vendor, profile, base_url, account_key, settings }: SavedPlan): BoundAccount {
  return { what: 'The plan', vendor, profile, baseUrl: base_url, accountKey: account_key, settings };
}

/**
 * Puts the rows of a saved plan into a file of the directory: all of them, in order, as they were saved, or it rejects with `plan-not-readable`; with
 * `plan-not-approved` where its contents have another fingerprint than the one that is required.
 */
export async function keepPlanRows(
  path: string,
  plan: SavedPlan,
  directory: string,
  approved: string | undefined,
): Promise<InputCopy> {
  const { openSource } = await import('../../input/source.ts');
  const source = await openSource(path, { displayName: path, format: 'json' });
  const copy = 'input.ndjson';
  const hash = createHash('sha256');
  const fingerprint = new PlanFingerprint(plan);
  const to = await open(join(directory, copy), 'wx', 0o600);
  let rows = 0;
  let end: Json | undefined;
  try {
    for await (const batch of source.rows()) {
      let lines = '';
      for (const element of batch) {
        if (element.kind !== 'json' || element.row === 1) continue;
        if (end !== undefined) throw notReadable(path, 'something stands behind its end');
        end = element.members.find(([name]) => name === endMember)?.[1];
        if (end !== undefined) continue;
        const prepared = preparedRow(element, plan.layout, path);
        rows += 1;
        if (prepared.row !== rows) throw notReadable(path, `row ${prepared.row} stands where row ${rows} is due`);
        fingerprint.add(preparedEdit(prepared), prepared.ended);
        lines += `${element.text}\n`;
      }
      hash.update(lines);
      await to.write(lines);
    }
  } finally {
    await to.close();
  }
  if (!isJsonObject(end) || end['rows'] !== rows) throw notReadable(path, 'it is cut, or rows of it are missing');
  const found = fingerprint.text();
  if (approved !== undefined && approved.toLowerCase() !== found)
    throw new OppatchError('plan-not-approved', `The fingerprint of this plan is ${found}, not ${approved}.`, {
      place: path,
      hint: 'What it would send is not what was approved. Look at it again with `oppatch plan`, and have it approved.',
      exitCode: 7,
    });
  if (end['fingerprint'] !== found)
    throw notReadable(path, `it was changed after it was saved, for its contents have the fingerprint ${found}`);
  return { copy, sha256: hash.digest('hex') };
}
