import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { createRedact } from '../../core/redact.ts';
import type { Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { environmentName, environmentValue } from '../../profiles/environment-name.ts';
import { errorJson, errorText, unexpectedErrorText } from '../../report/error-text.ts';
import { usableVendors } from './known-vendors.ts';
import { terminalStyle } from './context.ts';
import { writeOut, writeErr } from './output.ts';
import { RunBrokeOff } from './run-broke-off.ts';
import { toolVersion } from './version.ts';

/**
 * Says what went wrong: for people on stderr, with `--json` also for scripts on stdout, beside what is known of the run where one broke off.
 * Resolves with the exit code.
 */
export async function writeError(host: Host, thrown: unknown): Promise<ExitCode> {
  const brokeOff = thrown instanceof RunBrokeOff ? thrown : undefined;
  const error = brokeOff === undefined ? thrown : brokeOff.cause;
  const { args: words } = host;
  const { paint, columns } = await terminalStyle(host, { color: !words.includes('--no-color') }, 'stderr');
  const redact = createRedact(environmentSecrets(host));
  const json = words.includes('--json');
  const verbose = words.includes('--verbose') || words.includes('-v');
  const known = error instanceof OppatchError;
  writeErr(
    host,
    known
      ? errorText(error, paint, { columns, redact })
      : unexpectedErrorText(error, paint, { columns, redact, version: toolVersion(), verbose }),
  );
  if (brokeOff?.next !== undefined) writeErr(host, `Next: ${brokeOff.next}`);
  if (json) {
    const message = error instanceof Error ? error.message : String(error);
    const explained = known ? error : new OppatchError('internal-error', message, { exitCode: 1 });
    writeOut(host, JSON.stringify({ ...brokeOff?.summary, ...errorJson(explained, redact) }));
  }
  return known ? (brokeOff?.summary.exit_code ?? error.exitCode) : 1;
}

/** Values of environment variables that hold credentials, whatever account is in use. */
function environmentSecrets({ env }: Host): string[] {
  const ofVendors = usableVendors(env).flatMap((vendor: Vendor) =>
    vendor.credentials
      .flatMap(({ fields }) => fields.filter(({ secret }) => secret))
      .flatMap(({ name }) => environmentValue(env, environmentName(vendor.name, name)) ?? []),
  );
  const ofProxies = Object.entries(env).flatMap(([name, value = '']) => {
    const userinfo = /_proxy$/i.test(name) ? /^(?:\w+:\/\/)?([^/@]*:([^/@]*))@/.exec(value) : null;
    return userinfo === null ? [] : userinfo.slice(1);
  });
  return [...ofVendors, ...ofProxies];
}
