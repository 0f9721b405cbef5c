import type { CompletedCommand } from './completed-command.ts';

/** The script for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return [
    '# fish completion of oppatch',
    ask,
    ...commands.flatMap(({ path, words, options, kind }) => {
      const names = path.split(' ').filter((name) => name !== '');
      const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
      const condition = quoted(seen === '' ? '__fish_use_subcommand' : seen);
      const own = `complete -c oppatch -n ${condition}`;
      const before =
        names.length === 0 || words.length === 0
          ? seen
          : `${seen}; and not __fish_seen_subcommand_from ${words.join(' ')}`;
      const first = before === '' ? own : `complete -c oppatch -n ${quoted(before)}`;
      return [
        ...words.map((word) => {
          const summary = commands.find((command) => command.path === [...names, word].join(' '))?.summary ?? '';
          return `${first} -a ${quoted(word)} -d ${quoted(summary)}`;
        }),
        ...(kind === undefined ? [] : [`${own} -f -a ${quoted(`(__oppatch_ask ${kind})`)}`]),
        ...options.map((option) => `${own} ${optionWords(option)}`),
      ];
    }),
  ].join('\n');
}

const ask = `function __oppatch_ask
  oppatch complete $argv[1] -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
end`;

function optionWords({ flags, choices, takesValue, kind, description }: CompletedCommand['options'][number]): string {
  const spelled = flags
    .map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
    .join(' ');
  const candidates = kind === undefined ? choices.join(' ') : `(__oppatch_ask ${kind})`;
  const values = candidates === '' ? (takesValue ? ' -r' : '') : ` -x -a ${quoted(candidates)}`;
  return `${spelled}${values} -d ${quoted(description)}`;
}

/** In fish a quote within quotes is escaped in its place. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
