import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as streamText } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { InputCopy } from '../../app/edits/input-copy.ts';
import { editLines, idsOfLines, setWords } from '../../app/edits/set-words.ts';
import type { AccountOptions, InputOptions, OutputOptions, SendOptions } from '../../app/session/options.ts';
import { defaultClearToken } from '../../core/clear-token.ts';
import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { ReadingRules } from '../../core/reading-rules.ts';
import type { Host } from '../../host.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { repeatable, sharedOptions } from '../flags/flags.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

type SetOptions = AccountOptions &
  SendOptions &
  OutputOptions &
  Pick<InputOptions, 'matchBy' | 'skipInvalid'> &
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
    .addOption(repeatable('--clear <field>', 'empty this field'));
  sharedOptions
    .reading(command)
    .option('--match-by <field>', 'what is given as ids are values of this field; the ids are looked up');
  addParts(command, {
    options: ['skipInvalid', 'account', 'refresh', 'begin', 'send', 'output'],
    examples: `
  oppatch set ${exampleVendor(0).id} ${exampleVendor(0).change} close_date=2026-12-18
  oppatch set ${exampleVendor(1).id} '${exampleVendor(1).change}' --profile prod --yes
  oppatch set ${exampleVendor(0).id} --clear note
  cut -d, -f1 lost.csv | oppatch set - status=lost --yes
  oppatch set ERP-4711 amount=42000 --match-by erp_number`,
    exitCodes: [0, 2, 3, 4, 6, 129, 130, 143],
  });
  command.action(async (words: readonly string[], options: SetOptions) => end(await set(host, words, options)));
}

async function set(host: Host, words: readonly string[], options: SetOptions): Promise<ExitCode> {
  const { ids, changes, readsStdin } = setWords(words, options.id, options.clear);
  const listed = readsStdin ? idsOfLines(await streamText(host.stdin)) : [];
  const { clearToken = defaultClearToken, matchBy } = options;
  const text = editLines([...new Set([...ids, ...listed])], changes, clearToken, matchBy);
  const input = { map: [], ignore: [], set: [], format: 'ndjson' } as const;
  const whole = { ...options, ...input, ...(matchBy === undefined ? { idColumn: 'id' } : {}) };
  if (options.dryRun === true) {
    const { planText } = await import('../../app/plans/plan-file.ts');
    return planText(host, text, { ...whole, offline: true }).catch(ofTypedFields);
  }
  const { newRun } = await import('../../app/runs/new-run.ts');
  const keepInput = async (directory: string): Promise<InputCopy> => {
    const copy = 'input.ndjson';
    await writeFile(join(directory, copy), text, { mode: 0o600, flag: 'wx' });
    return { copy, sha256: createHash('sha256').update(text).digest('hex') };
  };
  const asks = options.yes !== true && options.blind !== true;
  const { previewSet: preview } = asks ? await import('../../app/records/set-preview.ts') : {};
  const order = { command: 'set', source: 'set', keepInput, options: whole };
  return newRun(host, { ...order, ...(preview === undefined ? {} : { preview }) }).catch(ofTypedFields);
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
