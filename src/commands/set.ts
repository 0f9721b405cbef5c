import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { OppatchError } from '../core/errors.ts';
import { setExitCode } from './exit.ts';
import { exitCodesHelp } from './help.ts';
import type { InputCopy } from './input-copy.ts';
import {
  addAccountOptions,
  addBeginOptions,
  addOutputOptions,
  addRefreshOption,
  addSendOptions,
  readAssignment,
} from './options.ts';
import type { AccountOptions, OutputOptions, SendOptions } from './options.ts';

type SetOptions = AccountOptions & SendOptions & OutputOptions & { readonly clearToken?: string };

export function addSet(program: Command): void {
  const command = program
    .command('set')
    .summary('one edit from the terminal')
    .description('Changes fields of one opportunity. FIELD=#N/A clears a field.')
    .argument('<id>', "the opportunity's id")
    .argument(
      '<field=value...>',
      'the changes',
      (text: string, before: readonly (readonly [string, string])[] | undefined) => [
        ...(before ?? []),
        readAssignment(text),
      ],
    )
    .option('--clear-token <text>', 'the value that clears a field (default #N/A)');
  addAccountOptions(command);
  addRefreshOption(command);
  addBeginOptions(command);
  addSendOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch set oppo_8Hk2 amount=42000 close_date=2026-12-18
  oppatch set 5ca5b042-51ea-4699-b6f0-84c40ab12770 'mx_Custom_2=Negotiation' --profile prod --yes
  oppatch set opp_abc123def456 'notes=#N/A' --setting clear=null
${exitCodesHelp([0, 2, 3, 4, 6, 130, 143])}`,
  );
  command.action(async (id: string, changes: readonly (readonly [string, string])[], options: SetOptions) => {
    const text = editLine(id, changes, options.clearToken ?? '#N/A');
    const input = { map: [], ignore: [], set: [], format: 'ndjson', idColumn: 'id' } as const;
    const whole = { ...options, ...input };
    if (options.dryRun === true) {
      const { planText } = await import('./plan.ts');
      return setExitCode(await planText(text, { ...whole, offline: true }));
    }
    const { newRun } = await import('./new-run.ts');
    const keepInput = (directory: string) => keepText(text, directory);
    setExitCode(await newRun({ command: 'set', source: 'set', keepInput, options: whole }));
  });
}

/** The edit as a line of NDJSON. */
function editLine(id: string, changes: readonly (readonly [string, string])[], clearToken: string): string {
  const names = new Set(['id']);
  const members = changes.map(([name, value]) => {
    if (names.has(name))
      throw new OppatchError('field-twice', `${name} is given twice.`, { hint: 'Give each field once.' });
    names.add(name);
    return `${JSON.stringify(name)}:${value === clearToken ? 'null' : JSON.stringify(value)}`;
  });
  return `{${[`"id":${JSON.stringify(id)}`, ...members].join(',')}}\n`;
}

async function keepText(text: string, directory: string): Promise<InputCopy> {
  const copy = 'input.ndjson';
  await writeFile(join(directory, copy), text, { mode: 0o600, flag: 'wx' });
  return { copy, sha256: createHash('sha256').update(text).digest('hex') };
}
