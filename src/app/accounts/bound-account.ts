import { OppatchError } from '../../core/errors.ts';
import type { Settings, Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { passingCredentials } from '../../profiles/account-key.ts';
import { openContext, type Context } from '../session/context.ts';
import { knownVendor } from '../session/known-vendors.ts';
import type { AccountOptions } from '../session/options.ts';

/** What a saved plan or an earlier run says of the account that it belongs to. */
export interface BoundAccount {
  /** For people: `The plan`, `The run 2026…`. */
  readonly what: string;
  readonly vendor: string;
  /** Null for credentials of the environment. */
  readonly profile: string | null;
  readonly baseUrl: string;
  readonly accountKey: string;
  readonly settings: Settings;
}

/** The options with what the file may decide: which profile is meant, and the settings that say what cells mean. */
export function boundOptions<T extends AccountOptions>({ env }: Pick<Host, 'env'>, bound: BoundAccount, options: T): T {
  const named = options.profile !== undefined || options.vendor !== undefined;
  const vendor = knownVendor(env, bound.vendor);
  const values = Object.entries(valueSettings(vendor, bound.settings));
  const account = named ? {} : bound.profile === null ? { vendor: bound.vendor } : { profile: bound.profile };
  return { ...options, ...account, setting: [...values, ...options.setting] };
}

/**
 * Opens the account of a plan or a run. Where calls and credentials go, how they are sent and what may be repeated is decided by the profile and the
 * flags of now, never by the file: where it says something else, this rejects with `other-account` (exit 7), before anything is sent. `options` are
 * those of {@link boundOptions}.
 */
export async function openBoundAccount(
  host: Host,
  bound: BoundAccount,
  options: Parameters<typeof openContext>[1],
): Promise<Context> {
  const context = await openContext(host, options, { offline: false });
  if (bound.profile === null && options.profile === undefined && options.baseUrl === undefined) {
    // An address that was typed for credentials of the environment: whoever wrote this key knew them.
    const typed = await openContext(host, { ...options, baseUrl: bound.baseUrl, quiet: true }, { offline: false });
    if (typed.account.accountKey === bound.accountKey && keyProvesOwner(typed.account)) {
      checkBoundAccount(bound, typed);
      return typed;
    }
  }
  checkBoundAccount(bound, context);
  return context;
}

/** Throws where the plan or run belongs to another account than the one at hand. Pure. */
function checkBoundAccount(bound: BoundAccount, { account, baseUrl }: Context): void {
  if (account.vendor.name !== bound.vendor) throw otherAccount(bound, `the vendor now is ${account.vendor.name}`);
  if (normalAddress(bound.baseUrl) !== normalAddress(baseUrl))
    throw otherAccount(bound, `the address now is ${baseUrl}`);
  for (const [name, value] of Object.entries(bound.settings)) {
    if (decidesValues(account.vendor, name) || account.settings[name] === value) continue;
    throw otherAccount(bound, `its setting ${name} is ${value}, and ${account.settings[name] ?? 'unknown'} now`);
  }
  // A new key of the same profile is still the same account.
  const sameProfile = account.profileName !== null && account.profileName === bound.profile;
  if (account.accountKey !== bound.accountKey && !sameProfile)
    throw otherAccount(
      bound,
      `the credentials at hand${account.profileName === null ? '' : ` (profile ${account.profileName})`} are not of it`,
    );
}

/** The settings that say what cells mean. */
export function valueSettings(vendor: Vendor | undefined, settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => decidesValues(vendor, name)));
}

function decidesValues(vendor: Vendor | undefined, name: string): boolean {
  const setting = vendor?.settings.find((one) => one.name === name);
  return setting !== undefined && (setting.role ?? 'values') === 'values';
}

/** Whether the account's key can be made by those only who know its secret. */
function keyProvesOwner({ vendor, credentials }: Context['account']): boolean {
  const secret = new Set(
    vendor.credentials.flatMap(({ fields }) => fields.filter((field) => field.secret).map(({ name }) => name)),
  );
  return Object.keys(credentials).some((name) => secret.has(name) && !passingCredentials.has(name));
}

function normalAddress(text: string): string {
  return URL.canParse(text) ? new URL(text).href.replace(/\/+$/, '') : text;
}

function otherAccount({ what, vendor, profile, baseUrl }: BoundAccount, difference: string): OppatchError {
  const whose = profile === null ? '' : `, profile ${profile}`;
  return new OppatchError(
    'other-account',
    `${what} belongs to another account (${vendor}${whose}, ${baseUrl}): ${difference}. Nothing was sent.`,
    {
      hint: 'If that account is meant, name it, with the address and settings with which it was made; for the account at hand, plan or apply the file itself.',
      exitCode: 7,
    },
  );
}
