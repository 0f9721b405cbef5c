import { defined } from '../core/defined.ts';
import { OppatchError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { dateOrders, decimalMarks, type DateOrder, type DecimalMark } from '../core/reading-rules.ts';

const credentialSources = ['keychain', 'file', 'env', 'command'] as const;
export type CredentialSource = (typeof credentialSources)[number];

/** A stored account and how it is used. Holds no secret. */
export interface Profile {
  readonly name: string;
  /** Name of the vendor. */
  readonly vendor: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly baseUrl?: string;
  /** As typed: `25/5s`. None: the vendor's own limits. */
  readonly rates: readonly string[];
  /** Column header → field. */
  readonly map: Readonly<Record<string, string>>;
  /** Columns to leave out. */
  readonly ignore?: readonly string[];
  readonly idColumn?: string;
  /** How the account's files write numbers and dates. */
  readonly decimalMark?: DecimalMark;
  readonly dateOrder?: DateOrder;
  /** `redis://host:port`, without a user or a password. None: on this machine. */
  readonly quotaStore?: string;
  /** Without its user and password, which the secret store keeps: {@link proxyHasSecret}. */
  readonly proxy?: string;
  readonly proxyHasSecret?: true;
  /** A file of certificates of authorities. */
  readonly ca?: string;
  /** Of each limit, left for others: from 0 to 99. */
  readonly reservePercent?: number;
  /** Wants its name typed before anything is sent. */
  readonly production: boolean;
  /** Where the credentials are. `env`: in variables, whose names are in `environmentNames`. `command`: `secretCommand` prints them. */
  readonly credentialSource: CredentialSource;
  /** Credential → name of the environment variable. */
  readonly environmentNames?: Readonly<Record<string, string>>;
  /** A command line for the system's shell. */
  readonly secretCommand?: string;
  /** Of a vendor that a file describes, as it was when the profile was made: `sendingDigest`. */
  readonly sending?: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

const nameForm = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** Throws where this can't be the name of a profile. */
export function checkProfileName(name: string): void {
  if (nameForm.test(name)) return;
  throw new OppatchError('bad-profile-name', `${JSON.stringify(printable(name.slice(0, 80)))} can't name a profile.`, {
    hint: 'Use 1 to 64 letters, digits, `.`, `_` and `-`; the first a letter, a digit or `_`.',
  });
}

type Part = Readonly<Record<string, unknown>>;

/** A profile as it stands in the file, or what is wrong with it. */
export function readProfile(value: unknown): Profile | { readonly problem: string } {
  if (!isPart(value)) return { problem: 'a profile is not an object' };
  const { name, vendor, settings, baseUrl, rates, map, ignore, idColumn, production, createdAt } = value;
  const { environmentNames, secretCommand, quotaStore, reservePercent } = value;
  const decimalMark = decimalMarks.find((mark) => mark === value['decimalMark']);
  const dateOrder = dateOrders.find((order) => order === value['dateOrder']);
  const credentialSource = credentialSources.find((source) => source === value['credentialSource']);
  if (typeof name !== 'string') return { problem: 'a profile has no name' };
  const wrong = (key: string) => ({ problem: `${JSON.stringify(printable(name))} has no valid "${key}"` });
  if (!nameForm.test(name)) return wrong('name');
  if (typeof vendor !== 'string') return wrong('vendor');
  if (!isTexts(settings)) return wrong('settings');
  if (baseUrl !== undefined && typeof baseUrl !== 'string') return wrong('baseUrl');
  if (!isTextList(rates)) return wrong('rates');
  if (!isTexts(map)) return wrong('map');
  if (ignore !== undefined && !isTextList(ignore)) return wrong('ignore');
  if (idColumn !== undefined && typeof idColumn !== 'string') return wrong('idColumn');
  if (value['decimalMark'] !== undefined && decimalMark === undefined) return wrong('decimalMark');
  if (value['dateOrder'] !== undefined && dateOrder === undefined) return wrong('dateOrder');
  if (quotaStore !== undefined && typeof quotaStore !== 'string') return wrong('quotaStore');
  if (reservePercent !== undefined && !isPercent(reservePercent)) return wrong('reservePercent');
  const { proxy, ca, proxyHasSecret, sending } = value;
  if (sending !== undefined && typeof sending !== 'string') return wrong('sending');
  if (proxy !== undefined && typeof proxy !== 'string') return wrong('proxy');
  if (ca !== undefined && typeof ca !== 'string') return wrong('ca');
  if (typeof production !== 'boolean') return wrong('production');
  if (credentialSource === undefined) return wrong('credentialSource');
  if (environmentNames !== undefined && !isTexts(environmentNames)) return wrong('environmentNames');
  const commandFits =
    credentialSource === 'command'
      ? typeof secretCommand === 'string' && secretCommand.trim() !== ''
      : secretCommand === undefined;
  if (!commandFits) return wrong('secretCommand');
  if (typeof createdAt !== 'string') return wrong('createdAt');
  return {
    name,
    vendor,
    settings,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    rates,
    map,
    ...defined({ ignore, idColumn, decimalMark, dateOrder, quotaStore, reservePercent, proxy }),
    ...(proxyHasSecret === true ? { proxyHasSecret } : {}),
    ...(ca === undefined ? {} : { ca }),
    production,
    credentialSource,
    ...(environmentNames === undefined ? {} : { environmentNames }),
    ...(typeof secretCommand === 'string' ? { secretCommand } : {}),
    ...(sending === undefined ? {} : { sending }),
    createdAt,
  };
}

export function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isPart(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isPercent(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 99;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}
