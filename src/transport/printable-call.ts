import type { Call } from '../core/call.ts';
import type { Json } from '../core/json.ts';
import type { Authorisation } from '../core/vendor.ts';
import { queryText } from './wire-request.ts';

/** A call for plans: what would be sent, every secret shown as `***`. */
export interface PrintableCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
}

/**
 * Makes calls printable. Everything that the authorisation adds is masked, whatever it holds; the scheme (`Basic`, `Bearer`) stays.
 */
export function createPrintableCall(baseUrl: string, authorisation: Authorisation): (call: Call) => PrintableCall {
  const maskedHeaders = Object.fromEntries(
    Object.entries(authorisation.headers).map(([name, value]) => [name, mask(value)]),
  );
  const maskedQuery = authorisation.query.map(([name]) => `${encodeURIComponent(name)}=***`).join('&');
  return (call) => {
    const query = [queryText(call.query ?? []), maskedQuery].filter((part) => part !== '').join('&');
    const printable = {
      method: call.method,
      url: `${baseUrl}${call.path}${query === '' ? '' : `?${query}`}`,
      headers: { ...call.headers, ...maskedHeaders },
    };
    return call.body === undefined ? printable : { ...printable, body: call.body };
  };
}

function mask(value: string): string {
  const scheme = /^(Basic|Bearer) /.exec(value)?.[0] ?? '';
  return `${scheme}***`;
}
