import type { Directories } from '../../core/directories.ts';
import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';
import type { AccountOptions, OutputOptions } from '../session/options.ts';

export type DoctorOptions = AccountOptions & OutputOptions & { readonly offline?: true };

/** What a check looks at. */
export interface DoctorTarget {
  readonly host: Host;
  readonly directories: Directories;
  readonly options: DoctorOptions;
}

export interface Finding {
  /** `warning`: it works, and may not for long; changes no exit code. */
  readonly level: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to type or do. */
  readonly remedy?: string;
  /** The account that it is about. */
  readonly profile?: string;
  /** Of an error that is about credentials. */
  readonly credentials?: true;
  /** Of an error that is about the network. */
  readonly network?: true;
}

/** One thing that `oppatch doctor` looks at. It finds, and leaves nothing behind. */
export interface DoctorCheck {
  /** Stable, for scripts. */
  readonly name: string;
  readonly run: (target: DoctorTarget) => Promise<readonly Finding[]>;
}

export function finding(level: Finding['level'], message: string, remedy?: string): Finding {
  return { level, message, ...(remedy === undefined ? {} : { remedy }) };
}

/** What a check threw, as a finding; a defect is thrown on. */
export function findingOf(error: unknown): Finding {
  if (!(error instanceof OppatchError)) throw error;
  const { message, place, hint, exitCode } = error;
  return {
    level: 'error',
    message: place === undefined ? message : `${place}: ${message}`,
    ...(hint === undefined ? {} : { remedy: hint }),
    ...(exitCode === 4 ? { credentials: true } : {}),
    ...(exitCode === 6 ? { network: true } : {}),
  };
}
