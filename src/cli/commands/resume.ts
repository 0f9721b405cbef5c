import { Option, type Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { addAccountOptions, addOutputOptions, addSendOptions } from '../flags/flags.ts';
import type { ResumeOptions } from '../../app/history/resume-run.ts';

export function addResume(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('resume')
    .summary('go on with an unfinished run')
    .description(
      'Sends the remaining rows of a run that was stopped or killed. What is known to have been applied is not sent again.',
    )
    .argument('[run]', 'id of the run, or a unique part of it (default: the latest unfinished one)');
  addAccountOptions(command);
  addSendOptions(command);
  addOutputOptions(command);
  command.addOption(new Option('-y, --yes', 'accepted, as a resume does not ask').hideHelp());
  command.addHelpText(
    'after',
    `
Examples:
  oppatch resume
  oppatch resume 20261121T021530Z-x7f3 --max-duration 2h
  oppatch resume x7f3 --rate 10/5s --json
${exitCodesHelp([0, 2, 3, 4, 5, 6, 7, 11, 129, 130, 143])}`,
  );
  command.action(async (id: string | undefined, options: ResumeOptions) => {
    const { resume } = await import('../../app/history/resume-run.ts');
    end(await resume(host, id, options));
  });
}
