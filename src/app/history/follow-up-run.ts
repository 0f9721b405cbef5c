import { join } from 'node:path';
import { directories } from '../../core/directories.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import { fileHash } from '../edits/input-copy.ts';
import { withPrivateDirectory } from '../edits/input-copy.ts';
import { newRun, type NewRun } from '../runs/new-run.ts';
import { holdRun, lockedEdits } from '../runs/run-lock.ts';
import type { PastRun } from './past-run.ts';

/** A run that goes back to another one: its edits are made of the rows of that. */
export interface FollowUp extends Omit<NewRun, 'source' | 'keepInput' | 'parent' | 'holds'> {
  /** Writes the edits into the directory; resolves with the name of their file in it. */
  readonly keep: (directory: string) => Promise<string>;
  /** What `--dry-run` does in place of a run. `edits`: writes them, and resolves with their path. */
  readonly plan: (edits: () => Promise<string>) => Promise<ExitCode>;
}

/** Begins the run, or shows what it would do, while no other process works on the one that it goes back to. Resolves with the exit code. */
export async function followUp(host: Host, { header }: PastRun, { keep, plan, ...order }: FollowUp): Promise<ExitCode> {
  const release = await holdRun(directories(host.env).state, header, order.command);
  try {
    if (order.options.dryRun === true)
      return await withPrivateDirectory(host, async (directory) =>
        plan(async () => join(directory, await keep(directory))),
      );
    return await newRun(host, {
      ...order,
      source: header.source,
      keepInput: async (directory) => {
        const copy = await keep(directory);
        return { copy, sha256: (await fileHash(join(directory, copy))) ?? '' };
      },
      parent: header.run,
      holds: lockedEdits(header),
    });
  } finally {
    release();
  }
}
