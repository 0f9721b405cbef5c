import type { Call } from '../core/call.ts';
import { OppatchError } from '../core/errors.ts';
import { stringifyJson } from '../core/json.ts';
import type { Authorisation } from '../core/vendor.ts';
import type { WireRequest } from '../core/wire.ts';

/** The call as it goes onto the wire. `baseUrl` is checked and has no trailing slash. */
export function wireRequest(call: Call, baseUrl: string, authorisation: Authorisation): WireRequest {
  const query = [...(call.query ?? []), ...authorisation.query];
  const url = `${baseUrl}${call.path}${query.length === 0 ? '' : `?${queryText(query)}`}`;
  if (new URL(url).origin !== new URL(baseUrl).origin) {
    throw new OppatchError('foreign-address', 'A call would leave the configured host.', { exitCode: 1 });
  }
  const headers = { ...call.headers, ...authorisation.headers };
  for (const [name, value] of Object.entries(headers)) {
    // oxlint-disable-next-line no-control-regex -- control characters in a header are what is looked for
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw new OppatchError('bad-header', `The header ${name} holds a control character.`, {
        hint: 'Look for a line end at the end of a credential or setting.',
      });
    }
  }
  const request = { method: call.method, url, headers };
  return call.body === undefined ? request : { ...request, body: stringifyJson(call.body) };
}

/** `name=value&…`, percent-encoded: `$` becomes `%24`, a blank `%20`. */
export function queryText(query: readonly (readonly [string, string])[]): string {
  return query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}
