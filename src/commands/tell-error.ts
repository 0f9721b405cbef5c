import { CommanderError } from 'commander';
import { OppatchError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-code.ts';
import { createRedact } from '../core/redact.ts';
import { errorJson, errorText, unexpectedErrorText } from '../report/error-text.ts';
import { speech } from './context.ts';
import { print, tell } from './output.ts';
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

/** A word on the command line that is wrong. */
function usageError(error: CommanderError, words: readonly string[]): OppatchError {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const command = words.find((word) => !word.startsWith('-'));
  const known = error.code === 'commander.unknownCommand' ? undefined : command;
  const help = `Type \`oppatch ${known === undefined ? '' : `${known} `}--help\` to see what is possible.`;
  const hint = suggestion === undefined || suggestion === '' ? help : `${suggestion.replace(/^\(|\)$/g, '')} ${help}`;
  return new OppatchError('usage', message.charAt(0).toUpperCase() + message.slice(1), { hint });
}

/** Values of environment variables that hold credentials, whatever account is in use. */
function environmentSecrets(): string[] {
  const names = /(_ACCESS_KEY|_SECRET_KEY|_API_KEY|_ACCESS_TOKEN|_REFRESH_TOKEN|_CLIENT_SECRET)$/;
  return Object.entries(process.env).flatMap(([name, value]) =>
    names.test(name) && value !== undefined ? [value] : [],
  );
}
