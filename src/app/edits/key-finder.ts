import type { Call } from '../../core/call.ts';
import { OppatchError } from '../../core/errors.ts';
import type { Field } from '../../core/field.ts';
import { scalarText, stringifyJson } from '../../core/json.ts';
import { printable } from '../../core/printable.ts';
import type { ReadingRules } from '../../core/reading-rules.ts';
import type { SourceRow } from '../../core/source-row.ts';
import type { Finder, FoundPage } from '../../core/vendor.ts';
import { quoted, readValue } from '../../input/read-value.ts';
import { sentence } from '../../input/field-lookup.ts';
import type { ReadCalls } from '../session/read-calls.ts';
import type { Match } from './numbered-rows.ts';

/** What a row says of whose it is: a key to look up, or what is known already. */
export type RowKey = { readonly key: string } | Match;

/** The key of a row in the form in which the vendor keeps it. `text`: as it stands in the file. */
export function rowKey(text: string, name: string, { form, readOnly }: Field, rules: ReadingRules): RowKey {
  if (text === '')
    return { code: 'no-key', message: `The row has no ${name}.`, hint: 'Fill it in, or remove the row.' };
  // What only the vendor writes has its own form already.
  if (readOnly !== undefined) return { key: text };
  const read = readValue(form, text, rules, false);
  const encoded = 'value' in read ? form.encode(read.value) : read;
  const key = 'value' in encoded ? scalarText(encoded.value) : undefined;
  if (key !== undefined) return { key };
  const problem = 'problem' in encoded ? encoded.problem : 'is not a single value';
  const hint = 'problem' in encoded && encoded.hint !== undefined ? { hint: sentence(encoded.hint) } : {};
  return { code: 'bad-value', message: sentence(`${name}: ${quoted(text)} ${problem}`), ...hint };
}

/** Rows that are looked up together. */
export interface KeyChunk {
  readonly rows: readonly { readonly source: SourceRow; readonly key: RowKey }[];
  /** Each once, by the form in which the vendor compares them. */
  readonly keys: ReadonlyMap<string, string>;
}

const mostRows = 10_000;
/** Of a key in a query: quotes, comma and blank, percent-encoded. */
const aroundKey = 12;

/** Puts successive rows together, as many as have their keys in one call. */
export async function* keyChunks(
  batches: AsyncIterable<readonly SourceRow[]>,
  keyOf: (source: SourceRow) => RowKey,
  { most, mostText = Number.POSITIVE_INFINITY }: Pick<Finder, 'most' | 'mostText'>,
  same: (key: string) => string,
): AsyncIterable<readonly KeyChunk[]> {
  let rows: { source: SourceRow; key: RowKey }[] = [];
  let keys = new Map<string, string>();
  let text = 0;
  for await (const batch of batches) {
    const chunks: KeyChunk[] = [];
    for (const source of batch) {
      const key = keyOf(source);
      const length = 'key' in key ? encodeURIComponent(key.key).length + aroundKey : 0;
      const isNew = 'key' in key && !keys.has(same(key.key));
      if (rows.length === mostRows || (isNew && keys.size > 0 && (keys.size === most || text + length > mostText))) {
        chunks.push({ rows, keys });
        [rows, keys, text] = [[], new Map(), 0];
      }
      rows.push({ source, key });
      if (!('key' in key) || keys.has(same(key.key))) continue;
      keys.set(same(key.key), key.key);
      text += length;
    }
    yield chunks;
  }
  if (rows.length > 0) yield [{ rows, keys }];
}

type Candidate = FoundPage['records'][number];

/** How keys of one field are looked up. */
interface KeyFinder {
  readonly finder: Finder;
  readonly calls: ReadCalls;
  /** The field as the person names it. */
  readonly name: string;
  /** The vendor's name of it. */
  readonly target: string;
  /** The vendor's, for messages. */
  readonly title: string;
  readonly same: (key: string) => string;
  readonly canonicalId: (id: string) => string;
}

/** What the rows' keys lead to, in the order of the rows. Rejects where the vendor does not answer all of it. */
export async function findKeys(
  { rows, keys }: KeyChunk,
  by: KeyFinder,
): Promise<readonly { readonly source: SourceRow; readonly match: Match }[]> {
  const found = keys.size === 0 ? new Map<string, Candidate[]>() : await candidatesOf(keys, by);
  return rows.map(({ source, key }) => ({
    source,
    match: 'key' in key ? matchOf(key.key, found.get(by.same(key.key)) ?? [], by.name) : key,
  }));
}

/** All that have one of the keys, by the key. What the vendor shows of others is left out. */
async function candidatesOf(
  keys: ReadonlyMap<string, string>,
  { finder, calls, target, same, canonicalId, title }: KeyFinder,
): Promise<Map<string, Candidate[]>> {
  const found = new Map<string, Candidate[]>();
  const shown = new Set<string>();
  let call: Call | undefined = finder.call(target, [...keys.values()]);
  while (call !== undefined) {
    const sent = await calls.send(call);
    if (sent.kind === 'stopped') throw calls.failure();
    if (sent.kind === 'failed')
      throw notFound(`${title} did not answer: ${printable(sent.message)}.`, sent.code.startsWith('no-reply') ? 6 : 2);
    const page: FoundPage | undefined = finder.read(sent.reply, call);
    if (page === undefined || (page.next !== undefined && isSameCall(page.next, call))) {
      const verdict = sent.answer.kind === 'settled' ? sent.answer.verdicts[0] : undefined;
      const said = verdict?.kind === 'rejected' ? `: ${printable(verdict.message)}` : ', which is not understood';
      throw notFound(`${title} answered HTTP ${sent.reply.status}${said}.`, 2);
    }
    const before = shown.size;
    for (const { id } of page.records) shown.add(id);
    // A service that shows the same page whatever is asked would be read forever.
    if (page.next !== undefined && page.records.length > 0 && shown.size === before)
      throw notFound(`${title} shows the same page again and again.`, 2);
    for (const record of page.records) {
      const key = same(record.key);
      if (!keys.has(key)) continue;
      const others = found.get(key) ?? [];
      if (!others.some(({ id }) => canonicalId(id) === canonicalId(record.id))) found.set(key, [...others, record]);
    }
    call = page.next;
  }
  return found;
}

/** Whether both ask for the same. */
export function isSameCall(one: Call, other: Call): boolean {
  const [left, right] = [one, other].map(({ path, query = [], body = null }) => stringifyJson([path, query, body]));
  return left === right;
}

function matchOf(key: string, candidates: readonly Candidate[], name: string): Match {
  const [first, second] = candidates;
  if (first !== undefined && second === undefined) return { id: first.id };
  if (first === undefined)
    return {
      code: 'no-match',
      message: `No opportunity has ${name} ${quoted(key)}.`,
      hint: 'Check the key, or whether this account may see the opportunity.',
    };
  const more = candidates.length > shownCandidates ? ` and ${candidates.length - shownCandidates} more` : '';
  return {
    code: 'several-matches',
    message: `${candidates.length} opportunities have ${name} ${quoted(key)}: ${candidates.slice(0, shownCandidates).map(candidateText).join(', ')}${more}.`,
    hint: 'Give the id of the one that is meant, in a file of its own.',
  };
}

const shownCandidates = 5;

function candidateText({ id, title, link }: Candidate): string {
  const where = link === undefined ? id : `${id}, ${link}`;
  return title === undefined ? where : `${printable(title)} (${where})`;
}

function notFound(reason: string, exitCode: 2 | 6): OppatchError {
  return new OppatchError('keys-not-looked-up', `The keys of the file could not be looked up: ${reason}`, {
    place: '--match-by',
    hint: 'Nothing was sent.',
    exitCode,
  });
}
