import { directories } from '../../core/directories.ts';
import { OppatchError } from '../../core/errors.ts';
import { platform } from '../../core/own-process.ts';
import { printable } from '../../core/printable.ts';
import type { Vendor } from '../../core/vendor.ts';
import { environmentValue } from '../../profiles/environment-name.ts';
import { createRedact } from '../../core/redact.ts';
import type { Host } from '../../host.ts';
import { openSecretStores } from '../../profiles/open-secret-stores.ts';
import { openNetwork } from '../session/network.ts';
import { networkOf } from '../../profiles/profile-network.ts';
import { openProfileStore, type ProfileStore } from '../../profiles/profile-store.ts';
import type { CredentialSource, Profile } from '../../profiles/profile.ts';
import { readRefreshToken } from '../../profiles/credentials-json.ts';
import { openInBrowser } from '../../profiles/sign-in-opener.ts';
import { maskSignIn } from '../../profiles/mask-sign-in.ts';
import { moveCredentials } from '../../profiles/save-profile.ts';
import { signIn, signInOf, type SignInWay } from '../../profiles/sign-in.ts';
import { createTransport } from '../../transport/send.ts';
import { createTrace } from '../../transport/trace.ts';
import { chooseStore } from './choose-store.ts';
import { terminalStyle } from '../session/context.ts';
import type { OutputOptions } from '../session/options.ts';
import { writeOut, writeErr } from '../session/output.ts';
import type { StoreName } from './store-names.ts';
import { vendorCalled } from '../session/vendor-called.ts';
import { vendors } from '../../vendors/index.ts';
import { knownVendors } from '../session/known-vendors.ts';
import { toolVersion } from '../session/version.ts';

export interface ProfileLoginOptions extends OutputOptions {
  readonly browser?: true;
  /** False with `--no-open`. */
  readonly open: boolean;
  readonly refreshTokenStdin?: true;
  /** Where the credentials are kept from then on. */
  readonly store?: StoreName;
  /** For this sign-in; else those of the environment and of the profile. */
  readonly proxy?: string;
  readonly ca?: string;
  /** The result is told by the set-up that this sign-in belongs to. */
  readonly partOfSetUp?: true;
}

/** Signs a person in for a stored profile. Throws what went wrong; nothing is stored then. */
export async function signInToProfile(
  host: Host,
  name: string | undefined,
  options: ProfileLoginOptions,
): Promise<void> {
  if (options.browser === true && options.refreshTokenStdin === true) {
    throw new OppatchError('usage', '--browser and --refresh-token-stdin are two ways of signing in.', {
      hint: 'Give one of them, or neither for a device code.',
    });
  }
  const { config } = directories(host.env);
  const store = await openProfileStore(config);
  const stores = openSecretStores(config, host.env, knownVendors(host.env));
  const profile = await chosenProfile(host, name, store);
  const vendor = vendorCalled(host, profile.vendor);
  const { declaration } = signInOf(vendor, profile);
  const secrets = stores(profile, vendor);
  const target = await targetOf(host, options, profile);
  const way = await wayOf(host, options, vendor, declaration.advice);
  const { paint } = await terminalStyle(host, options, 'stderr');
  const stored = (await secrets.get(profile.name)) ?? {};
  const network = await openNetwork(host, options, networkOf(profile, stored));
  const plain = await createTransport({ connections: 1, version: toolVersion(), ...network });
  const known = createRedact([...Object.values(stored), ...network.proxies.secrets]);
  const trace = (line: string): void => writeErr(host, line);
  const redact = (text: string): string => known(maskSignIn(text));
  const transport = options.verbose === true ? createTrace(plain, trace, redact) : plain;
  const { signal, release } = endOnSignals(host);
  try {
    const { endsAtMs, doubts, notes } = await signIn({
      profile,
      vendor,
      env: host.env,
      secrets,
      transport,
      way,
      signal,
    });
    if (options.quiet !== true) for (const note of [...notes, ...doubts]) writeErr(host, `${paint.warn('!')} ${note}`);
    const where = await moveCredentials({ store, secrets: stores }, { profile, vendor, source: target });
    if (options.partOfSetUp === true) writeErr(host, `Signed in. The refresh token is in ${where}.`);
    else if (options.json === true) {
      writeOut(
        host,
        JSON.stringify({
          ok: true,
          profile: profile.name,
          vendor: vendor.name,
          method: way.kind,
          credentials: where,
          access_token_ends_at: new Date(endsAtMs).toISOString(),
          warnings: doubts,
        }),
      );
    } else {
      writeOut(
        host,
        `Signed in: the profile ${profile.name} (${vendor.title}). The refresh token is in ${where}.\nNext: oppatch profile check ${profile.name}`,
      );
    }
  } finally {
    release();
    await plain.close();
  }
}

/** The store that keeps the credentials in the end. */
async function targetOf(
  { env }: Host,
  { store }: ProfileLoginOptions,
  { credentialSource, name, vendor }: Profile,
): Promise<CredentialSource> {
  if (store === undefined) return credentialSource;
  if (store === 'env')
    throw new OppatchError('usage', 'A sign-in gives a refresh token, which the environment cannot take.', {
      hint: 'Use --store keychain or --store file.',
    });
  if (credentialSource === 'command') {
    const message = `The profile ${name} has its credentials from a command; --store does not go with that.`;
    throw new OppatchError('usage', message, {
      hint: `Let the profile keep them: oppatch profile add ${name} --vendor ${vendor} --store ${store} --force`,
    });
  }
  return chooseStore({ store }, env);
}

/** The named one, `OPPATCH_PROFILE`, the one of `profile use`, the only one. */
async function chosenProfile({ env }: Host, name: string | undefined, store: ProfileStore): Promise<Profile> {
  const chosen = name ?? environmentValue(env, 'OPPATCH_PROFILE') ?? (await store.current());
  if (chosen !== undefined) return store.get(chosen);
  const [only, ...others] = await store.list();
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined)
    throw new OppatchError('no-profile', 'There is no profile yet.', {
      hint: `Store one first, with an empty refresh token: oppatch profile add NAME --vendor ${signingIn()}`,
    });
  throw new OppatchError('which-profile', 'There are several profiles, and none is named.', {
    hint: `Type \`oppatch profile login\` with one of ${[only, ...others].map((profile) => profile.name).join(', ')}.`,
  });
}

async function wayOf(host: Host, options: ProfileLoginOptions, vendor: Vendor, advice: string): Promise<SignInWay> {
  if (options.refreshTokenStdin === true) {
    if (host.stdin.isTTY === true) {
      throw new OppatchError('refresh-token-needed', 'The refresh token would be seen on the terminal.', {
        hint: 'Pipe it in: oppatch profile login NAME --refresh-token-stdin < FILE',
      });
    }
    return { kind: 'refresh-token', refreshToken: await readRefreshToken(host.stdin) };
  }
  if (options.browser !== true) {
    return {
      kind: 'device',
      show: ({ url, userCode, lifetimeMs }) => {
        const minutes = Math.max(1, Math.round(lifetimeMs / 60_000));
        writeErr(
          host,
          `To sign in to ${vendor.title}, open this page in a browser, on any device:\n  ${printable(url)}\nand enter the code:\n  ${printable(userCode)}\n${advice} The code is good for ${minutes} min. Waiting; Ctrl-C gives up.`,
        );
      },
    };
  }
  return {
    kind: 'browser',
    show: (url) => {
      writeErr(
        host,
        `To sign in to ${vendor.title}, open this page in a browser on this machine:\n  ${printable(url)}\n${advice} Waiting; Ctrl-C gives up.`,
      );
      if (options.open && options.input) void openInBrowser(url, { platform, env: host.env });
    },
  };
}

/** Ctrl-C and SIGTERM end the sign-in: nothing of it is stored then. */
function endOnSignals(host: Host): { readonly signal: AbortSignal; readonly release: () => void } {
  const end = new AbortController();
  const release = host.onSignal((signal) => {
    release();
    end.abort(
      signal === 'SIGINT'
        ? new OppatchError('cancelled', 'Cancelled; nothing was stored.', { exitCode: 130 })
        : new OppatchError('terminated', 'Ended by a signal; nothing was stored.', {
            exitCode: signal === 'SIGHUP' ? 129 : 143,
          }),
    );
  });
  return { signal: end.signal, release };
}

/** The vendors whose accounts are signed in to: `a|b`. */
function signingIn(): string {
  return vendors.flatMap(({ name, oauth }: Vendor) => (oauth?.signIn === undefined ? [] : [name])).join('|');
}
