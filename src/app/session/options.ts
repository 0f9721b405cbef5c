import { defined } from '../../core/defined.ts';
import type { SourceLayout } from '../../core/source-row.ts';
import type { SetRate } from '../../core/duration.ts';
import type { ReadingRules } from '../../core/reading-rules.ts';
import type { QuotaFlags } from '../../profiles/resolve-quota.ts';

/** What a command is asked to do, as its flags or another command say it. */

export interface OutputOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  /** False with `--no-color`. */
  readonly color: boolean;
  /** False with `--no-input`. */
  readonly input: boolean;
}

export interface AccountOptions {
  readonly profile?: string;
  readonly vendor?: string;
  readonly vendorFile?: string;
  readonly baseUrl?: string;
  readonly setting: readonly (readonly [string, string])[];
  readonly rate: readonly SetRate[];
  readonly refresh?: true;
  readonly quotaStore?: string;
  /** `http://[USER:PASSWORD@]HOST:PORT`, or `none`. */
  readonly proxy?: string;
  /** A file of certificates of authorities. */
  readonly ca?: string;
  /** Percent. */
  readonly reserve?: number;
}

export interface InputOptions extends ReadingRules {
  readonly format?: 'csv' | 'tsv' | 'json' | 'ndjson';
  readonly encoding?: string;
  readonly delimiter?: string;
  /** Lines before the header line. */
  readonly skipLines?: number;
  readonly idColumn?: string;
  /** The field whose values the rows carry in place of ids. */
  readonly matchBy?: string;
  readonly map: readonly (readonly [string, string])[];
  readonly ignore: readonly string[];
  readonly ignoreReadOnly?: true;
  readonly set: readonly (readonly [string, string])[];
  readonly clearToken?: string;
  readonly limit?: number;
  readonly skipInvalid?: true;
  /** The edits were worked out before, from a file of this layout: each tells of which row of it. */
  readonly prepared?: SourceLayout;
  /** The rows are some of a file, and tell their numbers and lines in it: those of a retry. */
  readonly numbered?: true;
}

export interface SendOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly confirm?: string;
  readonly blind?: true;
  /** False with `--no-bulk`. */
  readonly bulk: boolean;
  readonly verify?: true;
  readonly merge?: true;
  readonly concurrency?: number;
  readonly maxErrors?: string;
  readonly maxDuration?: number;
  readonly failFast?: true;
  readonly timeout?: number;
  readonly logFile?: string;
  readonly logFormat?: 'text' | 'json';
  /** A shell command, or an http(s) address. */
  readonly notify?: string;
}

export type PlanOptions = AccountOptions &
  InputOptions &
  OutputOptions &
  Pick<SendOptions, 'concurrency' | 'timeout' | 'bulk' | 'merge'> & {
    readonly offline?: true;
    readonly detailedExitcode?: true;
    readonly out?: string;
    /** The page for approval. */
    readonly html?: string;
  };

export type ApplyOptions = AccountOptions &
  InputOptions &
  SendOptions &
  OutputOptions & {
    /** The fingerprint that a saved plan must have. */
    readonly requireApproved?: string;
  };

export type GetOptions = AccountOptions &
  OutputOptions &
  Pick<SendOptions, 'concurrency' | 'timeout'> & { readonly csv?: true; readonly all?: true };

export type ListOptions = AccountOptions &
  OutputOptions &
  Pick<SendOptions, 'concurrency' | 'timeout'> & {
    readonly where: readonly (readonly [string, string])[];
    readonly whereRaw?: string;
    /** With commas between. */
    readonly fields?: string;
    readonly csv?: true;
  };

export type FieldsOptions = AccountOptions & OutputOptions & { readonly offline?: true };

export type TemplateFormat = 'csv' | 'tsv' | 'json' | 'ndjson';

export type TemplateOptions = AccountOptions &
  OutputOptions & {
    readonly offline?: true;
    readonly all?: true;
    readonly fields?: string;
    readonly format?: TemplateFormat;
    readonly force?: true;
  };

/** The part of the options that says how values are read. */
export function readingRules(options: ReadingRules): ReadingRules {
  const { decimalMark, dateOrder, listSeparator, allowDamaged = [], ownForm } = options;
  return {
    ...defined({ decimalMark, dateOrder, listSeparator }),
    ...(allowDamaged.length === 0 ? {} : { allowDamaged }),
    ...(ownForm === undefined ? {} : { ownForm }),
  };
}

/** The choices about the quota that the flags give. */
export function givenQuota({ quotaStore, reserve }: AccountOptions): QuotaFlags {
  return defined({ quotaStore, reservePercent: reserve });
}

/** `10` → 10; `5%` of 200 rows → 10. Undefined for no limit. */
export function mostErrors(text: string | undefined, rows: number): number | undefined {
  if (text === undefined) return undefined;
  return text.endsWith('%') ? Math.floor((Number(text.slice(0, -1)) / 100) * rows) : Number(text);
}
