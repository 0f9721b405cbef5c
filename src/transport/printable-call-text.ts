import type { Call } from '../core/call.ts';
import { guardedCall } from '../core/guarded-call.ts';
import { stringifyJson } from '../core/json.ts';
import type { Authorisation } from '../core/vendor.ts';
import { createPrintableParts } from './printable-call.ts';

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
