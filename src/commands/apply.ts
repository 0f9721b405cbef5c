import type { Command } from 'commander';
import { addAccountOptions, addBeginOptions, addInputOptions, addOutputOptions, addSendOptions } from './options.ts';
import type { AccountOptions, InputOptions, OutputOptions, SendOptions } from './options.ts';
import { setExitCode } from './exit.ts';
import { exitCodesHelp } from './help.ts';

export type ApplyOptions = AccountOptions & InputOptions & SendOptions & OutputOptions;

export function addApply(program: Command): void {
  const command = program
    .command('apply')
    .summary('check a file of edits, confirm, send them, report')
    .description(
      'Checks the whole file first, says what would happen, asks, then sends every edit and accounts for every row.',
    )
    .argument('<file>', 'CSV, TSV, JSON or NDJSON; - for stdin');
  addAccountOptions(command);
  addInputOptions(command);
  addBeginOptions(command);
  addSendOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch apply edits.csv --profile prod
  oppatch apply edits.csv --map 'Deal size=mx_Custom_6' --ignore Region --yes --json
  LEADSQUARED_ACCESS_KEY=… LEADSQUARED_SECRET_KEY=… oppatch apply - --vendor leadsquared --format ndjson --yes < edits.ndjson
${exitCodesHelp([0, 2, 3, 4, 5, 6, 11, 130, 143])}`,
  );
  command.action(async (file: string, options: ApplyOptions) => {
    if (options.dryRun === true) {
      const { plan } = await import('./plan.ts');
      return setExitCode(await plan(file, { ...options, offline: true }));
    }
    const [{ newRun }, { keepInputCopy }] = await Promise.all([import('./new-run.ts'), import('./input-copy.ts')]);
    const keepInput = (directory: string) => keepInputCopy(file, directory);
    setExitCode(await newRun({ command: 'apply', source: file, keepInput, options }));
  });
}
