import { join } from 'node:path';
import type { Command } from 'commander';
import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import type { InputCopy } from '../../app/edits/input-copy.ts';
import { addAccountOptions, addBeginOptions, addOutputOptions, addSendOptions } from '../flags/flags.ts';
import type { AccountOptions, OutputOptions, SendOptions } from '../../app/session/options.ts';

type UndoOptions = AccountOptions & SendOptions & OutputOptions;

export function addUndo(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('undo')
    .summary('a new run that puts back what a run changed')
    .description(
      'Begins a new run that puts back the values from before RUN, only in fields that still hold what RUN wrote. What cannot be put back is listed first. An undo can be undone.',
    )
    .argument('<run>', 'id of the run, or a unique part of it');
  addAccountOptions(command);
  addBeginOptions(command, 'show before → after and send no write');
  addSendOptions(command);
  for (const option of command.options) if (option.long === '--blind') option.hideHelp();
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch undo 20261121T021530Z-x7f3 --dry-run
  oppatch undo x7f3 --yes --json
${exitCodesHelp([0, 2, 3, 4, 5, 6, 7, 11, 129, 130, 143])}`,
  );
  command.action(async (id: string, options: UndoOptions) => end(await undo(host, id, options)));
}

async function undo(host: Host, id: string, options: UndoOptions): Promise<ExitCode> {
  if (options.blind === true) {
    throw new OppatchError('undo-looks-first', 'An undo reads each record first, so --blind makes no sense here.', {
      hint: 'Leave --blind out.',
    });
  }
  const [
    { openPastRun, boundOf },
    { newRun },
    { holdRun, lockedEdits },
    { boundOptions, openBoundAccount },
    { keepUndoEdits, nothingUndone, undoNotes },
    { fileHash },
    { writeErr },
    { directories },
  ] = await Promise.all([
    import('../../app/history/past-run.ts'),
    import('../../app/runs/new-run.ts'),
    import('../../app/runs/run-lock.ts'),
    import('../../app/accounts/bound-account.ts'),
    import('../../app/history/undo-edits.ts'),
    import('../../app/edits/input-copy.ts'),
    import('../../app/session/output.ts'),
    import('../../core/directories.ts'),
  ]);
  const past = await openPastRun(host, id);
  const { header } = past;
  const account = boundOptions(host, boundOf(header), options);
  const settings = { ...header.settings, ...Object.fromEntries(account.setting) };
  // What a record held before is put back whatever it looks like.
  const rules = { ownForm: true, allowDamaged: ['*'] } as const;
  const input = { map: [], ignore: [], set: [], format: 'ndjson', idColumn: 'id', ...rules } as const;
  const whole = { ...account, ...input, prepared: past.edits.layout };
  const keep = async (directory: string): Promise<string> => {
    const kept = await keepUndoEdits(past, directory, settings);
    if (options.quiet !== true) for (const note of undoNotes(kept)) writeErr(host, note);
    if (kept.rows > 0) return kept.copy;
    throw nothingUndone(header.run, kept);
  };
  const keepInput = async (directory: string): Promise<InputCopy> => {
    const copy = await keep(directory);
    return { copy, sha256: (await fileHash(join(directory, copy))) ?? '' };
  };
  const open = () => openBoundAccount(host, boundOf(header), whole);
  const release = await holdRun(directories(host.env).state, header, 'undo');
  try {
    if (options.dryRun === true) {
      const [{ planCurrent }, { withPrivateDirectory }, { withMetadata }] = await Promise.all([
        import('../../app/plans/plan-current.ts'),
        import('../../app/edits/readable-file.ts'),
        import('../../app/edits/resolve-names.ts'),
      ]);
      return await withPrivateDirectory(host, async (directory) => {
        const { context } = withMetadata(await open(), past.metadata);
        const copy = await keep(directory);
        return planCurrent(join(directory, copy), header.source, context, whole);
      });
    }
    return await newRun(host, {
      command: 'undo',
      source: header.source,
      keepInput,
      options: whole,
      open,
      parent: header.run,
      holds: lockedEdits(header),
      ownForm: true,
      metadata: past.metadata,
    });
  } finally {
    release();
  }
}
