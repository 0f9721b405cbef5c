import { createHash } from 'node:crypto';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { isJsonObject, parseJson, stringifyJson, type Json, type JsonObject } from '../../core/json.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { plannedColumn } from '../../core/source-row.ts';
import type { Service, Settings } from '../../core/vendor.ts';
import type { RowPlan } from '../../run/row-planner.ts';
import type { BoundAccount } from '../accounts/bound-account.ts';
import type { Context } from '../session/context.ts';
import type { InputCopy } from '../edits/input-copy.ts';

/**
 * A plan that was saved: a JSON array, one element a line. The first says whose plan it is; the others are edits in the vendor's own form, each
 * with what its fields held when they were planned.
 */
export interface SavedPlan {
  readonly version: 1;
  readonly vendor: string;
  readonly profile: string | null;
  readonly base_url: string;
  readonly account_key: string;
  readonly settings: Settings;
  /** The file that was planned. */
  readonly source: string;
  readonly planned_at: string;
  /** Fields whose values are sent although they look damaged. */
  readonly allow_damaged?: readonly string[];
}

const headMember = 'oppatch_plan';

/** Writes a plan; it takes its place only when it is whole. */
export class PlanWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #service: Service;
  #text: string;

  private constructor(
    path: string,
    file: FileHandle,
    { account, baseUrl }: Context,
    source: string,
    allowDamaged: readonly string[],
  ) {
    this.#path = path;
    this.#file = file;
    this.#service = account.service;
    const head: SavedPlan = {
      version: 1,
      vendor: account.vendor.name,
      profile: account.profileName,
      base_url: baseUrl,
      account_key: account.accountKey,
      settings: account.settings,
      source,
      planned_at: new Date().toISOString(),
      ...(allowDamaged.length === 0 ? {} : { allow_damaged: allowDamaged }),
    };
    this.#text = `[${JSON.stringify({ [headMember]: head })}`;
  }

  /** `allowDamaged`: the vendor's names of fields, for the rows are written by them. */
  static async open(
    path: string,
    context: Context,
    source: string,
    allowDamaged: readonly string[],
  ): Promise<PlanWriter> {
    try {
      return new PlanWriter(path, await open(`${path}.part`, 'w', 0o600), context, source, allowDamaged);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new OppatchError('plan-not-writable', `The plan can't be written (${code}).`, {
        place: path,
        hint: 'Give --out a file in a directory that you may write to.',
        cause: error,
      });
    }
  }

  async add(edit: Edit, plan: Extract<RowPlan, { kind: 'send' }> | undefined): Promise<void> {
    const members: Record<string, Json> = { id: edit.id };
    const changes = plan === undefined ? edit.changes : plan.differences.map(({ change }) => change);
    for (const change of changes) members[this.#column(change)] = change.action === 'clear' ? null : change.value;
    if (plan !== undefined) {
      const held: Record<string, Json> = {};
      for (const { change, before } of plan.differences) if (before !== undefined) held[change.field] = before;
      members[plannedColumn] = held;
    }
    this.#text += `,\n${stringifyJson(members)}`;
    if (this.#text.length > 1 << 16) await this.#flush();
  }

  async finish(): Promise<void> {
    this.#text += ']\n';
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await rename(`${this.#path}.part`, this.#path);
  }

  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(`${this.#path}.part`, { force: true });
  }

  /** Of several columns that write a field, the one that does this to it. */
  #column({ field, action }: Change): string {
    if (action === 'set' || action === 'clear') return field;
    const name = `${field}.${action}`;
    return this.#service.openField?.(name)?.writes === field ? name : field;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#file.write(text);
  }
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
    const bytes = Buffer.alloc(65_536);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const [line = ''] = bytes.toString('utf8', 0, bytesRead).split('\n', 1);
    if (!line.startsWith(`[{"${headMember}":`)) return undefined;
    const head = headOf(line.slice(1).replace(/[,\]]\s*$/, ''));
    if (head?.['version'] === 1) return head as unknown as SavedPlan;
    throw new OppatchError('plan-not-readable', 'This saved plan is of a form that this version does not know.', {
      place: path,
      hint: 'Make it anew with `oppatch plan FILE --out plan.json`.',
      exitCode: 7,
    });
  } finally {
    await file.close();
  }
}

function headOf(text: string): JsonObject | undefined {
  try {
    const parsed = parseJson(text);
    const head = isJsonObject(parsed) ? parsed[headMember] : undefined;
    return isJsonObject(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

/** The account for which the plan was made: it is only sent to that one. */
export function boundOfPlan({ vendor, profile, base_url, account_key, settings }: SavedPlan): BoundAccount {
  return { what: 'The plan', vendor, profile, baseUrl: base_url, accountKey: account_key, settings };
}

/** Puts the edits of a saved plan into a file of the directory. */
export async function keepPlanRows(path: string, directory: string): Promise<InputCopy> {
  const { openSource } = await import('../../input/source.ts');
  const source = await openSource(path, { displayName: path, format: 'json' });
  const copy = 'input.ndjson';
  const hash = createHash('sha256');
  const to = await open(join(directory, copy), 'wx', 0o600);
  let rows = 0;
  try {
    for await (const batch of source.rows()) {
      const lines = batch.flatMap((row) => (row.kind === 'json' && row.row > 1 ? [`${row.text}\n`] : []));
      rows += lines.length;
      const text = lines.join('');
      hash.update(text);
      await to.write(text);
    }
  } finally {
    await to.close();
  }
  if (rows > 0) return { copy, sha256: hash.digest('hex') };
  throw new OppatchError('plan-changes-nothing', 'This plan changes nothing, so there is nothing to send.', {
    place: path,
    exitCode: 2,
  });
}
