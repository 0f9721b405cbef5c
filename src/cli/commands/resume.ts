import { Option, type Command } from 'commander';
import type { ResumeOptions } from '../../app/history/resume-run.ts';
import { addParts, sendingCodes, type Invocation } from '../command-parts.ts';

export function addResume(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('resume')
    .summary('go on with an unfinished run')
    .description(
      'Sends the remaining rows of a run that was stopped or killed. What is known to have been applied is not sent again.',
    )
    .argument('[run]', 'id of the run, or a unique part of it (default: the latest unfinished one)');
  addParts(command, {
    options: ['account', 'send', 'output'],
    examples: `
  oppatch resume
  oppatch resume 20261121T021530Z-x7f3 --max-duration 2h
  oppatch resume x7f3 --rate 10/5s --json`,
    exitCodes: sendingCodes,
  });
  command.addOption(new Option('-y, --yes', 'accepted, as a resume does not ask').hideHelp());
  command.action(async (id: string | undefined, options: ResumeOptions) => {
    const { resume } = await import('../../app/history/resume-run.ts');
    end(await resume(host, id, options));
  });
}
