import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import type { Field } from '../../core/field.ts';
import { inOrder } from '../../core/in-order.ts';
import type { CallCounts } from '../../core/run-event.ts';
import { foundIdColumn, type SourceRow } from '../../core/source-row.ts';
import type { Finder } from '../../core/vendor.ts';
import { fieldColumn } from '../../input/column-targets.ts';
import { createFieldLookup, isNameFault, sentence } from '../../input/field-lookup.ts';
import { LineFile } from '../../report/line-file.ts';
import { metadataReading } from '../accounts/read-metadata.ts';
import type { Context } from '../session/context.ts';
import {
  readingRules,
  type AccountOptions,
  type InputOptions,
  type OutputOptions,
  type SendOptions,
} from '../session/options.ts';
import { openReadCalls } from '../session/read-calls.ts';
import { accountInput, editsOfFile, firstRows, type Edits } from './edits.ts';
import { fileHash, withPrivateDirectory } from './input-copy.ts';
import { findKeys, keyChunks, rowKey, type RowKey } from './key-finder.ts';
import { withOwnNames } from './resolve-names.ts';
import { matchedFormat, ownText } from './numbered-rows.ts';

type MatchOptions = AccountOptions & InputOptions & OutputOptions & Pick<SendOptions, 'concurrency' | 'timeout'>;

/** Where a file stands, how messages name it, and the directory for what is made of it. */
interface FileToMatch {
  readonly path: string;
  readonly source: string;
  readonly directory: string;
}

/** A file whose rows carry the ids that their keys lead to. */
export interface MatchedFile<Options> {
  /** File name within the directory. */
  readonly copy: string;
  /** Hex. */
  readonly sha256: string;
  /** How it is read. */
  readonly options: Options;
  /** Those that looked the keys up. */
  readonly calls: CallCounts;
}

/**
 * Looks the keys of a file up where its options say by which field: all of them, in bulk and before anything is sent. The rows are written again, each
 * with the id that was found or with the reason why there is none; whoever goes on with them asks no more. Rows that carry an id that was found before
 * (of a retry) keep it. Undefined for a file that is read by its ids.
 */
export async function matchedFile<Options extends MatchOptions>(
  given: Context,
  file: FileToMatch,
  options: Options,
): Promise<MatchedFile<Options> | undefined> {
  const { matchBy } = options;
  if (matchBy === undefined) return undefined;
  const { vendor, service } = given.account;
  if (service.find === undefined) {
    const others = service.list === undefined ? '.' : '; `oppatch list --csv` prints them beside other fields.';
    const taken = service.idHint === undefined ? '' : ` ${service.idHint}`;
    throw new OppatchError('cannot-find', `${vendor.title} documents no way to find opportunities by another key.`, {
      place: '--match-by',
      hint: `Give the ids, in a column named id${others}${taken}`,
    });
  }
  if (options.idColumn !== undefined && options.idColumn !== foundIdColumn)
    throw new OppatchError('two-id-columns', '--id-column and --match-by each say what the rows carry.', {
      place: '--match-by',
      hint: 'Leave one of them out.',
    });
  const context = await withOwnNames(given, options);
  const finder = context.account.service.find ?? service.find;
  const field = keyField(context, finder, matchBy);
  const { idColumn: _idColumn, ...keyed }: MatchOptions = options;
  const edits = await editsOfFile(file.path, file.source, keyed)(context.account);
  const { copy, calls } = await writeMatched(context, edits, finder, { file, options, matchBy, field });
  const { encoding: _encoding, skipLines: _skipLines, ...rest } = options;
  const reading = {
    format: edits.format === 'json' ? 'ndjson' : edits.format,
    ...(edits.layout.kind === 'csv' ? { delimiter: edits.layout.delimiter } : {}),
    idColumn: foundIdColumn,
    numbered: true,
  };
  return {
    copy,
    sha256: (await fileHash(join(file.directory, copy))) ?? '',
    // The same options, but for how the file is written.
    options: { ...rest, ...reading } as unknown as Options,
    calls,
  };
}

/** The same for commands that keep no run. */
export async function withMatchedFile<Options extends MatchOptions, Result>(
  context: Context,
  path: string,
  source: string,
  options: Options,
  use: (path: string, options: Options) => Promise<Result>,
): Promise<Result> {
  if (options.matchBy === undefined) return use(path, options);
  return withPrivateDirectory(context.host, async (directory) => {
    const matched = await matchedFile(context, { path, source, directory }, options);
    return matched === undefined ? use(path, options) : use(join(directory, matched.copy), matched.options);
  });
}

interface MatchOrder {
  readonly file: FileToMatch;
  readonly options: MatchOptions;
  /** As the person names the field. */
  readonly matchBy: string;
  readonly field: Field;
}

async function writeMatched(
  context: Context,
  edits: Edits,
  finder: Finder,
  { file, options, matchBy, field }: MatchOrder,
): Promise<{ readonly copy: string; readonly calls: CallCounts }> {
  const { service, vendor } = context.account;
  const { target } = fieldColumn(matchBy, field);
  const same = (key: string): string => finder.sameKey?.(key, target) ?? key;
  const rules = readingRules(accountInput(options, context.account));
  const keyOf = (row: SourceRow): RowKey => {
    const known = options.numbered === true ? ownText(row, edits.layout, foundIdColumn) : '';
    return known === '' ? rowKey(edits.idOf(row), matchBy, field, rules) : { id: known };
  };
  const concurrency = options.concurrency ?? vendor.concurrency;
  const format = matchedFormat(edits.layout);
  const copy = edits.layout.kind === 'json' ? 'matched.ndjson' : `matched.${edits.format}`;
  const calls = await openReadCalls(context, { ...options, concurrency, read: metadataReading(service) });
  const written = new LineFile(join(file.directory, copy), format.header, format.lineEnd);
  try {
    const canonicalId = (id: string): string => service.canonicalId?.(id) ?? id;
    const by = { finder, calls, name: matchBy, target, title: vendor.title, same, canonicalId };
    const most = finder.mostOf?.(target) ?? finder.most;
    const chunks = keyChunks(firstRows(edits.source(), options.limit), keyOf, { ...finder, most }, same);
    for await (const rows of inOrder(chunks, concurrency, (chunk) => findKeys(chunk, by)))
      for (const { source, match } of rows) await written.line(format.line(source, match));
    await written.close();
    return { copy, calls: calls.counts() };
  } catch (error) {
    await written.abandon();
    throw error;
  } finally {
    await calls.close();
  }
}

/** Throws where the field is not known, or opportunities can't be found by it. */
function keyField({ account: { service, vendor } }: Context, finder: Finder, name: string): Field {
  const found = createFieldLookup(service, vendor.title).known(name.trim());
  if (isNameFault(found))
    throw new OppatchError(found.code, `${name} ${sentence(found.reason)}`, { place: '--match-by', hint: found.hint });
  const problem = finder.problem(fieldColumn(name, found).target);
  if (problem === undefined) return found;
  throw new OppatchError('cannot-find-by', `Opportunities can't be found by ${name}: ${sentence(problem)}`, {
    place: '--match-by',
    hint: '`oppatch fields` lists the fields.',
  });
}
