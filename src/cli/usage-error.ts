import type { Command, CommanderError } from 'commander';
import { OppatchError } from '../core/errors.ts';

/** A word on the command line that is wrong; `words` are all of them. */
export function usageError(program: Command, error: CommanderError, words: readonly string[]): OppatchError {
  const [first = '', suggestion = ''] = plainMessage(error).split('\n');
  const help = ['oppatch', ...commandPath(program, words), '--help'].join(' ');
  const runs = first.endsWith("argument 'run'") ? '`oppatch runs` lists the runs. ' : '';
  const hint = `${runs}Type \`${help}\` to see what is possible.`;
  return new OppatchError('usage', first.charAt(0).toUpperCase() + first.slice(1), {
    hint: suggestion === '' ? hint : `${suggestion.replace(/^\(|\)$/g, '')} ${hint}`,
  });
}

function plainMessage({ code, message }: CommanderError): string {
  // What Commander throws after it has printed the help of a command that wants a sub-command.
  if (code === 'commander.help') return 'a sub-command is missing';
  return message
    .replace(/^error: /, '')
    .replace(/^command-argument value ('.*') is invalid for argument '(.*?)'\. /s, '$1 is not a $2. ')
    .replace(/^option '(-\S, )?(--\S+)[^']*' argument ('.*') is invalid\. /s, '$2 $3 is wrong. ');
}

/** The command, and the sub-commands, that the words name, as far as they are known. */
function commandPath(program: Command, words: readonly string[]): string[] {
  const path: string[] = [];
  let at = program;
  for (const word of words) {
    if (word.startsWith('-')) continue;
    const next = at.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (next === undefined) break;
    path.push(word);
    at = next;
  }
  return path;
}
