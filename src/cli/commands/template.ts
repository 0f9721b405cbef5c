import { Option, type Command } from 'commander';
import type { TemplateOptions } from '../../app/session/options.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { editFormats } from '../flags/flags.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

export function addTemplate(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('template')
    .alias('init')
    .summary("a file of edits to begin with, in the account's own field names")
    .description(
      "Writes a file of edits with the account's field names and one example row, and beside it FILE.fields.txt, which says what each field may hold. The example changes nothing and can't be applied before its id is filled in. Without FILE the edits go to stdout and the fields to stderr.",
    )
    .argument('[file]', 'the file to write: .csv, .tsv, .json, .ndjson or .jsonl')
    .option('--fields <names>', 'these fields only, separated by commas')
    .option('--all', 'a column for every field that can be written')
    .addOption(
      new Option('--format <format>', 'file format, if the extension does not say (default csv)').choices(editFormats),
    )
    .option('--force', 'replace files that are there already')
    .option('--offline', 'no network at all: what is known without the account');
  addParts(command, {
    options: ['account', 'refresh', 'output'],
    examples: `
  oppatch template edits.csv
  oppatch template edits.csv --profile prod --fields amount,close_date,note
  oppatch template --vendor ${exampleVendor(0).name} --offline --all --quiet > edits.csv
  oppatch template edits.json --vendor ${exampleVendor(1).name}`,
    exitCodes: [0, 2, 4, 6],
  });
  command.action(async (file: string | undefined, options: TemplateOptions) => {
    const { writeTemplate } = await import('../../app/edits/write-template.ts');
    await writeTemplate(host, file, options);
    end(0);
  });
}
