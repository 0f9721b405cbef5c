import type { RowIdentity } from '../core/edit.ts';
import { OppatchError } from '../core/errors.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { dateOrders, decimalMarks, type ReadingRules } from '../core/reading-rules.ts';
import type { SourceLayout } from '../core/source-row.ts';
import type { RunWarning } from '../core/run-summary.ts';
import {
  count,
  flag,
  listOf,
  misfit,
  object,
  oneOf,
  optional,
  pair,
  recordOf,
  text,
  type Check,
  type MemberChecks,
} from '../core/member-checks.ts';

/** Of the journals that this version writes and reads. Version 1 had no checksums. */
export const journalVersion = 2;
/** Of a run that may send jobs, which earlier versions of oppatch do not know: what a job did would be sent again. */
export const jobsVersion = 3;

export function isKnownVersion(version: number): version is RunHeader['version'] {
  return version === journalVersion || version === jobsVersion;
}

/** What a run is bound to and needs to go on without its command line. Holds no secret. */
export interface RunHeader {
  /** Of this format. */
  readonly version: typeof journalVersion | typeof jobsVersion;
  /** `20261121T021530Z-x7f3` */
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Of oppatch. */
  readonly tool: string;
  /** `apply`, `set`, `retry` … */
  readonly command: string;
  /** The run that this one goes back to, for `retry`. */
  readonly parent?: string;
  readonly profile: string | null;
  readonly vendor: string;
  readonly baseUrl: string;
  /** A hash that stands for the account; no credential can be read from it. */
  readonly accountKey: string;
  /** As the user gave it; `-` for stdin. */
  readonly source: string;
  readonly input: RunInput;
  /** Settings of the vendor in force. */
  readonly settings: Readonly<Record<string, string>>;
  readonly options: RunOptions;
  /** Told before the first row was sent. */
  readonly warnings?: readonly RunWarning[];
}

export interface RunInput {
  /** File name of the kept copy within the run's directory. */
  readonly copy: string;
  /** Where the original stands, absolute; absent for stdin and for edits that never were a file. */
  readonly path?: string;
  /** SHA-256 of the bytes, hex. A copy that has another one is not believed. */
  readonly sha256: string;
  /** SHA-256 of the person's file, where the ids that its keys lead to were added to the copy. */
  readonly originalSha256?: string;
  /** SHA-256 of the metadata that are kept beside it, hex; absent where the run needs none. */
  readonly metadataSha256?: string;
  /** Rows that the run covers. */
  readonly rows: number;
  /** The highest number of a row, where that is more than `rows`: the rows are some of a file. */
  readonly highestRow?: number;
  readonly format: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  /** Of the person's file, where the kept edits were worked out from it before: result files have its columns. */
  readonly layout?: SourceLayout;
  /** True where the kept rows are some of a file, and tell their numbers and lines in it. */
  readonly numbered?: boolean;
}

export interface RunOptions {
  readonly map: readonly (readonly [string, string])[];
  /** What the profile brings along and the file need not have. */
  readonly optionalMap: readonly (readonly [string, string])[];
  readonly ignore: readonly string[];
  readonly optionalIgnore: readonly string[];
  readonly set: readonly (readonly [string, string])[];
  readonly idColumn?: string;
  /** The field by which opportunities were found; their ids stand in the copy. */
  readonly matchBy?: string;
  readonly clearToken?: string;
  readonly rules?: ReadingRules;
  readonly skipLines?: number;
  readonly ignoreReadOnly?: boolean;
  readonly limit?: number;
  readonly skipInvalid: boolean;
  /** True where current values are not read first. */
  readonly blind?: boolean;
  /** True where each edit is read and sent by itself. */
  readonly noBulk?: boolean;
  /** True where each write is proven by a look at the record. */
  readonly verify?: boolean;
  /** True where successive rows of one id are sent as one. */
  readonly merge?: boolean;
  readonly rates?: readonly string[];
  /** Of each limit, left for others. */
  readonly reservePercent?: number;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly maxErrors?: string;
  readonly maxDurationMs?: number;
  readonly failFast: boolean;
}

const digest: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
/** A file of the run's own directory. */
const fileName: Check = (value) => typeof value === 'string' && /^[^/\\]+$/.test(value) && !/^\.+$/.test(value);

/** Whether it is the layout of a file. */
export const isLayout: Check = (value) =>
  object<{ kind: string }>({ kind: oneOf('json') })(value) ||
  object<Extract<SourceLayout, { kind: 'csv' }>>({
    kind: oneOf('csv'),
    delimiter: text,
    columns: listOf(text),
    lineEnd: optional(oneOf('\n', '\r\n', '\r')),
    byteOrderMark: optional(oneOf(true)),
    titleLines: optional(count),
  })(value);

const inputChecks: MemberChecks<RunInput> = {
  copy: fileName,
  path: optional(text),
  sha256: digest,
  originalSha256: optional(digest),
  metadataSha256: optional(digest),
  rows: count,
  highestRow: optional(count),
  format: oneOf('csv', 'tsv', 'json', 'ndjson'),
  encoding: optional(text),
  delimiter: optional(text),
  layout: optional(isLayout),
  numbered: optional(flag),
};

const ruleChecks: MemberChecks<ReadingRules> = {
  decimalMark: optional(oneOf(...decimalMarks)),
  dateOrder: optional(oneOf(...dateOrders)),
  listSeparator: optional(text),
  allowDamaged: optional(listOf(text)),
  ownForm: optional(oneOf(true)),
};

const optionChecks: MemberChecks<RunOptions> = {
  map: listOf(pair),
  optionalMap: listOf(pair),
  ignore: listOf(text),
  optionalIgnore: listOf(text),
  set: listOf(pair),
  idColumn: optional(text),
  matchBy: optional(text),
  clearToken: optional(text),
  rules: optional(object(ruleChecks)),
  skipLines: optional(count),
  ignoreReadOnly: optional(flag),
  limit: optional(count),
  skipInvalid: flag,
  blind: optional(flag),
  noBulk: optional(flag),
  verify: optional(flag),
  merge: optional(flag),
  rates: optional(listOf(text)),
  reservePercent: optional(count),
  concurrency: optional(count),
  timeoutMs: optional(count),
  maxErrors: optional(text),
  maxDurationMs: optional(count),
  failFast: flag,
};

const rowChecks: MemberChecks<RowIdentity> = { row: count, line: count, id: text };

const warningChecks: MemberChecks<RunWarning> = {
  code: text,
  message: text,
  count,
  rows: listOf(object(rowChecks)),
};

const headerChecks: MemberChecks<RunHeader> = {
  version: oneOf(journalVersion, jobsVersion),
  run: text,
  startedAt: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  tool: text,
  command: text,
  parent: optional(text),
  profile: (value) => value === null || text(value),
  vendor: text,
  baseUrl: (value) => typeof value === 'string' && URL.canParse(value),
  accountKey: digest,
  source: text,
  input: object(inputChecks),
  settings: recordOf(text),
  options: object(optionChecks),
  warnings: optional(listOf(object(warningChecks))),
};

/** The header as far as its members are what they should be; else why it can't be believed. */
export function readHeader(line: string): RunHeader | { readonly misfit: string; readonly version: unknown } {
  const parsed = plainJsonIn(line);
  const name = misfit(parsed, headerChecks);
  const { k: _kind, r: _row, c: _call, n: _number, x: _sum, ...header } = (parsed ?? {}) as Record<string, unknown>;
  return name === undefined ? (header as unknown as RunHeader) : { misfit: name, version: header['version'] };
}

/** Whether the first line of a file is a header of version 1, whose lines had no seal. */
export function isFirstVersion(line: string): boolean {
  if (/,"n":\d+,"x":"[^"]*"\}$/.test(line)) return false;
  const { k, version } = (plainJsonIn(line) ?? {}) as { readonly k?: unknown; readonly version?: unknown };
  return k === 'H' && version === 1;
}

/** A journal of another version than ours, by its name. */
export function otherVersion(path: string, version: unknown): OppatchError {
  return new OppatchError(
    'journal-version',
    `The journal is of format ${String(version)}; this version of oppatch reads the formats ${journalVersion} and ${jobsVersion}.`,
    {
      place: path,
      hint: `Use the version of oppatch that made it. Do not apply its file again: it may have sent rows.`,
      exitCode: 1,
    },
  );
}
