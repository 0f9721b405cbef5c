import { defined } from '../../core/defined.ts';
import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { fieldCells } from '../../core/cell-text.ts';
import { idProblem } from '../../core/id-problem.ts';
import { stringifyJson, type Json } from '../../core/json.ts';
import { currenciesOf, namesOf } from '../../core/names.ts';
import { excerpt, printable, visible } from '../../core/printable.ts';
import { recordName, recordText, type RecordName } from '../../core/record-name.ts';
import type { Redact } from '../../core/redact.ts';
import { titleColumn } from '../../core/source-row.ts';
import type { FieldValue, FieldValues, Service } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { csvQuoting, harmless } from '../../report/csv-result.ts';
import { tableText } from '../../report/table.ts';
import type { RecordResult } from '../../run/record-reader.ts';
import { openContext, terminalStyle } from '../session/context.ts';
import type { GetOptions } from '../session/options.ts';
import { inOrder } from '../../core/in-order.ts';
import { withOwnNames } from '../edits/resolve-names.ts';
import { writeErr, writeOut, writeWhole } from '../session/output.ts';
import { openReadSession } from './read-session.ts';

/** Reads the opportunities and prints what they hold. Resolves with 3 where one could not be shown. */
export async function getRecords(host: Host, ids: readonly string[], options: GetOptions): Promise<ExitCode> {
  if (options.csv === true && options.json === true) {
    throw new OppatchError('two-formats', '--csv and --json are given together.', { hint: 'Give one of them.' });
  }
  const given = await openContext(host, options, { offline: false });
  const { service } = given.account;
  for (const id of ids) {
    const problem = idProblem(id, service);
    if (problem === undefined) continue;
    const message = `"${excerpt(visible(id), 60)}" cannot be the id: ${problem}.`;
    throw new OppatchError('bad-id', message, { hint: 'Check the id.' });
  }
  // A file of edits is read with what the account knows of its fields, so it is written with it, too.
  const context = options.json === true ? given : await withOwnNames(given, options);
  const readSession = await openReadSession(context, { ...options, quiet: true });
  const found: FoundToShow[] = [];
  const names = namesOf(context.account.service, context.account.map);
  let missing = 0;
  try {
    const unique = [...new Set(ids)];
    const look = async (id: string): Promise<readonly [string, RecordResult]> => [
      id,
      await readSession.read({ row: 0, line: 0, id, changes: [] }),
    ];
    for await (const [id, seen] of inOrder([unique], readSession.concurrency, look)) {
      const failure = readSession.failure();
      if (failure !== undefined) throw failure;
      if (seen.kind === 'found')
        found.push({
          id,
          ...maskedName(seen.record, context.redact),
          values: shownValues(seen.record.values, context.account.service, options.all === true),
          currencies: currenciesOf(names, [], seen.record.values),
        });
      else {
        missing += 1;
        writeErr(host, `${context.paint.bad('✗')} ${printable(id)}: ${context.redact(reasonOf(seen))}`);
      }
    }
  } finally {
    await readSession.close();
  }
  if (missing > 0 && options.quiet !== true)
    writeErr(host, '  → Check the id and the account; `oppatch doctor` tries the connection and the credentials.');
  if (options.json === true) {
    await writeWhole(
      host,
      stringifyJson(
        found.map(({ id, title, link, values }) => ({
          id,
          ...defined({ title, link }),
          values: Object.fromEntries(plain(values)),
        })),
      ),
    );
  } else if (options.csv === true) {
    await writeWhole(host, csvText(found, context.account));
  } else {
    const { paint, columns } = await terminalStyle(host, options, 'stdout');
    for (const { values, currencies, ...known } of found) {
      const link = known.link === undefined ? '' : `  ${paint.dim(known.link)}`;
      writeOut(host, `${paint.strong(recordText(known))}${link}`);
      const rows = plain(values).map(([name, value]) => [
        names.field(name),
        names.text(name, value, currencies(name).before),
      ]);
      writeOut(host, tableText([{ title: 'field', whole: true }, { title: 'value' }], rows, { columns, paint }));
    }
  }
  return missing > 0 ? 3 : 0;
}

interface FoundToShow extends RecordName {
  readonly id: string;
  readonly values: FieldValues;
  readonly currencies: ReturnType<typeof currenciesOf>;
}

function maskedName(record: RecordName, redact: Redact): RecordName {
  const { title, link } = recordName(record);
  return recordName({
    ...(title === undefined ? {} : { title: redact(title) }),
    ...(link === undefined ? {} : { link: redact(link) }),
  });
}

function reasonOf(result: Exclude<RecordResult, { kind: 'found' }>): string {
  return result.kind === 'stopped' ? 'not read' : result.message;
}

/** The fields that a column can write, or all. */
function shownValues(values: FieldValues, { fields, openField }: Service, all: boolean): FieldValues {
  const shown = [...values].map(([name, held]): [string, FieldValue] => [
    name,
    held.masked === undefined ? held : { ...held, value: held.masked },
  ]);
  if (all) return new Map(shown);
  return new Map(
    shown.filter(([name]) => {
      const field = fields.find((one) => one.name === name) ?? openField?.(name);
      return field !== undefined && field.readOnly === undefined;
    }),
  );
}

function plain(values: FieldValues): (readonly [string, Json])[] {
  return [...values].map(([name, { value }]) => [name, value] as const);
}

/** A file of edits that changes nothing: each cell reads back as the value. */
function csvText(found: readonly FoundToShow[], { service }: { readonly service: Service }): string {
  const fieldCell = fieldCells(service.fields, (name) => service.openField?.(name));
  const names = [...new Set(found.flatMap(({ values }) => [...values.keys()]))];
  const quote = csvQuoting(',');
  const cellOf = (name: string, held: FieldValue | undefined): string =>
    // An empty cell leaves the field as it is; a mask would be written.
    held === undefined || held.masked !== undefined ? '' : fieldCell(name, held.value, held.type);
  // Columns of ours are left out when the file is read.
  const titled = found.some(({ title }) => title !== undefined);
  const rows = found.map(({ id, title = '', values }) => [
    id,
    ...(titled ? [harmless(title)] : []),
    ...names.map((name) => cellOf(name, values.get(name))),
  ]);
  return [['id', ...(titled ? [titleColumn] : []), ...names], ...rows]
    .map((row) => row.map(quote).join(','))
    .join('\n');
}
