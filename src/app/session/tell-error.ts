import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { createRedact } from '../../core/redact.ts';
import { errorJson, errorText, unexpectedErrorText } from '../../report/error-text.ts';
import { speech } from './context.ts';
import { print, tell } from './output.ts';
import { toolVersion } from './version.ts';

/** Says what went wrong: for people on stderr, with `--json` also for scripts on stdout. Resolves with the exit code. */
export async function tellError(error: unknown, words: readonly string[]): Promise<ExitCode> {
  const { paint, columns } = await speech({ color: !words.includes('--no-color') }, process.stderr);
  const redact = createRedact(environmentSecrets());
  const json = words.includes('--json');
  if (error instanceof OppatchError) {
    tell(errorText(error, paint, { columns, redact }));
    if (json) print(JSON.stringify(errorJson(error, redact)));
    return error.exitCode;
  }
  const verbose = words.includes('--verbose') || words.includes('-v');
  tell(unexpectedErrorText(error, paint, { columns, redact, version: toolVersion(), verbose }));
  if (json) {
    const message = error instanceof Error ? error.message : String(error);
    print(JSON.stringify(errorJson(new OppatchError('internal-error', message, { exitCode: 1 }), redact)));
  }
  return 1;
}

/** Values of environment variables that hold credentials, whatever account is in use. */
function environmentSecrets(): string[] {
  const names = /(_ACCESS_KEY|_SECRET_KEY|_API_KEY|_ACCESS_TOKEN|_REFRESH_TOKEN|_CLIENT_SECRET)$/;
  return Object.entries(process.env).flatMap(([name, value]) =>
    names.test(name) && value !== undefined ? [value] : [],
  );
}
