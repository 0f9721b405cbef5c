import type { Invocation } from './command-parts.ts';
import { createProgram, everyCommand } from './program.ts';

/** What the list of commands shows of one: `apply [options] <file>` and what it does. */
export interface CommandOutline {
  readonly term: string;
  readonly summary: string;
}

/** Of all commands. The bundle holds what comes out here as plain data, so that `oppatch --help` need not make every option of every command. */
export async function commandOutlines(invocation: Invocation): Promise<readonly CommandOutline[]> {
  const program = createProgram(invocation, await everyCommand());
  const help = program.createHelp();
  return help
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .map((command) => ({ term: help.subcommandTerm(command), summary: help.subcommandDescription(command) }));
}
