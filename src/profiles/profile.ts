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

/** What each member may be, in the order in which they are stored. */
const forms: { readonly [Name in keyof Profile]-?: (value: unknown, whole: Part) => value is Profile[Name] } = {
  name: (value): value is string => isText(value) && nameForm.test(value),
  vendor: isText,
  settings: isTexts,
  baseUrl: orAbsent(isText),
  rates: isTextList,
  map: isTexts,
  ignore: orAbsent(isTextList),
  idColumn: orAbsent(isText),
  decimalMark: orAbsent(oneOf(decimalMarks)),
  dateOrder: orAbsent(oneOf(dateOrders)),
  quotaStore: orAbsent(isText),
  reservePercent: orAbsent(isPercent),
  proxy: orAbsent(isText),
  proxyHasSecret: orAbsent(oneOf([true])),
  ca: orAbsent(isText),
  production: (value): value is boolean => typeof value === 'boolean',
  credentialSource: oneOf(credentialSources),
  environmentNames: orAbsent(isTexts),
  secretCommand: (value, { credentialSource }): value is string | undefined =>
    credentialSource === 'command' ? isText(value) && value.trim() !== '' : value === undefined,
  sending: orAbsent(isText),
  createdAt: isText,
};

/** A profile as it stands in the file, or what is wrong with it. */
export function readProfile(value: unknown): Profile | { readonly problem: string } {
  if (!isPart(value)) return { problem: 'a profile is not an object' };
  const { name, proxyHasSecret } = value;
  if (!isText(name)) return { problem: 'a profile has no name' };
  const whole: Part = { ...value, proxyHasSecret: proxyHasSecret === true ? true : undefined };
  const members: [string, unknown][] = [];
  for (const [key, fits] of Object.entries(forms)) {
    if (!fits(whole[key], whole)) return { problem: `${JSON.stringify(printable(name))} has no valid "${key}"` };
    if (whole[key] !== undefined) members.push([key, whole[key]]);
  }
  return Object.fromEntries(members) as unknown as Profile;
}

function orAbsent<T>(form: (value: unknown) => value is T) {
  return (value: unknown): value is T | undefined => value === undefined || form(value);
}

function oneOf<T>(known: readonly T[]) {
  return (value: unknown): value is T => (known as readonly unknown[]).includes(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isPart(value) && Object.values(value).every(isText);
}

function isPercent(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 99;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
