import type { Field } from '../../core/field.ts';
import { printable } from '../../core/printable.ts';
import { templateId } from '../../core/id-problem.ts';
import { csvQuoting } from '../../report/csv-result.ts';
import { wrap } from '../../report/wrap.ts';
import type { TemplateFormat } from '../session/options.ts';

/** A header (or the members' names) and one row that changes nothing: its cells are empty, which leaves a field as it is. */
export function templateText(columns: readonly string[], format: TemplateFormat): string {
  if (format === 'csv' || format === 'tsv') {
    const delimiter = format === 'csv' ? ',' : '\t';
    const quote = csvQuoting(delimiter);
    return `${['id', ...columns].map(quote).join(delimiter)}\n${[templateId, ...columns.map(() => '')].join(delimiter)}\n`;
  }
  const row = Object.fromEntries([['id', templateId], ...columns.map((column) => [column, ''])]);
  return format === 'json' ? `${JSON.stringify([row], undefined, 2)}\n` : `${JSON.stringify(row)}\n`;
}

/** The fields that a template has where nobody chooses: what the vendors have in common, what is required, and the account's own. */
export function usualColumns(fields: readonly Field[]): string[] {
  return fields
    .filter(({ common, required, label }) => common !== undefined || required === true || label !== undefined)
    .filter(({ action }) => action === undefined || action === 'set')
    .map(({ name }) => name);
}

/** One column for each field that can be written: a file may not have two that write the same one. */
export function allColumns(fields: readonly Field[]): string[] {
  const byTarget = new Map<string, string>();
  for (const { name, writes = name } of fields) if (!byTarget.has(writes)) byTarget.set(writes, name);
  return [...byTarget.values()];
}

/** More options than these are counted. */
const shownOptions = 40;

const width = 100;

/** What may stand in each field, for people: those of the template first. `title` names the account. */
export function fieldsText(
  title: string,
  fields: readonly Field[],
  { columns, clearToken }: { readonly columns: readonly string[]; readonly clearToken: string },
): string {
  const inFile = new Set(columns);
  const others = fields.filter(({ name }) => !inFile.has(name));
  const lines = [
    `What a file of edits for ${printable(title)} may hold`,
    '',
    `id  The opportunity. Put one in the place of ${templateId}; a row that still says so is refused.`,
    `An empty cell leaves its field as it is. ${clearToken} clears a field that can be cleared. Columns that are not needed may go.`,
    '',
    ...columns.flatMap((name) => fields.filter((field) => field.name === name).flatMap(described)),
    ...(others.length === 0 ? [] : ['Not in the file, but may be added as columns', '', ...others.flatMap(described)]),
  ];
  return lines.map((line) => wrap(line, width, '    ')).join('\n');
}

function described(field: Field): string[] {
  const { name, label, form, common, cleared, required, description } = field;
  const facts = [
    form.type,
    ...(required === true ? ['required'] : []),
    cleared === undefined ? "can't be cleared" : 'can be cleared',
    ...(common === undefined ? [] : [`also called ${common.filter((one) => one !== name).join(', ')}`]).filter(
      (fact) => !fact.endsWith(' called '),
    ),
  ];
  const example = exampleOf(field);
  return [
    printable(`${name}${label === undefined || label === name ? '' : `  “${label}”`}  (${facts.join('; ')})`),
    printable(`    ${description}`),
    ...optionsLine(form.options ?? []),
    ...(example === undefined ? [] : [printable(`    For example ${example}`)]),
    '',
  ];
}

function optionsLine(options: readonly string[]): string[] {
  if (options.length === 0) return [];
  const more = options.length > shownOptions ? ` and ${options.length - shownOptions} more` : '';
  return [printable(`    One of: ${options.slice(0, shownOptions).join(' | ')}${more}`)];
}

const examples: Partial<Record<Field['form']['type'], string>> = {
  decimal: '1250.50',
  integer: '75',
  boolean: 'true',
  date: '2026-12-18',
  'date-time': '2026-12-18',
  email: 'jo@example.com',
};

/** A value of the field's type that its own check accepts. */
function exampleOf({ form }: Field): string | undefined {
  const text = form.options === undefined ? examples[form.type] : undefined;
  return text !== undefined && 'value' in form.encode(text) ? text : undefined;
}
