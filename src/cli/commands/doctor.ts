import type { Command } from 'commander';
import type { DoctorOptions } from '../../app/doctor/doctor-check.ts';
import { addParts, type Invocation } from '../command-parts.ts';

export function addDoctor(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('doctor')
    .summary('find and explain what would make a run fail')
    .description(
      'Checks Node, directories, locks, profiles, secrets, accounts (one harmless read each), quota store and runs, and says how to fix each finding. Changes nothing.',
    )
    .option('--offline', 'no network: skip the checks that ask vendors');
  addParts(command, {
    options: ['account', 'output'],
    examples: `
  oppatch doctor
  oppatch doctor --profile prod
  oppatch doctor --profile prod --json`,
    exitCodes: [0, 2, 4, 6],
  });
  command.action(async (options: DoctorOptions) => {
    const { doctor } = await import('../../app/doctor/doctor.ts');
    end(await doctor(host, options));
  });
}
