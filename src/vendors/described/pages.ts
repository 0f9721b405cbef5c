import type { Call, Reply } from '../../core/call.ts';
import { exactNumber, isJsonObject, scalarText, type Json } from '../../core/json.ts';
import { jsonBody } from '../shared/http-status.ts';
import type { ListForm } from './form.ts';
import { lookUp, placed } from './pointers.ts';

/** The pages of a list. No address that a reply names is ever called: of it only the query is used, on the path of the list. */

/** The call for the page after this one, or why the reply names none that can be asked for. `count`: the records of this page. */
export function nextPage(
  pages: ListForm['pages'],
  reply: Reply,
  call: Call,
  count: number,
): { readonly next?: Call; readonly odd?: string } {
  if (pages === undefined) return {};
  const body = jsonBody(reply);
  const { page, offset, cursor, more } = pages;
  if (more !== undefined && !isMore(lookUp(body, more))) return {};
  if (pages.next !== undefined || pages.linkHeader === true) {
    const address =
      pages.next === undefined ? linkedNext(reply.headers['link'] ?? '') : scalarText(lookUp(body, pages.next) ?? null);
    return address === undefined || address === '' ? {} : addressed(call, address);
  }
  if (cursor !== undefined) {
    const name = lookUp(body, cursor.at);
    const text = scalarText(name ?? null);
    return name === undefined || text === undefined || text === '' || name === false
      ? {}
      : { next: withValue(call, cursor.in, name) };
  }
  // A page that is not full may be one of a service that gives less than was asked for: only an empty one is the end.
  if (count === 0) return {};
  const total = numberOf(pages.total === undefined ? undefined : lookUp(body, pages.total));
  if (offset !== undefined) {
    const after = (numberOf(valueAt(call, offset)) ?? 0) + count;
    return total !== undefined && after >= total ? {} : { next: withValue(call, offset, after) };
  }
  if (page === undefined) return {};
  const { first = 1 } = page;
  const number = numberOf(valueAt(call, page.in)) ?? first;
  return number === first && total !== undefined && count >= total
    ? {}
    : { next: withValue(call, page.in, number + 1) };
}

/** The call with a value in a query parameter, or at a pointer of its body; what stood there is replaced. */
export function withValue(call: Call, place: string, value: Json | number): Call {
  const json: Json = typeof value === 'number' ? exactNumber(String(value)) : value;
  if (place.startsWith('/')) return { ...call, body: placed(call.body ?? {}, place, json) };
  const others = (call.query ?? []).filter(([name]) => name !== place);
  return { ...call, query: [...others, [place, scalarText(json) ?? '']] };
}

function valueAt({ query = [], body }: Call, place: string): Json | undefined {
  return place.startsWith('/') ? lookUp(body, place) : query.find(([name]) => name === place)?.[1];
}

function numberOf(value: Json | undefined): number | undefined {
  const text = scalarText(value ?? null) ?? '';
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function isMore(said: Json | undefined): boolean {
  if (said === undefined || said === null || said === false) return false;
  return isJsonObject(said) || Array.isArray(said) || !['', '0', 'false'].includes(scalarText(said) ?? '');
}

/** RFC 8288: `<https://…?page=2>; rel="next"`. */
function linkedNext(header: string): string | undefined {
  return /<([^<>]*)>\s*;[^<]*\brel="?next\b/i.exec(header)?.[1];
}

function addressed(call: Call, address: string): { readonly next?: Call; readonly odd?: string } {
  const odd = { odd: 'names a next page that is not one of this list' };
  if (!URL.canParse(address, 'https://list.invalid/')) return odd;
  const { pathname, searchParams } = new URL(address, 'https://list.invalid/');
  if (!pathname.endsWith(call.path) && address.split(/[?#]/)[0] !== '') return odd;
  const query = [...searchParams];
  const named = new Set(query.map(([name]) => name));
  return { next: { ...call, query: [...(call.query ?? []).filter(([name]) => !named.has(name)), ...query] } };
}
