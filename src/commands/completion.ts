import { Argument, type Command, type Option } from 'commander';
import { setExitCode } from './exit.ts';
import { exitCodesHelp } from './help.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('shell completion')
    .description('Prints the completion script of a shell.')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  oppatch completion bash > ~/.local/share/bash-completion/completions/oppatch
  oppatch completion zsh > "\${fpath[1]}/_oppatch"
  oppatch completion fish > ~/.config/fish/completions/oppatch.fish
${exitCodesHelp([0, 2])}`,
    )
    .action(async (shell: Shell) => {
      const { print } = await import('./output.ts');
      print(scripts[shell](commandsOf(program)));
      setExitCode(0);
    });
}

interface CompletedCommand {
  /** `apply`, `profile add` */
  readonly path: string;
  readonly summary: string;
  readonly words: readonly string[];
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly choices: readonly string[];
    readonly takesValue: boolean;
    readonly description: string;
  }[];
}

/** Every command with its sub-commands and options, read from the program itself. */
function commandsOf(program: Command, path: readonly string[] = []): CompletedCommand[] {
  const words = program.commands.map((command) => command.name());
  const options = [...program.options].map(completedOption);
  const argumentChoices = program.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const own = {
    path: path.join(' '),
    summary: program.summary() || program.description(),
    words: [...words, ...argumentChoices],
    options,
  };
  return [own, ...program.commands.flatMap((command) => commandsOf(command, [...path, command.name()]))];
}

function completedOption(option: Option): CompletedCommand['options'][number] {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  return {
    flags,
    choices: option.argChoices ?? [],
    takesValue: option.required || option.optional,
    description: option.description,
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const scripts: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: (commands) => `# bash completion of oppatch
_oppatch() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
${commands
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quoted(path.includes(' ') ? path : ` ${path}`)}) command=${quoted(path)} ;;`)
  .join('\n')}
    esac
  done
  case "$command:$previous" in
${commands
  .flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, choices }) => {
        const patterns = flags.map((flag) => quoted(`${path}:${flag}`)).join('|');
        const words =
          choices.length === 0 ? 'compgen -f -- "$current"' : `compgen -W ${quoted(choices.join(' '))} -- "$current"`;
        return `    ${patterns}) mapfile -t COMPREPLY < <(${words}); return ;;`;
      }),
  )
  .join('\n')}
  esac
  case "$command" in
${commands
  .map(({ path, words, options }) => {
    const all = [
      ...words,
      ...options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith('--'))),
      '--help',
    ].join(' ');
    return `    ${quoted(path)}) mapfile -t COMPREPLY < <(compgen -W ${quoted(all)} -- "$current"; compgen -f -- "$current") ;;`;
  })
  .join('\n')}
  esac
}
complete -o filenames -F _oppatch oppatch`,
  zsh: (commands) => `#compdef oppatch
# zsh completion of oppatch
_oppatch() {
  local command='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
${commands
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quoted(path.includes(' ') ? path : ` ${path}`)}) command=${quoted(path)} ;;`)
  .join('\n')}
    esac
  done
  local -a candidates
  case "$command" in
${commands
  .map(({ path, words, options }) => {
    const long = options.flatMap(({ flags, description }) =>
      flags
        .filter((flag) => flag.startsWith('--'))
        .map((flag) => quoted(`${flag}:${description.replaceAll(':', ' ')}`)),
    );
    return `    ${quoted(path)}) candidates=(${[...words.map(quoted), ...long, quoted('--help:help')].join(' ')}) ;;`;
  })
  .join('\n')}
  esac
  _describe 'oppatch' candidates
  _files
}
if [ "$funcstack[1]" = "_oppatch" ]; then _oppatch "$@"; else compdef _oppatch oppatch; fi`,
  fish: (commands) =>
    [
      '# fish completion of oppatch',
      ...commands.flatMap(({ path, words, options }) => {
        const names = path.split(' ').filter((name) => name !== '');
        const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
        const condition = quoted(seen === '' ? '__fish_use_subcommand' : seen);
        return [
          ...words.map((word) => {
            const summary = commands.find((command) => command.path === [...names, word].join(' '))?.summary ?? '';
            return `complete -c oppatch -n ${condition} -a ${quoted(word)} -d ${quoted(summary)}`;
          }),
          ...options.map(({ flags, choices, takesValue, description }) => {
            const spelled = flags
              .map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
              .join(' ');
            const values = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : '';
            return `complete -c oppatch -n ${condition} ${spelled}${values} -d ${quoted(description)}`;
          }),
        ];
      }),
    ].join('\n'),
};
