import { defined } from '../../core/defined.ts';
import { directories, type Directories } from '../../core/directories.ts';
import { OppatchError } from '../../core/errors.ts';
import { maskedService } from '../../core/masked-service.ts';
import { SecretMask, type Redact } from '../../core/redact.ts';
import { rateText } from '../../core/duration.ts';
import type { Call } from '../../core/call.ts';
import type { Gate } from '../../core/gate.ts';
import type { Authorisation, Credentials, Meter } from '../../core/vendor.ts';
import type { Transport, WireRequest } from '../../core/wire.ts';
import type { Host, HostOutput } from '../../host.ts';
import type { Account } from '../../profiles/resolve.ts';
import type { StoredQuota } from '../../quota/open-permit-store.ts';
import type { MeterUsage } from '../../quota/permit-store.ts';
import type { Paint } from '../../report/paint.ts';
import { writeErr } from './output.ts';
import { toolVersion } from './version.ts';
import { openNetwork, type Network } from './network.ts';
import { givenQuota, type AccountOptions, type OutputOptions } from './options.ts';
import { givenSettings } from './setting-flags.ts';

/**
 * Puts the pieces together for a command: which account, how to reach it, how to speak to the person. The only place that knows all of them.
 */
export interface Context {
  readonly host: Host;
  readonly directories: Directories;
  readonly account: Account;
  /** Checked: https, or http on a loopback host. Without a trailing slash. */
  readonly baseUrl: string;
  readonly network: Network;
  /** Every secret of the session; a token that is obtained on the way joins it. */
  readonly mask: SecretMask;
  readonly redact: Redact;
  readonly paint: Paint;
}

export interface TerminalStyle {
  readonly paint: Paint;
  /** Of the terminal; infinite where the stream is none. */
  readonly columns: number;
}

/** How one of the host's outputs is written to: with colour or without, and how wide it is. */
export async function terminalStyle(
  host: Host,
  options: { readonly color: boolean },
  output: 'stdout' | 'stderr',
): Promise<TerminalStyle> {
  const stream = host[output];
  const { createPaint, wantsColour } = await import('../../report/paint.ts');
  const colour = wantsColour(stream, host.env, { color: options.color });
  // What goes into a file or another program is neither cut nor wrapped.
  return { paint: createPaint({ colour }), columns: columnsOf(stream) };
}

/** Of the terminal; a terminal that does not know its own (0) is taken as one of 80. Infinite where the stream is none. */
export function columnsOf({ isTTY, columns }: HostOutput): number {
  if (isTTY !== true) return Number.POSITIVE_INFINITY;
  return columns === undefined || columns <= 0 ? 80 : columns;
}

/** `offline`: no credentials are needed, placeholders stand in for them. */
export async function openContext(
  host: Host,
  options: AccountOptions & OutputOptions,
  { offline }: { readonly offline: boolean },
): Promise<Context> {
  const places = directories(host.env);
  const [
    { resolveAccount },
    { openProfileStore },
    { openSecretStores },
    { knownVendors, knownVendor, namedFile },
    { checkBaseUrl },
  ] = await Promise.all([
    import('../../profiles/resolve.ts'),
    import('../../profiles/profile-store.ts'),
    import('../../profiles/open-secret-stores.ts'),
    import('./known-vendors.ts'),
    import('../../transport/base-url.ts'),
  ]);
  const vendors = knownVendors(host.env);
  // Without another choice the file that was named is what is meant.
  const ofFile =
    options.vendorFile === undefined || options.profile !== undefined ? undefined : namedFile(host.env)?.name;
  const named = options.vendor ?? ofFile;
  const resolved = await resolveAccount({
    flags: {
      settings: givenSettings(options),
      rates: options.rate.map(rateText),
      quota: givenQuota(options),
      ...defined({ profile: options.profile, vendor: named, baseUrl: options.baseUrl }),
    },
    env: host.env,
    store: await openProfileStore(places.config),
    secrets: openSecretStores(places.config, host.env, vendors),
    vendors,
    vendorNamed: (name) => knownVendor(host.env, name),
    credentialsNeeded: !offline,
  });
  const network = await openNetwork(host, options, resolved);
  const secrets = [...resolved.secrets, ...network.proxies.secrets];
  const mask = new SecretMask(secrets);
  const account = { ...resolved, secrets, service: maskedService(resolved.service, mask) };
  const baseUrl = checkBaseUrl(account.baseUrl);
  const { paint } = await terminalStyle(host, options, 'stderr');
  if (options.quiet !== true)
    for (const note of [...account.notes, ...account.doubts]) writeErr(host, `${paint.warn('!')} ${note}`);
  return {
    host,
    directories: places,
    account,
    baseUrl: baseUrl.href.replace(/\/$/, ''),
    network,
    mask,
    redact: mask.mask,
    paint,
  };
}

export interface Wire {
  /** To be closed when done: connections and quota. */
  readonly transport: Transport;
  readonly gate: Gate;
  readonly authorise: (call: Call) => WireRequest | Promise<WireRequest>;
  readonly renew: (() => Promise<boolean>) | undefined;
  /** Forgets the limits that the vendor stated in refusals and headers; answers with those that hold no more: `10/5s`. */
  readonly forgetStated: () => Promise<readonly string[]>;
  /** The account's meters with what is used of them now, by any program; unused ones where the store cannot say. */
  readonly usage: () => Promise<readonly MeterUsage[]>;
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

function warn({ host, paint }: Context, message: string): void {
  writeErr(host, `${paint.warn('!')} ${message}`);
}

/** The quota of the account, as this process works with it. */
export function storedQuota(context: Context): StoredQuota {
  const { account, directories } = context;
  const { accountKey, reservePercent } = account;
  return {
    // Whoever opens it first finds that it was lost, be it only to look ahead.
    onLoss: (message) => warn(context, message),
    accountKey,
    reservePercent,
    ...metersOf(account),
    lastUsedMs: async () => {
      const [{ lastSentMs }, { runsDirectory }] = await Promise.all([
        import('../../journal/last-sent.ts'),
        import('../../journal/run-directory.ts'),
      ]);
      return lastSentMs(runsDirectory(directories.state), accountKey);
    },
  };
}

export const defaultTimeoutMs = 30_000;

/**
 * The way to the vendor: connections, the quota that all who use the account share, credentials. Rejects with an `OppatchError` where the
 * quota can't be kept.
 */
export async function openWire(
  context: Context,
  options: {
    readonly concurrency: number;
    readonly timeoutMs: number;
    /** Receives every exchange, masked, line by line. */
    readonly trace?: (line: string) => void;
  },
): Promise<Wire> {
  const { account, baseUrl } = context;
  const [
    { createTransport },
    { createTrace },
    { wireRequest },
    { PermitGate },
    { openPermitStore },
    { withReserve },
    { SharedPermits, defaultGraceMs },
    { createTokenSource },
  ] = await Promise.all([
    import('../../transport/send.ts'),
    import('../../transport/trace.ts'),
    import('../../transport/wire-request.ts'),
    import('../../quota/gate.ts'),
    import('../../quota/open-permit-store.ts'),
    import('../../quota/reserve.ts'),
    import('../../quota/shared-permits.ts'),
    import('../../profiles/access-token.ts'),
  ]);
  const { timeoutMs } = options;
  const store = await openPermitStore(account.quotaStore, context.directories.state, {
    ...storedQuota(context),
    callMs: timeoutMs + defaultGraceMs,
  });
  const permits = new SharedPermits({
    store,
    rates: await store.rates(),
    timeoutMs,
    onStated: (rates) =>
      warn(
        context,
        `The vendor states a limit of ${rates.join(' and ')}: it holds from now on. \`oppatch doctor\` forgets it.`,
      ),
  });
  const plain = await createTransport({
    connections: options.concurrency,
    version: toolVersion(),
    ...context.network,
  });
  const tokens = createTokenSource({
    account,
    mask: context.mask,
    transport: plain,
    onDoubt: (doubt) => warn(context, doubt),
  });
  const { trace } = options;
  const traced = trace === undefined ? plain : createTrace(plain, trace, context.redact);
  let last: { readonly credentials: Credentials; readonly authorisation: Authorisation } | undefined;
  const signed = (call: Call, credentials: Credentials): WireRequest => {
    if (last?.credentials !== credentials)
      last = { credentials, authorisation: account.vendor.authorise(credentials, account.settings) };
    return wireRequest(call, baseUrl, last.authorisation);
  };
  return {
    transport: {
      send: traced.send,
      close: async () => {
        await traced.close();
        await permits.close();
      },
    },
    gate: new PermitGate({ permits }),
    authorise: (call) => {
      const credentials = tokens.credentials();
      return credentials instanceof Promise
        ? credentials.then((renewed) => signed(call, renewed))
        : signed(call, credentials);
    },
    renew: tokens.renew,
    usage: async () => {
      const used = await store.usage().catch((error: unknown) => {
        if (!(error instanceof OppatchError)) throw error;
      });
      return used ?? withReserve(metersOf(account).meters, account.reservePercent);
    },
    forgetStated: async () => {
      const before = await store.rates();
      await store.forgetTold();
      const after = new Set((await store.rates()).map(rateText));
      return before.map(rateText).filter((rate) => !after.has(rate));
    },
  };
}

/** True where nobody can answer a question. */
export function mustNotAsk(
  { stdin, stderr }: Host,
  options: { readonly yes?: true; readonly input: boolean },
): boolean {
  return !options.input || stdin.isTTY !== true || stderr.isTTY !== true;
}

export function answerNeeded(command: string): OppatchError {
  return new OppatchError('confirmation-needed', 'Confirmation needed, but stdin is not a terminal.', {
    hint: `${command === 'apply' ? 'Look with `oppatch plan` first' : `Look with \`oppatch ${command} … --dry-run\` first`}, then add --yes: \`oppatch ${command} … --yes\`.`,
  });
}
