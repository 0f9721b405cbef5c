import type { Command } from 'commander';
import { exitCodes, type ExitCode } from '../core/exit-code.ts';
import type { Host } from '../host.ts';
import { sharedOptions } from './flags/flags.ts';

/** One call of the program, as each command gets it. */
export interface Invocation {
  readonly host: Host;
  /** Says what the program is to end with; 0 where no command says anything. */
  readonly end: (code: ExitCode) => void;
}

/** Adds what stands behind a command's own options: shared ones, in this order, then the end of its help. `examples`: lines, the first of them empty. */
export function addParts(
  command: Command,
  {
    options = [],
    examples,
    exitCodes: codes,
  }: {
    readonly options?: readonly (keyof typeof sharedOptions)[];
    readonly examples?: string;
    readonly exitCodes: readonly ExitCode[];
  },
): Command {
  for (const name of options) sharedOptions[name](command);
  const meanings = codes.map((code) => `\n  ${String(code).padStart(3)}  ${exitCodes[code]}`).join('');
  const shown = examples === undefined ? '' : `\nExamples:${examples}\n`;
  return command.addHelpText('after', `${shown}\nExit codes:${meanings}`);
}

/** Of commands that send. */
export const sendingCodes = [0, 2, 3, 4, 5, 6, 7, 11, 129, 130, 143] as const satisfies readonly ExitCode[];
