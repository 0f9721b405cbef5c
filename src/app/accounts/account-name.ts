import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { pid } from '../../core/own-process.ts';
import { proveAccount } from './account-check.ts';
import type { Context } from '../session/context.ts';
import type { OutputOptions, SendOptions } from '../session/options.ts';
import { warn } from '../session/session.ts';
import { openWire, type Wire } from '../session/wire.ts';

/** Whom the credentials belong to, as far as it is known before a run. */
export interface KnownAccount {
  /** Undefined where the vendor names nobody, or could not be asked. */
  readonly name: string | undefined;
  /** Why it could not be asked, for people. */
  readonly doubt?: string;
  /** Calls sent to learn it: 0 or 1. */
  readonly reads: number;
}

const keptForMs = 24 * 3_600_000;
const longestMs = 10_000;

/**
 * The account's name, asked of the vendor with one harmless read within the quota, and remembered for a day in the state directory. Throws where the
 * credentials are refused or missing (exit 4); any other failure is a doubt, and costs no more than ten seconds.
 */
async function knownAccount(context: Context, timeoutMs = longestMs): Promise<KnownAccount> {
  const path = pathOf(context);
  const kept = await readKept(path);
  if (kept !== undefined) return { name: kept.name ?? undefined, reads: 0 };
  const most = Math.min(timeoutMs, longestMs);
  const wire = await openWire(context, { timeoutMs: most });
  let reads = 0;
  const counted: Wire['transport'] = {
    send: (request, options) => {
      reads += 1;
      return wire.transport.send(request, options);
    },
  };
  try {
    const limits = { timeoutMs: most, signal: AbortSignal.timeout(longestMs) };
    const { account } = await proveAccount(context, { ...wire, transport: counted }, limits);
    await keep(path, account ?? null).catch(() => undefined);
    return { name: account, reads };
  } catch (error) {
    if (error instanceof OppatchError && error.exitCode === 4) throw error;
    if (error instanceof OppatchError) return { name: undefined, doubt: error.message, reads };
    if (error instanceof DOMException && error.name === 'TimeoutError')
      return { name: undefined, doubt: 'the quota is in use', reads };
    throw error;
  } finally {
    await wire.close();
  }
}

/**
 * Whom the run goes to; says so where that is not known. Nobody is asked with `--blind` and `--yes`: such a run sends its writes and nothing
 * else. Throws where the credentials are refused (exit 4), unless `--yes` is given: then the run begins and stops by that, so that it can be resumed.
 */
export async function showAccount(
  context: Context,
  options: SendOptions & OutputOptions,
): Promise<KnownAccount | undefined> {
  if (options.blind === true && options.yes === true) return undefined;
  const known = await knownAccount(context, options.timeout).catch((error: unknown): undefined => {
    if (options.yes !== true || !(error instanceof OppatchError)) throw error;
  });
  if (known?.doubt !== undefined && options.quiet !== true)
    warn(context, `The account's name is not known: ${known.doubt}`);
  return known;
}

/** `Vendor · Ada Kern (NORTHWIND) · api.vendor.example`. */
export function accountLine({ account, baseUrl }: Context, known: KnownAccount | undefined): string {
  return [account.vendor.title, ...(known?.name === undefined ? [] : [known.name]), new URL(baseUrl).host].join(' · ');
}

/** One small file an account and address; the names stand for no secret. */
function pathOf({ account, baseUrl, directories }: Context): string {
  const name = createHash('sha256').update(`${account.accountKey} ${baseUrl}`).digest('hex').slice(0, 32);
  return join(directories.state, 'accounts', `${name}.json`);
}

async function readKept(path: string): Promise<{ readonly name: string | null } | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const kept = JSON.parse(text) as { readonly name?: unknown; readonly seenAtMs?: unknown } | null;
    const ageMs = Date.now() - Number(kept?.seenAtMs);
    if (!(ageMs >= 0 && ageMs < keptForMs)) return undefined;
    const name = kept?.name;
    return typeof name === 'string' || name === null ? { name } : undefined;
  } catch {
    return undefined;
  }
}

/** Atomic, for its owner only. */
async function keep(path: string, name: string | null): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const passing = `${path}.${pid}.tmp`;
  try {
    await writeFile(passing, JSON.stringify({ name, seenAtMs: Date.now() }), { mode: 0o600 });
    await rename(passing, path);
  } finally {
    await rm(passing, { force: true });
  }
}
