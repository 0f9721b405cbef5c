import { Argument, type Command, type Option } from 'commander';
import { argumentKinds, optionKinds } from './complete.ts';
import type { CompletedCommand } from '../completion/completed-command.ts';
import { addParts, type Invocation } from '../command-parts.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const scripts = {
  bash: async () => (await import('../completion/completion-bash.ts')).bashCompletion,
  zsh: async () => (await import('../completion/completion-zsh.ts')).zshCompletion,
  fish: async () => (await import('../completion/completion-fish.ts')).fishCompletion,
} as const satisfies Readonly<Record<Shell, unknown>>;

export function addCompletion(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('completion')
    .summary('shell completion')
    .description(
      'Prints the completion script of a shell. It completes commands, options and their values, profiles, vendors, fields and runs; it makes no call.',
    )
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(shells));
  addParts(command, {
    examples: `
  oppatch completion bash > ~/.local/share/bash-completion/completions/oppatch
  oppatch completion zsh > "\${fpath[1]}/_oppatch"
  oppatch completion fish > ~/.config/fish/completions/oppatch.fish`,
    exitCodes: [0, 2],
  });
  command.action(async (shell: Shell) => {
    const { writeOut } = await import('../../app/session/output.ts');
    const script = await scripts[shell]();
    writeOut(host, script(commandsOf(program)));
    end(0);
  });
}

/** Every command with its sub-commands and options, read from the program itself. */
function commandsOf(program: Command, path: readonly string[] = []): CompletedCommand[] {
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
  const words = commands.flatMap((command) => [command.name(), ...command.aliases()]);
  const options = [...program.options].map(completedOption);
  const argumentChoices = program.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const own = {
    path: path.join(' '),
    summary: program.summary() || program.description(),
    words: [...words, ...argumentChoices],
    kind: argumentKinds[path.join(' ')],
    options,
  };
  return [
    own,
    ...commands.flatMap((command) =>
      [command.name(), ...command.aliases()].flatMap((name) => commandsOf(command, [...path, name])),
    ),
  ];
}

function completedOption(option: Option): CompletedCommand['options'][number] {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  return {
    flags,
    choices: option.argChoices ?? [],
    takesValue: option.required || option.optional,
    kind: optionKinds[option.long ?? ''],
    description: option.description,
  };
}
