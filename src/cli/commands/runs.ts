import type { Command } from 'commander';
import type { RunsOptions } from '../../app/history/list-runs.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { readDuration } from '../flags/flags.ts';

interface PruneOptions {
  readonly olderThan: number;
  readonly unfinished?: true;
}

export function addRuns(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('runs')
    .summary('list runs, or show one')
    .description('Lists the runs, the newest first; with RUN, shows one: its counts, its failures and its files.')
    .argument('[run]', 'id of a run, or a unique part of it')
    .option('--id <opportunity>', 'only runs that touched this opportunity, with what became of it')
    .option('--html <file>', 'write RUN as one self-contained web page; - is stdout');
  addParts(command, {
    options: ['output'],
    examples: `
  oppatch runs
  oppatch runs x7f3 --json
  oppatch runs x7f3 --html run.html
  oppatch runs --id opp_abc123def456
  oppatch runs prune --older-than 90d`,
    exitCodes: [0, 2],
  });
  command.action(async (run: string | undefined, options: RunsOptions) => {
    if (options.html !== undefined) {
      const { writePage } = await import('../../app/history/run-page.ts');
      await writePage(host, options.html, run, options);
    } else if (options.id !== undefined) {
      const { showHistory } = await import('../../app/history/run-history.ts');
      await showHistory(host, options.id, run, options);
    } else if (run === undefined) {
      const { listRuns } = await import('../../app/history/list-runs.ts');
      await listRuns(host, options);
    } else {
      const { showRun } = await import('../../app/history/show-run.ts');
      await showRun(host, run, options);
    }
    end(0);
  });
  const prune = command
    .command('prune')
    .description(
      'Removes the directories of old runs, results included. Runs at work, and runs with rows that are unfinished or in doubt, are kept and listed.',
    )
    .requiredOption('--older-than <time>', 'for example 90d', readDuration)
    .option('--unfinished', 'also runs with rows that are unfinished or in doubt, and those that cannot be read');
  addParts(prune, {
    options: ['yes'],
    examples: `
  oppatch runs prune --older-than 90d
  oppatch runs prune --older-than 12h`,
    exitCodes: [0, 2],
  });
  prune.action(async ({ olderThan, unfinished }: PruneOptions) => {
    const { pruneRuns } = await import('../../app/history/prune-runs.ts');
    await pruneRuns(host, Date.now() - olderThan, { unfinished: unfinished === true });
  });
}
