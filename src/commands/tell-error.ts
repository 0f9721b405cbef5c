import { CommanderError, type Command } from 'commander';
import { OppatchError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-code.ts';
import { createRedact } from '../core/redact.ts';
import { errorJson, errorText, unexpectedErrorText } from '../report/error-text.ts';
import { speech } from './context.ts';
import { print, tell } from './output.ts';
import { createProgram } from './program.ts';
import { toolVersion } from './version.ts';

/** Says what went wrong: for people on stderr, with `--json` also for scripts on stdout. Resolves with the exit code. */
export async function tellError(error: unknown, words: readonly string[]): Promise<ExitCode> {
  const { paint, columns } = await speech({ color: !words.includes('--no-color') }, process.stderr);
  const redact = createRedact(environmentSecrets());
  const explained = error instanceof CommanderError ? usageError(error, words) : error;
  const json = words.includes('--json');
  if (explained instanceof OppatchError) {
    tell(errorText(explained, paint, { columns, redact }));
    if (json) print(JSON.stringify(errorJson(explained, redact)));
    return explained.exitCode;
  }
  const verbose = words.includes('--verbose') || words.includes('-v');
  tell(unexpectedErrorText(explained, paint, { columns, redact, version: toolVersion(), verbose }));
  if (json) {
    const message = explained instanceof Error ? explained.message : String(explained);
    print(JSON.stringify(errorJson(new OppatchError('internal-error', message, { exitCode: 1 }), redact)));
  }
  return 1;
}

/** A word on the command line that is wrong; `words` are all of them. */
function usageError(error: CommanderError, words: readonly string[]): OppatchError {
  const [first = '', suggestion = ''] = plainMessage(error).split('\n');
  const help = ['oppatch', ...commandPath(createProgram(), words), '--help'].join(' ');
  const hint = `Type \`${help}\` to see what is possible.`;
  return new OppatchError('usage', first.charAt(0).toUpperCase() + first.slice(1), {
    hint: suggestion === '' ? hint : `${suggestion.replace(/^\(|\)$/g, '')} ${hint}`,
  });
}

function plainMessage({ code, message }: CommanderError): string {
  // What Commander throws after it has printed the help of a command that wants a sub-command.
  if (code === 'commander.help') return 'a sub-command is missing';
  return message
    .replace(/^error: /, '')
    .replace(/^command-argument value ('.*') is invalid for argument '(.*?)'\. /s, '$1 is no $2. ')
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

/** Values of environment variables that hold credentials, whatever account is in use. */
function environmentSecrets(): string[] {
  const names = /(_ACCESS_KEY|_SECRET_KEY|_API_KEY|_ACCESS_TOKEN|_REFRESH_TOKEN|_CLIENT_SECRET)$/;
  return Object.entries(process.env).flatMap(([name, value]) =>
    names.test(name) && value !== undefined ? [value] : [],
  );
}
