import type { Command } from 'commander';
import { directories } from '../../core/directories.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { printable } from '../../core/printable.ts';
import type { Host } from '../../host.ts';
import type { DoctorCheck, DoctorOptions, Finding, DoctorTarget } from '../../app/doctor/doctor-check.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { addAccountOptions, addOutputOptions } from '../flags/flags.ts';

export function addDoctor(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('doctor')
    .summary('find and explain what would make a run fail')
    .description(
      'Checks Node, directories, locks, profiles, secrets, accounts (one harmless read each), quota store and runs, and says how to fix each finding. Changes nothing.',
    )
    .option('--offline', 'no network: skip the checks that ask vendors');
  addAccountOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch doctor
  oppatch doctor --profile prod
  oppatch doctor --profile prod --json
${exitCodesHelp([0, 2, 4, 6])}`,
  );
  command.action(async (options: DoctorOptions) => end(await doctor(host, options)));
}

/** In the order in which they are told. A new check is a line here. */
async function doctorChecks(): Promise<readonly DoctorCheck[]> {
  const [machine, accounts, runs] = await Promise.all([
    import('../../app/doctor/doctor-machine.ts'),
    import('../../app/doctor/doctor-accounts.ts'),
    import('../../app/doctor/doctor-runs.ts'),
  ]);
  return [
    machine.checkNode,
    machine.checkDirectories,
    machine.checkLocks,
    accounts.checkProfiles,
    accounts.checkSecrets,
    accounts.checkAccounts,
    accounts.checkQuotaStore,
    runs.checkRuns,
  ];
}

async function doctor(host: Host, options: DoctorOptions): Promise<ExitCode> {
  const [{ writeOut }, { terminalStyle }] = await Promise.all([
    import('../../app/session/output.ts'),
    import('../../app/session/context.ts'),
  ]);
  const target: DoctorTarget = { host, directories: directories(host.env), options };
  const found: (Finding & { readonly check: string })[] = [];
  for (const { name, run } of await doctorChecks()) {
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
