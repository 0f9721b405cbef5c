import type { Call } from '../core/call.ts';
import { guardedCall } from '../core/guarded-call.ts';
import { stringifyJson, type Json } from '../core/json.ts';
import type { Authorisation } from '../core/vendor.ts';
import { ownHeaders, queryText } from './wire-request.ts';

/** A call for plans: what would be sent, every secret shown as `***`. */
export interface PrintableCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
}

/**
 * Makes calls printable. Everything that the authorisation adds is masked, whatever it holds; the scheme (`Basic`, `Bearer`) stays.
 * What does not depend on the call is made once, as plans of a million rows are streamed through it.
 */
export function createPrintableCall(baseUrl: string, authorisation: Authorisation): (call: Call) => PrintableCall {
  const { urlOf, headersOf } = createPrintableParts(baseUrl, authorisation);
  return (plain) => {
    const call = guardedCall(plain);
    const printable = { method: call.method, url: urlOf(call), headers: headersOf(call) };
    return call.body === undefined ? printable : { ...printable, body: call.body };
  };
}

/** Printable calls as JSON text on one line, for plans of a million rows: headers that calls in a row have in common are written once. */
export function createPrintableCallText(baseUrl: string, authorisation: Authorisation): (call: Call) => string {
  const { urlOf, headersOf } = createPrintableParts(baseUrl, authorisation);
  let last: { readonly headers: Call['headers']; readonly hasBody: boolean; readonly text: string } | undefined;
  return (plain) => {
    const call = guardedCall(plain);
    const { method, headers, body } = call;
    // A call without a body has other headers than one with a body, though they may come from the same object.
    const hasBody = body !== undefined;
    if (last === undefined || last.hasBody !== hasBody || !sameHeaders(last.headers, headers)) {
      last = { headers, hasBody, text: JSON.stringify(headersOf(call)) };
    }
    const bodyMember = hasBody ? `,"body":${stringifyJson(body)}` : '';
    return `{"method":"${method}","url":${JSON.stringify(urlOf(call))},"headers":${last.text}${bodyMember}}`;
  };
}

/** The same names with the same values. In another order they count as different, as the text would be. */
function sameHeaders(a: Call['headers'], b: Call['headers']): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  const others = Object.keys(b);
  return names.length === others.length && names.every((name, index) => name === others[index] && a[name] === b[name]);
}

/** The parts of a call that hold secrets, made printable: its address and its headers. */
function createPrintableParts(baseUrl: string, authorisation: Authorisation) {
  const maskedHeaders = Object.fromEntries(
    Object.entries(authorisation.headers).map(([name, value]) => [name, maskedHeader(value)]),
  );
  const maskedQuery = authorisation.query.map(([name]) => `${queryText([[name, '']])}***`).join('&');
  return {
    urlOf: ({ path, query }: Call): string => {
      const own = query === undefined || query.length === 0 ? '' : queryText(query);
      const all = own === '' || maskedQuery === '' ? own + maskedQuery : `${own}&${maskedQuery}`;
      return all === '' ? baseUrl + path : `${baseUrl}${path}?${all}`;
    },
    headersOf: (call: Call): PrintableCall['headers'] => ({ ...ownHeaders(call), ...maskedHeaders }),
  };
}

/** `***`, after the scheme where the value has one of the two that vendors use. */
export function maskedHeader(value: string): string {
  const scheme = /^(Basic|Bearer) /i.exec(value)?.[0] ?? '';
  return `${scheme}***`;
}
