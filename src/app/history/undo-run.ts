import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import { boundOptions, openBoundAccount } from '../accounts/bound-account.ts';
import { withMetadata } from '../edits/resolve-names.ts';
import { planCurrent } from '../plans/plan-current.ts';
import type { AccountOptions, OutputOptions, SendOptions } from '../session/options.ts';
import { writeErr } from '../session/output.ts';
import { followUp } from './follow-up-run.ts';
import { boundOf, openPastRun } from './past-run.ts';
import { keepUndoEdits, nothingUndone, undoNotes } from './undo-edits.ts';

export type UndoOptions = AccountOptions & SendOptions & OutputOptions;

/** Begins a new run that puts back what a run changed. Resolves with the exit code. */
export async function undo(host: Host, id: string, options: UndoOptions): Promise<ExitCode> {
  if (options.blind === true)
    throw new OppatchError('undo-looks-first', 'An undo reads each record first, so --blind makes no sense here.', {
      hint: 'Leave --blind out.',
    });
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
  const open = () => openBoundAccount(host, boundOf(header), whole);
  return followUp(host, past, {
    command: 'undo',
    options: whole,
    open,
    ownForm: true,
    metadata: past.metadata,
    keep,
    plan: async (edits) => {
      const { context } = withMetadata(await open(), past.metadata);
      return planCurrent(await edits(), header.source, context, whole);
    },
  });
}
