import type { Call, Reply } from '../../core/call.ts';
import { isJsonObject, scalarText, stringifyJson, type Json } from '../../core/json.ts';
import type { Finder, FoundRecord, Lister } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { foundByKey, listPage } from '../shared/record-reads.ts';
import type { ListForm, ReadForm } from './form.ts';
import { nextPage, withValue } from './pages.ts';
import { lookUp, placed, pointerOf } from './pointers.ts';
import { shownRecord } from './shown-record.ts';
import { filledJson, filledPath } from './templates.ts';
import { headersOf, queryOf, type Described } from './write.ts';

/** Why records can't be told apart by this field, or undefined. */
function filterProblem({ form }: Described, { filters }: ListForm, field: string): string | undefined {
  return filters?.has(field) === true
    ? undefined
    : `the file of ${form.title} names no filter for it in read.list.filters`;
}

/** Lists of records that match. */
export function describedList(described: Described, read: ReadForm, list: ListForm): Lister {
  return {
    problem: (field) => filterProblem(described, list, field),
    ...(list.search === undefined ? {} : { rawLanguage: list.search.language }),
    call: ({ conditions, raw }) => {
      const filtered = conditions.reduce(
        (call, { field, value }) => withFilter(list, call, field, [value]),
        firstPage(described, list, 'list'),
      );
      return raw === undefined || list.search === undefined ? filtered : withValue(filtered, list.search.in, raw);
    },
    read: (reply, call) => {
      const records = listedRecords(described, read, list, reply);
      const { next, odd } = nextPage(list.pages, reply, call, records?.length ?? 0);
      return listPage(records, next, odd === undefined ? undefined : `${described.form.title} ${odd}`);
    },
  };
}

/** The first page without filters. */
function firstPage({ form, settings }: Described, list: ListForm, step: 'list' | 'find'): Call {
  const { method = 'GET', pages } = list;
  const call = jsonCall({
    method,
    path: filledPath(list.path, settings),
    query: queryOf(list.query, settings),
    headers: headersOf(form, settings, method === 'POST' ? 'application/json' : undefined),
    ...(method === 'POST' ? { body: filledJson(list.constant ?? {}, {}, settings) } : {}),
    step,
    quotaGroup: 'calls',
  });
  return pages?.size === undefined ? call : withValue(call, pages.size.in, pages.size.of);
}

/** The call with the values of a filter. */
function withFilter(list: ListForm, call: Call, field: string, values: readonly Json[]): Call {
  const said = list.filters?.get(field);
  const [first = null] = values;
  if (said === undefined) return call;
  const { in: place, as: way = 'joined' } = said;
  if (list.entries !== undefined) {
    const { at, entry } = list.entries;
    const value = way === 'list' ? values : values.length === 1 ? first : values.map(plainText).join(',');
    const before = lookUp(call.body, at);
    const entries = [
      ...(Array.isArray(before) ? (before as readonly Json[]) : []),
      filledJson(entry, { key: place, value }, {}),
    ];
    return { ...call, body: placed(call.body ?? {}, at, entries) };
  }
  if (values.length === 1 && way !== 'list') return withValue(call, place, first);
  if (way === 'repeated')
    return { ...call, query: [...(call.query ?? []), ...values.map((value) => [place, plainText(value)] as const)] };
  return withValue(call, place, way === 'list' ? values : values.map(plainText).join(','));
}

/** The field by which a call filters; undefined where it does not. */
function filteredField({ filters, entries }: ListForm, { query = [], body }: Call): string | undefined {
  return [...(filters ?? [])].find(([, said]) => {
    const { in: place } = said;
    if (entries === undefined)
      return place.startsWith('/') ? lookUp(body, place) !== undefined : query.some(([name]) => name === place);
    const list = lookUp(body, entries.at);
    const keyAt = pointerOf(entries.entry, '{key}') ?? '';
    return Array.isArray(list) && (list as readonly Json[]).some((one) => lookUp(one, keyAt) === place);
  })?.[0];
}

function plainText(value: Json): string {
  return scalarText(value) ?? stringifyJson(value);
}

/** Undefined where the reply does not have the declared form, or an entry is not a record: a part of a list is not taken for the whole. */
function listedRecords(
  described: Described,
  read: ReadForm,
  { records, record }: ListForm,
  reply: Reply,
): readonly FoundRecord[] | undefined {
  if (reply.status === 204) return [];
  const body = reply.status === 200 ? jsonBody(reply) : undefined;
  const entries = isJsonObject(body) || Array.isArray(body) ? lookUp(body, records) : undefined;
  if (!Array.isArray(entries)) return undefined;
  const found = (entries as readonly Json[]).flatMap(
    (entry) => shownRecord(described, read, lookUp(entry, record ?? '')) ?? [],
  );
  return found.length === entries.length ? found : undefined;
}

/** Records by another key than their id: the list, filtered by that field. A record that does not show the key itself is left out. */
export function describedFind(described: Described, read: ReadForm, list: ListForm): Finder {
  return {
    problem: (field) => filterProblem(described, list, field),
    most: 1,
    mostOf: (field) => list.filters?.get(field)?.most ?? 1,
    call: (field, keys) => withFilter(list, firstPage(described, list, 'find'), field, keys),
    read: (reply, call) => {
      const found = listedRecords(described, read, list, reply);
      const field = filteredField(list, call);
      if (found === undefined || field === undefined) return undefined;
      const { next, odd } = nextPage(list.pages, reply, call, found.length);
      if (odd !== undefined) return undefined;
      const records = foundByKey(found, field);
      return next === undefined ? { records } : { records, next };
    },
    ...(list.caseless === undefined ? {} : { sameKey: (key: string) => key.trim().toLowerCase() }),
  };
}
