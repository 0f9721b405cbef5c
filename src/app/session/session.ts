import { stat } from 'node:fs/promises';
import { rateText } from '../../core/duration.ts';
import { OppatchError } from '../../core/errors.ts';
import { defaultGraceMs } from '../../core/gate.ts';
import type { Meter } from '../../core/vendor.ts';
import type { Transport } from '../../core/wire.ts';
import type { TokenSource } from '../../profiles/access-token.ts';
import type { Account } from '../../profiles/resolve.ts';
import type { MeterUsage, PermitStore } from '../../quota/permit-store.ts';
import type { Context } from './context.ts';
import { writeErr } from './output.ts';
import { toolVersion } from './version.ts';

/** What the steps of a command share of the account. Each part is opened when it is first asked for, and closed at the command's end. */
export interface Session {
  /** The quota that all who use the account share. Rejects with an `OppatchError` where it can't be kept. */
  readonly permits: () => Promise<PermitStore>;
  readonly wire: () => Promise<SessionWire>;
  /** What is used of the quota now, by any program; undefined where that can't be known, or nothing is kept yet. Makes no file. */
  readonly usage: () => Promise<readonly MeterUsage[] | undefined>;
}

export interface SessionWire {
  readonly transport: Transport;
  readonly tokens: TokenSource;
}

type SessionParts = Omit<Context, 'session'>;

export const defaultTimeoutMs = 30_000;

/** `concurrency`: connections at most, where not what the vendor takes; `timeout`: of a call, in milliseconds. */
export function createSession(
  parts: SessionParts,
  { concurrency, timeout }: { readonly concurrency?: number; readonly timeout?: number },
): Session {
  const { host, account, directories, network, mask } = parts;
  const { vendor, quotaStore } = account;
  const permits = once(async () => {
    const { openPermitStore } = await import('../../quota/open-permit-store.ts');
    const store = await openPermitStore(quotaStore, directories.state, {
      ...storedQuota(parts),
      callMs: Math.max(timeout ?? 0, vendor.callTimeoutMs ?? defaultTimeoutMs) + defaultGraceMs,
    });
    host.endings.push(() => store.close());
    return store;
  });
  const wire = once(async () => {
    const [{ createTransport }, { createTokenSource }] = await Promise.all([
      import('../../transport/send.ts'),
      import('../../profiles/access-token.ts'),
    ]);
    const transport = await createTransport({
      connections: concurrency ?? vendor.concurrency,
      version: toolVersion(),
      ...network,
    });
    host.endings.push(() => transport.close());
    const tokens = createTokenSource({ account, mask, transport, onDoubt: (doubt) => warn(parts, doubt) });
    return { transport, tokens };
  });
  return {
    permits,
    wire,
    usage: async () => {
      const { quotaFile } = await import('../../quota/open-permit-store.ts');
      if (quotaStore === undefined && !(await isFile(quotaFile(directories.state, account)))) return undefined;
      return permits()
        .then((store) => store.usage())
        .catch((error: unknown) => {
          // A forecast works without it; whoever sends gets the error.
          if (!(error instanceof OppatchError)) throw error;
          return undefined;
        });
    },
  };
}

/** One opening for all who ask, and one failure: a store that can't be reached is waited for once. */
function once<Opened>(open: () => Promise<Opened>): () => Promise<Opened> {
  let opening: Promise<Opened> | undefined;
  return () => (opening ??= open());
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

export function warn({ host, paint }: Pick<Context, 'host' | 'paint'>, message: string): void {
  writeErr(host, `${paint.warn('!')} ${message}`);
}

/** The quota of the account, as this process works with it. */
function storedQuota(parts: SessionParts) {
  const { accountKey, reservePercent } = parts.account;
  return {
    // Whoever opens it first finds that it was lost, be it only to look ahead.
    onLoss: (message: string) => warn(parts, message),
    accountKey,
    reservePercent,
    ...metersOf(parts.account),
    lastUsedMs: async () => {
      const [{ lastSentMs }, { runsDirectory }] = await Promise.all([
        import('../../journal/last-sent.ts'),
        import('../../journal/run-directory.ts'),
      ]);
      return lastSentMs(runsDirectory(parts.directories.state), accountKey);
    },
  };
}

/**
 * The rates that the user or the profile set, else the vendor's. A rate that names a unit states a budget of what calls cost. A vendor's meter that `stays` is
 * replaced by a rate of its group or unit only.
 */
export function metersOf({ vendor, rates }: Account): { readonly meters: readonly Meter[]; readonly userSet: boolean } {
  if (rates === undefined) return { meters: vendor.quotas, userSet: false };
  const named = new Set(rates.flatMap(({ group }) => (group === undefined ? [] : [group])));
  const allNamed = rates.every(({ group }) => group !== undefined);
  const kept = vendor.quotas.filter((meter) => {
    const replaced = [meter.group, meter.unit].some((name) => name !== undefined && named.has(name));
    return !replaced && (meter.keptBesideUserRates === true || allNamed);
  });
  const set = rates.map((rate): Meter => {
    const { group, count, windowMs } = rate;
    const priced = vendor.quotas.find(({ unit }) => unit !== undefined && unit === group);
    const window = vendor.quotas.find((meter) => meter.windowMs === windowMs)?.window ?? 'sliding';
    const said = { window, evidence: 'documented', description: 'set by the user' } as const;
    return priced?.unit === undefined
      ? { ...rate, name: rateText(rate), ...said }
      : { count, windowMs, name: priced.name, unit: priced.unit, ...said };
  });
  return { meters: [...set, ...kept], userSet: true };
}
