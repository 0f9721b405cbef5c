import type { Call } from '../core/call.ts';
import type { Json } from '../core/json.ts';
import type { Authorisation } from '../core/vendor.ts';
import { headersOf, queryText } from './wire-request.ts';

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
  const maskedHeaders = Object.fromEntries(
    Object.entries(authorisation.headers).map(([name, value]) => [name, maskedHeader(value)]),
  );
  const maskedQuery = authorisation.query.map(([name]) => `${queryText([[name, '']])}***`).join('&');
  return (call) => {
    const own = call.query === undefined || call.query.length === 0 ? '' : queryText(call.query);
    const query = own === '' || maskedQuery === '' ? own + maskedQuery : `${own}&${maskedQuery}`;
    const printable = {
      method: call.method,
      url: query === '' ? baseUrl + call.path : `${baseUrl}${call.path}?${query}`,
      headers: { ...headersOf(call), ...maskedHeaders },
    };
    return call.body === undefined ? printable : { ...printable, body: call.body };
  };
}

/** `***`, after the scheme where the value has one of the two that vendors use. */
export function maskedHeader(value: string): string {
  const scheme = /^(Basic|Bearer) /i.exec(value)?.[0] ?? '';
  return `${scheme}***`;
}
