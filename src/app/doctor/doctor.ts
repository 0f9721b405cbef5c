import { directories } from '../../core/directories.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { printable } from '../../core/printable.ts';
import type { Host } from '../../host.ts';
import { terminalStyle } from '../session/context.ts';
import { writeOut } from '../session/output.ts';
import { checkAccounts, checkProfiles, checkQuotaStore, checkSecrets } from './doctor-accounts.ts';
import type { DoctorCheck, DoctorOptions, DoctorTarget, Finding } from './doctor-check.ts';
import { checkDirectories, checkLocks, checkNode } from './doctor-machine.ts';
import { checkRuns } from './doctor-runs.ts';

/** In the order in which they are told. */
const checks: readonly DoctorCheck[] = [
  checkNode,
  checkDirectories,
  checkLocks,
  checkProfiles,
  checkSecrets,
  checkAccounts,
  checkQuotaStore,
  checkRuns,
];

/** Runs all checks and shows what they find. Resolves with the exit code. */
export async function doctor(host: Host, options: DoctorOptions): Promise<ExitCode> {
  const target: DoctorTarget = { host, directories: directories(host.env), options };
  const found: (Finding & { readonly check: string })[] = [];
  for (const { name, run } of checks) {
    for (const finding of await run(target)) found.push({ check: name, ...finding });
  }
  const exitCode = doctorExitCode(found);
  if (options.json === true) {
    const findings = found.map(({ credentials: _credentials, network: _network, ...finding }) => finding);
    writeOut(host, JSON.stringify({ ok: exitCode === 0, exit_code: exitCode, findings }));
    return exitCode;
  }
  const { paint } = await terminalStyle(host, options, 'stdout');
  const marks = { ok: paint.good('✓'), warning: paint.warn('!'), error: paint.bad('✗') };
  for (const { check, level, message, remedy, profile } of found) {
    if (level === 'ok' && options.quiet === true) continue;
    const about = profile === undefined ? check : `${check} ${profile}`;
    writeOut(host, `${marks[level]} ${printable(about)}: ${printable(message)}`);
    for (const line of remedy?.split('\n') ?? []) writeOut(host, `  ${printable(line)}`);
  }
  return exitCode;
}

/** 2 where the configuration is wrong, 4 where only credentials are, 6 where only the network is; warnings change nothing. */
export function doctorExitCode(findings: readonly Finding[]): ExitCode {
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return 0;
  if (errors.every(({ network }) => network === true)) return 6;
  return errors.every(({ credentials }) => credentials === true) ? 4 : 2;
}
