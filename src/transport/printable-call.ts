import type { Call } from '../core/call.ts';
import { guardedCall } from '../core/guarded-call.ts';
import type { Json } from '../core/json.ts';
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

/** The parts of a call that hold secrets, made printable. */
export interface PrintableParts {
  readonly urlOf: (call: Call) => string;
  readonly headersOf: (call: Call) => PrintableCall['headers'];
}

export function createPrintableParts(baseUrl: string, authorisation: Authorisation): PrintableParts {
  const maskedHeaders = Object.fromEntries(
    Object.entries(authorisation.headers).map(([name, value]) => [name, maskedHeader(value)]),
  );
  const maskedQuery = authorisation.query.map(([name]) => `${queryText([[name, '']])}***`).join('&');
  return {
    urlOf: ({ path, query }) => {
      const own = query === undefined || query.length === 0 ? '' : queryText(query);
      const all = own === '' || maskedQuery === '' ? own + maskedQuery : `${own}&${maskedQuery}`;
      return all === '' ? baseUrl + path : `${baseUrl}${path}?${all}`;
    },
    headersOf: (call) => ({ ...ownHeaders(call), ...maskedHeaders }),
  };
}

/** `***`, after the scheme where the value has one of the two that vendors use. */
export function maskedHeader(value: string): string {
  const scheme = /^(Basic|Bearer) /i.exec(value)?.[0] ?? '';
  return `${scheme}***`;
}
