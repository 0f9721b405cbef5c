import type { CandidateKind } from './candidate-kinds.ts';
import { shellQuoted } from '../../app/session/shell-quoted.ts';

/** A command as the scripts see it, read from the program itself. */
export interface CompletedCommand {
  /** `apply`, `profile add` */
  readonly path: string;
  readonly summary: string;
  /** Of sub-commands and fixed arguments. */
  readonly words: readonly string[];
  /** What `oppatch complete` is asked for its arguments. */
  readonly kind: CandidateKind | undefined;
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly choices: readonly string[];
    readonly takesValue: boolean;
    /** What `oppatch complete` is asked for its value. */
    readonly kind: CandidateKind | undefined;
    readonly description: string;
  }[];
}

/** Cases that find the command among the words before the one that is completed, for bash and zsh. */
export function pathCases(commands: readonly CompletedCommand[]): string {
  return commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => `      ${shellQuoted(path.includes(' ') ? path : ` ${path}`)}) command=${shellQuoted(path)} ;;`)
    .join('\n');
}

/** Cases that complete the arguments of a command by what `oppatch complete` gives, for bash and zsh. */
export function argumentCases(commands: readonly CompletedCommand[]): string {
  return commands
    .filter(({ kind }) => kind !== undefined)
    .map(({ path, kind }) => `      ${shellQuoted(path)}) _oppatch_ask ${kind} ;;`)
    .join('\n');
}

/**
 * Cases that complete the value of an option, for bash and zsh: what `oppatch complete` gives, files, or its choices. `files` and `listed` are what
 * the shell does for the latter two.
 */
export function valueCases(
  { path, options }: CompletedCommand,
  files: string,
  listed: (choices: readonly string[]) => string,
): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices, kind }) => {
      const patterns = flags.map((flag) => shellQuoted(`${path}:${flag}`)).join('|');
      const offer = kind === undefined ? (choices.length === 0 ? files : listed(choices)) : `_oppatch_ask ${kind}`;
      return `    ${patterns}) ${offer}; return ;;`;
    });
}
