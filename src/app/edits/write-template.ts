import { access, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { defaultClearToken } from '../../core/clear-token.ts';
import { OppatchError } from '../../core/errors.ts';
import type { Field } from '../../core/field.ts';
import { nearestHint } from '../../core/nearest.ts';
import type { Host } from '../../host.ts';
import type { Account } from '../../profiles/resolve.ts';
import { shellWord } from '../../profiles/owner-only.ts';
import { fieldsContext } from './list-fields.ts';
import { writeOut, writeErr } from '../session/output.ts';
import type { TemplateFormat, TemplateOptions } from '../session/options.ts';
import { fieldsText, templateText, allColumns, usualColumns } from './template-file.ts';

/** Writes the template and what its fields mean. Nothing is replaced without `--force`, and nothing is asked before that is known. */
export async function writeTemplate(host: Host, file: string | undefined, options: TemplateOptions): Promise<void> {
  const format = options.format ?? formatOf(file);
  const fieldsFile = file === undefined ? undefined : `${file.slice(0, file.length - extname(file).length)}.fields.txt`;
  if (options.force !== true) for (const path of [file, fieldsFile]) if (path !== undefined) await refuseExisting(path);
  const { account, baseUrl } = await fieldsContext(host, options);
  const fields = account.service.fields.filter(({ readOnly }) => readOnly === undefined);
  const columns = chosenColumns(fields, account, options);
  const edits = templateText(columns, format);
  const clearToken = format === 'csv' || format === 'tsv' ? defaultClearToken : 'null';
  const meaning = fieldsText(titleOf(account), fields, { columns, clearToken });
  if (options.json === true) {
    writeOut(
      host,
      JSON.stringify({ file: file ?? null, fields_file: fieldsFile ?? null, format, columns: ['id', ...columns] }),
    );
  } else if (file === undefined) {
    writeOut(host, edits);
    if (options.quiet !== true) writeErr(host, `\n${meaning}`);
  }
  if (file === undefined || fieldsFile === undefined) return;
  await write(file, edits, options);
  await write(fieldsFile, `${meaning}\n`, options);
  if (options.quiet === true) return;
  writeErr(
    host,
    `Wrote ${file} with ${columns.length + 1} columns, and ${fieldsFile}, which says what may stand in them.`,
  );
  writeErr(host, `Fill it in, then type: oppatch plan ${shellWord(file)}${accountWords(options, baseUrl)}`);
}

function formatOf(file: string | undefined): TemplateFormat {
  if (file === undefined) return 'csv';
  const extension = extname(file).toLowerCase();
  const format = formats[extension];
  if (format !== undefined) return format;
  throw new OppatchError('unknown-format', `The name ${file} does not say which format the file is to have.`, {
    hint: 'Let it end in .csv, .tsv, .json or .ndjson, or give --format.',
  });
}

const formats: Readonly<Record<string, TemplateFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};

/** `--fields` by the vendor's, the account's or the common name, in the order given; else all, else the usual ones. */
function chosenColumns(fields: readonly Field[], account: Account, { fields: chosen, all }: TemplateOptions): string[] {
  if (chosen === undefined) return all === true ? allColumns(fields) : usualColumns(fields);
  const wanted = chosen.split(',').map((name) => name.trim());
  const columns = wanted.filter((name) => name !== '').map((name) => columnOf(name, fields, account));
  return [...new Set(columns)].filter((name) => name !== 'id');
}

function columnOf(wanted: string, fields: readonly Field[], { vendor, service }: Account): string {
  if (wanted === 'id') return wanted;
  const named = fields.filter(({ name }) => name === wanted);
  const labelled = fields.filter(({ label, common }) => label === wanted || common?.some((one) => one === wanted));
  const [field] = named.length > 0 ? named : labelled;
  if (field !== undefined) return field.name;
  if (service.openField?.(wanted) !== undefined) return wanted;
  const names = fields.flatMap(({ name, label, common }) => [
    name,
    ...(label === undefined ? [] : [label]),
    ...(common ?? []),
  ]);
  throw new OppatchError('unknown-field', `${vendor.title} has no field ${wanted} that can be written.`, {
    place: '--fields',
    hint: `${nearestHint(wanted, names)}Type \`oppatch fields\` to see them all.`,
  });
}

function titleOf({ vendor, profileName }: Account): string {
  return profileName === null ? vendor.title : `${profileName} (${vendor.title})`;
}

/** The flags that lead to the same account again. */
function accountWords({ profile, vendor, baseUrl }: TemplateOptions, checkedUrl: string): string {
  const words = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(vendor === undefined ? [] : ['--vendor', vendor]),
    ...(baseUrl === undefined ? [] : ['--base-url', checkedUrl]),
  ];
  return words.map((word) => ` ${shellWord(word)}`).join('');
}

async function refuseExisting(path: string): Promise<void> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) throw alreadyThere(path);
}

function alreadyThere(path: string): OppatchError {
  return new OppatchError('file-exists', 'The file is there already, and is left as it is.', {
    place: path,
    hint: 'Choose another name, or replace it with --force.',
  });
}

async function write(path: string, text: string, { force }: TemplateOptions): Promise<void> {
  try {
    await writeFile(path, text, { flag: force === true ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(path);
    throw new OppatchError('file-not-written', `The file can't be written (${(error as Error).message}).`, {
      place: path,
      hint: 'Choose a place that you can write to.',
      cause: error,
    });
  }
}
