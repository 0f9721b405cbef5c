import { plainJsonIn } from '../../core/plain-json.ts';
import type { SandboxRecord } from '../records.ts';
import type { SandboxCall, SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import { valueAt } from './asked.ts';
import type { DescribedFile, FilterPart, ListingPart } from './described-file.ts';
import { heldValue, memberHolding } from './fields.ts';
import { envelope, shown } from './replies.ts';
import { at, put } from './values.ts';

/** Records that match, page by page, as a vendor file says. */
export function listRecords(file: DescribedFile, list: ListingPart, call: SandboxCall): SandboxResponse {
  const matching = call.records.all().filter((record) => matches(file, list, call, record));
  const { pages = {} } = list;
  const size = Number(pages.size === undefined ? '10' : (valueAt(call, pages.size.in) ?? '10'));
  const first = pages.page?.first ?? 1;
  const start =
    pages.page === undefined
      ? Number(valueAt(call, pages.offset ?? pages.cursor?.in ?? 'from') ?? '0')
      : (Number(valueAt(call, pages.page.in) ?? first) - first) * size;
  const paged = Object.keys(pages).length > 0;
  const page = paged ? matching.slice(start, start + size) : matching;
  const hasMore = paged && start + size < matching.length;
  const next = `https://api.${file.name}.example/v1${call.path}?${nextQuery(call, start + size)}`;
  const entries = page.map((record) => put({}, list.record ?? '', shown(file, record, String(record['id']))));
  let body = put({}, list.records, entries);
  if (pages.more !== undefined) body = put(body, pages.more, hasMore);
  if (pages.total !== undefined) body = put(body, pages.total, matching.length);
  if (pages.cursor !== undefined) body = put(body, pages.cursor.at, hasMore ? String(start + size) : null);
  if (pages.next !== undefined) body = put(body, pages.next, hasMore ? next : null);
  return {
    status: 200,
    ...(pages.linkHeader === true && hasMore ? { headers: { link: `<${next}>; rel="next"` } } : {}),
    body: envelope(file, body),
  };
}

function nextQuery({ query }: SandboxRequest, from: number): string {
  const next = new URLSearchParams(query);
  next.set('from', String(from));
  return next.toString();
}

/** Every filter that the request carries has the record's value among its own. */
function matches(file: DescribedFile, list: ListingPart, request: SandboxRequest, record: SandboxRecord): boolean {
  const plain = (value: unknown): string => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return list.caseless === true ? text.toLowerCase() : text;
  };
  const asked = Object.entries(list.filters ?? {}).every(([name, said]) => {
    const wanted = wantedValues(list, request, typeof said === 'string' ? { in: said } : said);
    return wanted.length === 0 || wanted.map(plain).includes(plain(heldValue(file, name, record) ?? ''));
  });
  const search = list.search === undefined ? '' : (valueAt(request, list.search.in) ?? '');
  return asked && JSON.stringify(record).toLowerCase().includes(search.toLowerCase());
}

function wantedValues(list: ListingPart, { query, body }: SandboxRequest, filter: FilterPart): readonly unknown[] {
  const { in: place } = filter;
  if (list.entries !== undefined) {
    const { at: listAt, entry } = list.entries;
    const sent = at(plainJsonIn(body), listAt);
    const [keyAt, valueAtEntry] = [memberHolding(entry, '{key}'), memberHolding(entry, '{value}')];
    return (Array.isArray(sent) ? (sent as readonly unknown[]) : [])
      .filter((one) => at(one, keyAt) === place)
      .flatMap((one) => parted(filter, at(one, valueAtEntry)));
  }
  const found = place.startsWith('/') ? [at(plainJsonIn(body), place)] : query.getAll(place);
  return found.filter((value) => value !== undefined).flatMap((value) => parted(filter, value));
}

function parted({ most = 1, as = 'joined' }: FilterPart, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  return typeof value === 'string' && most > 1 && as === 'joined' ? value.split(',') : [value];
}
