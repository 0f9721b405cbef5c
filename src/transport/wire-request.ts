import type { Call } from '../core/call.ts';
import { OppatchError } from '../core/errors.ts';
import { guardedCall } from '../core/guarded-call.ts';
import { stringifyJson } from '../core/json.ts';
import type { Authorisation } from '../core/vendor.ts';
import type { WireRequest } from '../core/wire.ts';

/**
 * The call as it goes onto the wire. `baseUrl` is checked and has no trailing slash. A call whose path would leave the base URL, and a
 * header that HTTP cannot carry, are an `OppatchError`; for a header of the credentials its exit code is 4.
 */
export function wireRequest(plain: Call, baseUrl: string, authorisation: Authorisation): WireRequest {
  const call = guardedCall(plain);
  const query = call.query === undefined ? authorisation.query : [...call.query, ...authorisation.query];
  const url = query.length === 0 ? baseUrl + call.path : `${baseUrl}${call.path}?${queryText(query)}`;
  mustStayWithin(baseUrl, call.path, url);
  const callHeaders = ownHeaders(call);
  mustBeSendable(callHeaders, 2, 'Look at the settings of the profile.');
  mustBeSendable(authorisation.headers, 4, 'Look for a line end or a typographic character in the credential.');
  const body = call.text ?? (call.body === undefined ? undefined : stringifyJson(call.body));
  const { method, mostReplyBytes } = call;
  const headers = together(callHeaders, authorisation.headers);
  // No spread: each row comes through here.
  const request = body === undefined ? { method, url, headers } : { method, url, headers, body };
  return mostReplyBytes === undefined ? request : { ...request, mostReplyBytes };
}

type Headers = Readonly<Record<string, string>>;

let last: { readonly call: Headers; readonly authorisation: Headers; readonly all: Headers } | undefined;

/** Calls of a kind share their headers, so that these need not be put together for each. */
function together(call: Headers, authorisation: Headers): Headers {
  if (last?.call !== call || last.authorisation !== authorisation)
    last = { call, authorisation, all: { ...call, ...authorisation } };
  return last.all;
}

/** The call's own headers; without a body no content type is sent. */
export function ownHeaders(call: Call): Call['headers'] {
  if (call.body !== undefined || call.text !== undefined) return call.headers;
  return Object.fromEntries(Object.entries(call.headers).filter(([name]) => name.toLowerCase() !== 'content-type'));
}

/** `name=value&…`, percent-encoded: `$` becomes `%24`, a blank `%20`, a plus `%2B`. */
export function queryText(query: readonly (readonly [string, string])[]): string {
  const pairs = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]));
  return pairs.toString().replaceAll('+', '%20');
}

/** `.` and `..` as a segment, which URL parsers take away together with what stands before it. */
const dotSegment = /[/\\](?:\.|%2e){1,2}(?:[/\\?#]|$)/i;

/** A path that URL parsers leave as it is: behind a base URL it stays there. */
const plainPath = /^(?:\/[\w~%-][\w.~%-]*)+\/?$/;

function mustStayWithin(baseUrl: string, path: string, url: string): void {
  if (plainPath.test(path) && !dotSegment.test(path)) return;
  const base = new URL(baseUrl);
  const target = new URL(url);
  const folder = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  const within = target.origin === base.origin && target.pathname.startsWith(folder) && target.username === '';
  if (within && !dotSegment.test(path)) return;
  throw new OppatchError('foreign-address', 'A call would leave the configured address.', { exitCode: 1 });
}

/** Objects of headers that were looked at: calls share them, and nobody changes them. */
const sendable = new WeakSet<Readonly<Record<string, string>>>();

function mustBeSendable(headers: Readonly<Record<string, string>>, exitCode: 2 | 4, hint: string): void {
  if (sendable.has(headers)) return;
  for (const [name, value] of Object.entries(headers)) {
    if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) continue;
    throw new OppatchError('bad-header', `The header ${JSON.stringify(name)} holds a character that it cannot carry.`, {
      hint,
      exitCode,
    });
  }
  sendable.add(headers);
}
