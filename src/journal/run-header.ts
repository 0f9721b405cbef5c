import type { ReadingRules } from '../core/reading-rules.ts';

/** What a run is bound to and needs to go on without its command line. Holds no secret. */
export interface RunHeader {
  /** Of this format. */
  readonly version: 1;
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
}

export interface RunInput {
  /** File name of the kept copy within the run's directory. */
  readonly copy: string;
  /** Where the original stands, absolute; absent for stdin and for edits that never were a file. */
  readonly path?: string;
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string;
  /** Rows that the run covers. */
  readonly rows: number;
  readonly format: string;
  readonly encoding?: string;
  readonly delimiter?: string;
}

export interface RunOptions {
  readonly map: readonly (readonly [string, string])[];
  /** What the profile brings along and the file need not have. */
  readonly optionalMap: readonly (readonly [string, string])[];
  readonly ignore: readonly string[];
  readonly optionalIgnore: readonly string[];
  readonly set: readonly (readonly [string, string])[];
  readonly idColumn?: string;
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
