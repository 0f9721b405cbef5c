import type { Command } from 'commander';
import { OppatchError } from '../../core/errors.ts';
import type { ApplyOptions } from '../../app/session/options.ts';
import { addParts, sendingCodes, type Invocation } from '../command-parts.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

export function addApply(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('apply')
    .summary('check a file of edits, confirm, send them, report')
    .description(
      'Checks the whole file first, says what would happen, asks, then sends every edit and accounts for every row.',
    )
    .argument('<file>', 'CSV, TSV, JSON or NDJSON; - for stdin; or a plan saved by `oppatch plan --out`');
  addParts(command, {
    options: ['account', 'refresh', 'input', 'begin', 'send', 'merge', 'approved', 'output'],
    examples: `
  oppatch apply edits.csv --profile prod
  oppatch plan edits.csv --out plan.json && oppatch apply plan.json
  oppatch apply edits.csv --map 'Deal size=mx_Custom_6' --ignore Region --yes --json
  ${exampleVendor(1).environment} oppatch apply - --vendor ${exampleVendor(1).name} --format ndjson --yes < edits.ndjson`,
    exitCodes: sendingCodes,
  });
  command.action(async (file: string, options: ApplyOptions) => {
    if (options.dryRun === true) {
      const { plan } = await import('../../app/plans/plan-file.ts');
      return end(await plan(host, file, { ...options, offline: true }));
    }
    const { readSavedPlan } = await import('../../app/plans/saved-plan.ts');
    const saved = file === '-' ? undefined : await readSavedPlan(file);
    if (saved !== undefined) {
      const { applySavedPlan } = await import('../../app/runs/apply-saved-plan.ts');
      return end(await applySavedPlan(host, file, saved, options));
    }
    if (options.requireApproved !== undefined)
      throw new OppatchError('not-a-plan', '--require-approved goes with a saved plan only, and this is none.', {
        place: file,
        hint: 'Save one with `oppatch plan FILE --out plan.json`, have it approved, and apply plan.json.',
      });
    const [{ newRun }, { checkInput, keepInputCopy }] = await Promise.all([
      import('../../app/runs/new-run.ts'),
      import('../../app/edits/input-copy.ts'),
    ]);
    await checkInput(host, file);
    const keepInput = (directory: string) => keepInputCopy(host, file, directory, options.encoding);
    end(await newRun(host, { command: 'apply', source: file, keepInput, options }));
  });
}
