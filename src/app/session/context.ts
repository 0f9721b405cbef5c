import { defined } from '../../core/defined.ts';
import { directories, type Directories } from '../../core/directories.ts';
import { OppatchError } from '../../core/errors.ts';
import { maskedService } from '../../core/masked-service.ts';
import { SecretMask, type Redact } from '../../core/redact.ts';
import { rateText } from '../../core/duration.ts';
import type { Host, HostOutput } from '../../host.ts';
import type { Account } from '../../profiles/resolve.ts';
import type { Paint } from '../../report/paint.ts';
import { openNetwork, type Network } from './network.ts';
import { givenQuota, type AccountOptions, type OutputOptions } from './options.ts';
import { createSession, warn, type Session } from './session.ts';
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
  readonly session: Session;
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

/** `offline`: no credentials are needed, placeholders stand in for them. `concurrency` and `timeout` (milliseconds): of the command's calls, where not the vendor's. */
export async function openContext(
  host: Host,
  options: AccountOptions & OutputOptions & { readonly concurrency?: number; readonly timeout?: number },
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
  if (options.quiet !== true) for (const note of [...account.notes, ...account.doubts]) warn({ host, paint }, note);
  const parts = {
    host,
    directories: places,
    account,
    baseUrl: baseUrl.href.replace(/\/$/, ''),
    network,
    mask,
    redact: mask.mask,
    paint,
  };
  return { ...parts, session: createSession(parts, options) };
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
