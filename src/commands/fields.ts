import type { Command } from 'commander';
import type { Field } from '../core/field.ts';
import type { OpenName } from '../core/vendor.ts';
import { setExitCode } from './exit.ts';
import { exitCodesHelp } from './help.ts';
import { addAccountOptions, addOutputOptions, addRefreshOption } from './options.ts';
import type { AccountOptions, OutputOptions } from './options.ts';

export function addFields(program: Command): void {
  const command = program
    .command('fields')
    .summary('the columns that the profile accepts')
    .description(
      'Lists the fields that a column can write: type, allowed values, whether it can be cleared, common name.',
    );
  addAccountOptions(command);
  addRefreshOption(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch fields --vendor raze
  oppatch fields --profile prod --json
${exitCodesHelp([0, 2])}`,
  );
  command.action(async (options: AccountOptions & OutputOptions) => {
    const [{ openContext, speech }, { print }] = await Promise.all([import('./context.ts'), import('./output.ts')]);
    const { account } = await openContext(options, { offline: true });
    const fields = account.vendor.fields(account.settings);
    const patterns = account.vendor.openNames ?? [];
    if (options.json === true) {
      print(JSON.stringify([...fields.map(described), ...patterns.map(describedPattern)]));
    } else {
      const { tableText } = await import('../report/table.ts');
      const { paint, columns } = await speech(options, process.stdout);
      const shown = fields.filter((field) => field.readOnly === undefined);
      const titles = ['field', 'type', 'common name', 'clear', 'allowed values, meaning'].map((title) => ({ title }));
      const rows = [
        ...shown.map(cells),
        ...patterns.map(({ name, description }) => [name, 'any', '', '', description]),
      ];
      print(tableText(titles, rows, { columns, paint }));
      const hidden = fields.length - shown.length;
      if (hidden > 0)
        print(paint.dim(`${hidden} more fields are known but can't be written: --json shows them with the reason.`));
    }
    setExitCode(0);
  });
}

function described(field: Field) {
  const { name, form, description, common, writes, action, cleared, readOnly, evidence } = field;
  return {
    field: name,
    type: form.type,
    ...(form.options === undefined ? {} : { options: form.options }),
    writable: readOnly === undefined,
    ...(readOnly === undefined ? {} : { reason: readOnly }),
    clearable: cleared !== undefined,
    ...(common === undefined ? {} : { common }),
    ...(writes === undefined ? {} : { writes }),
    action: action ?? 'set',
    evidence,
    description,
  };
}

function describedPattern({ name, description }: OpenName) {
  return { field: name, type: 'any', writable: true, pattern: true, description };
}

function cells(field: Field): string[] {
  const { name, form, common, cleared, description } = field;
  const meaning = form.options === undefined ? description : `${form.options.join(' | ')}: ${description}`;
  return [name, form.type, (common ?? []).join(' '), cleared === undefined ? 'no' : 'yes', meaning];
}
