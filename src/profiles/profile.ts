import { OppatchError } from '../core/errors.ts';
import { any, count, flag, listOf, misfit, oneOf, optional, text, type MemberChecks } from '../core/member-checks.ts';
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

/** In the order in which they stand in the file. */
const profileChecks: MemberChecks<Profile> = {
  name: (value) => text(value) && nameForm.test(value as string),
  vendor: text,
  settings: isTexts,
  baseUrl: optional(text),
  rates: listOf(text),
  map: isTexts,
  ignore: optional(listOf(text)),
  idColumn: optional(text),
  decimalMark: optional(oneOf(...decimalMarks)),
  dateOrder: optional(oneOf(...dateOrders)),
  quotaStore: optional(text),
  reservePercent: optional((value) => count(value) && (value as number) <= 99),
  proxy: optional(text),
  proxyHasSecret: any,
  ca: optional(text),
  production: flag,
  credentialSource: oneOf(...credentialSources),
  environmentNames: optional(isTexts),
  secretCommand: optional(text),
  sending: optional(text),
  createdAt: text,
};

/** A profile as it stands in the file, or what is wrong with it. */
export function readProfile(value: unknown): Profile | { readonly problem: string } {
  if (!isPart(value)) return { problem: 'a profile is not an object' };
  const { name, credentialSource, secretCommand, proxyHasSecret } = value;
  if (typeof name !== 'string') return { problem: 'a profile has no name' };
  const commandFits =
    credentialSource === 'command'
      ? typeof secretCommand === 'string' && secretCommand.trim() !== ''
      : secretCommand === undefined;
  const wrong = misfit(value, profileChecks) ?? (commandFits ? undefined : 'secretCommand');
  if (wrong !== undefined) return { problem: `${JSON.stringify(printable(name))} has no valid "${wrong}"` };
  const known = { ...value, proxyHasSecret: proxyHasSecret === true ? true : undefined };
  return Object.fromEntries(
    Object.keys(profileChecks).flatMap((key): [string, unknown][] => {
      const member = known[key as keyof typeof known];
      return member === undefined ? [] : [[key, member]];
    }),
  ) as unknown as Profile;
}

export function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isPart(value) && Object.values(value).every((text) => typeof text === 'string');
}
