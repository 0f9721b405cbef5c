import { InvalidArgumentError, type Command } from 'commander';
import { readAssignment } from '../../app/edits/set-words.ts';
import type { RetryOptions } from '../../app/history/retry-run.ts';
import { rowStatuses } from '../../core/outcome.ts';
import { parseMapping } from '../../input/mapping.ts';
import { addParts, sendingCodes, type Invocation } from '../command-parts.ts';
import { repeatable } from '../flags/flags.ts';

const statuses: readonly string[] = rowStatuses.filter((status) => status !== 'applied' && status !== 'unchanged');

export function addRetry(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('retry')
    .summary('a new run of the rows that were not applied')
    .description(
      'Begins a new run of the rows of RUN that were not applied, without any file: all of them, or one group, corrected on the way. `oppatch runs RUN` shows the groups and the command for each.',
    )
    .argument('<run>', 'id of the run, or a unique part of it')
    .addOption(repeatable('--only-code <code>', 'only rows that ended with this code'))
    .addOption(repeatable('--only-field <header>', 'only rows that failed by this column'))
    .addOption(repeatable('--only-status <status>', `only rows of this status: ${statuses.join(', ')}`, readStatus))
    .addOption(repeatable('--set <field=value>', 'write this instead of what the rows say', readAssignment))
    .addOption(repeatable('--map <header=field>', 'this column writes that field', parseMapping))
    .addOption(repeatable('--ignore <header>', 'leave this column out'))
    .option('--include-in-doubt', 'also the rows that may have been applied (could apply them twice)');
  addParts(command, {
    options: ['reading', 'limit', 'skipInvalid', 'account', 'refresh', 'begin', 'send', 'merge', 'output'],
    examples: `
  oppatch retry 20261121T021530Z-x7f3
  oppatch retry x7f3 --only-code bad-value --only-field stage --set stage=Won
  oppatch retry x7f3 --only-status failed --yes --json`,
    exitCodes: sendingCodes,
  });
  command.action(async (id: string, options: RetryOptions) => {
    const { retry } = await import('../../app/history/retry-run.ts');
    end(await retry(host, id, options));
  });
}

function readStatus(text: string): string {
  if (!statuses.includes(text)) throw new InvalidArgumentError(`Write one of ${statuses.join(', ')}.`);
  return text;
}
