import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { pid } from '../../core/own-process.ts';
import { proveAccount } from './account-check.ts';
import type { Context } from '../session/context.ts';
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
export async function knownAccount(
  context: Context,
  { timeoutMs }: { readonly timeoutMs?: number } = {},
): Promise<KnownAccount> {
  const path = pathOf(context);
  const kept = await readKept(path);
  if (kept !== undefined) return { name: kept.name ?? undefined, reads: 0 };
  const most = Math.min(timeoutMs ?? longestMs, longestMs);
  const wire = await openWire(context, { timeoutMs: most });
  let reads = 0;
  const counted: Wire['transport'] = {
    send: (request, options) => {
      reads += 1;
      return wire.transport.send(request, options);
    },
  };
  try {
    const { account } = await proveAccount(
      context,
      { ...wire, transport: counted },
      {
        timeoutMs: most,
        signal: AbortSignal.timeout(longestMs),
      },
    );
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
