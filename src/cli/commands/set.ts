import { exampleVendor } from '../flags/vendor-words.ts';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as streamText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { defaultClearToken } from '../../core/clear-token.ts';
import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import type { ReadingRules } from '../../core/reading-rules.ts';
import type { Context } from '../../app/session/context.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import type { InputCopy } from '../../app/edits/input-copy.ts';
import {
  addAccountOptions,
  addBeginOptions,
  addOutputOptions,
  addRefreshOption,
  addSendOptions,
  repeatable,
} from '../flags/flags.ts';
import { addReadingOptions } from '../flags/file-flags.ts';
import type { AccountOptions, OutputOptions, SendOptions } from '../../app/session/options.ts';
import { editLines, idsOfLines, setWords } from '../../app/edits/set-words.ts';

type SetOptions = AccountOptions &
  SendOptions &
  OutputOptions &
  ReadingRules & { readonly clearToken?: string; readonly clear: readonly string[]; readonly id: readonly string[] };

export function addSet(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('set')
    .summary('an edit from the terminal')
    .description(
      'Changes fields of one opportunity, or the same fields of several: shows before → after, asks, sends. --clear FIELD, or FIELD=:clear:, empties a field.',
    )
    .usage('[options] <id...> <field=value...>')
    .argument(
      '[words...]',
      'ids of opportunities (- for ids on stdin, one per line), then the changes: what stands before the first FIELD=VALUE is an id',
    )
    .addOption(repeatable('--id <id>', 'an id that contains =', (text) => text))
    .addOption(repeatable('--clear <field>', 'empty this field', (text) => text));
  addReadingOptions(command);
  addAccountOptions(command);
  addRefreshOption(command);
  addBeginOptions(command);
  addSendOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch set ${exampleVendor(0).id} ${exampleVendor(0).change} close_date=2026-12-18
  oppatch set ${exampleVendor(1).id} '${exampleVendor(1).change}' --profile prod --yes
  oppatch set ${exampleVendor(0).id} --clear note
  cut -d, -f1 lost.csv | oppatch set - status=lost --yes
${exitCodesHelp([0, 2, 3, 4, 6, 129, 130, 143])}`,
  );
  command.action(async (words: readonly string[], options: SetOptions) => end(await set(host, words, options)));
}

async function set(host: Host, words: readonly string[], options: SetOptions): Promise<ExitCode> {
  const { ids, changes, readsStdin } = setWords(words, options.id, options.clear);
  const listed = readsStdin ? idsOfLines(await streamText(host.stdin)) : [];
  const text = editLines([...new Set([...ids, ...listed])], changes, options.clearToken ?? defaultClearToken);
  const input = { map: [], ignore: [], set: [], format: 'ndjson', idColumn: 'id' } as const;
  const whole = { ...options, ...input };
  if (options.dryRun === true) {
    const { planText } = await import('./plan.ts');
    return planText(host, text, { ...whole, offline: true }).catch(ofTypedFields);
  }
  const { newRun } = await import('../../app/runs/new-run.ts');
  const keepInput = async (directory: string, context: Context): Promise<InputCopy> => {
    const copy = 'input.ndjson';
    const path = join(directory, copy);
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    if (options.yes !== true && options.blind !== true) {
      const { previewSet } = await import('../../app/records/set-preview.ts');
      await previewSet(directory, copy, context, whole);
    }
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    return { copy, sha256 };
  };
  return newRun(host, { command: 'set', source: 'set', keepInput, options: whole }).catch(ofTypedFields);
}

/** A field that is not known stands on the command line here: there is no column that could be mapped or left out. */
function ofTypedFields(error: unknown): never {
  if (!(error instanceof OppatchError) || error.code !== 'unknown-field') throw error;
  const message = error.message
    .replaceAll('The column "', '"')
    .replaceAll(/ Type (--map \S+ to send it, or )?--ignore .* to leave it out\./g, '');
  throw new OppatchError(error.code, message, {
    hint: 'Type the name of a field that there is: `oppatch fields` lists them.',
    cause: error,
  });
}
