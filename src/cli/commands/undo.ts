import type { Command } from 'commander';
import type { UndoOptions } from '../../app/history/undo-run.ts';
import { addParts, sendingCodes, type Invocation } from '../command-parts.ts';

export function addUndo(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('undo')
    .summary('a new run that puts back what a run changed')
    .description(
      'Begins a new run that puts back the values from before RUN, only in fields that still hold what RUN wrote. What cannot be put back is listed first. An undo can be undone.',
    )
    .argument('<run>', 'id of the run, or a unique part of it');
  addParts(command, {
    options: ['account', 'begin', 'send', 'output'],
    examples: `
  oppatch undo 20261121T021530Z-x7f3 --dry-run
  oppatch undo x7f3 --yes --json`,
    exitCodes: sendingCodes,
  });
  for (const option of command.options) {
    if (option.long === '--dry-run') option.description = 'show before → after and send no write';
    if (option.long === '--blind') option.hideHelp();
  }
  command.action(async (id: string, options: UndoOptions) => {
    const { undo } = await import('../../app/history/undo-run.ts');
    end(await undo(host, id, options));
  });
}
