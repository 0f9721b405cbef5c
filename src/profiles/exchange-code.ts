import { defined } from '../core/defined.ts';
import { OppatchError } from '../core/errors.ts';
import type { Credentials, Settings, Vendor } from '../core/vendor.ts';
import type { Sender } from '../core/wire.ts';
import { signedInCredentials } from './access-token.ts';
import { codeGrant, grantRequest } from './oauth-grant.ts';
import { requestToken } from './token-request.ts';

export interface CodeExchange {
  readonly vendor: Vendor;
  /** All of the vendor's, defaults included. */
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly profileName: string;
  readonly transport: Sender;
  /** For one request to the sign-in server. */
  readonly timeoutMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface ExchangedCode {
  /** What is to be stored: without the code, with the refresh token and the access token that came for it. */
  readonly credentials: Credentials;
  /** What looks wrong about the account that the reply names; a warning. */
  readonly doubt?: string;
}

/**
 * Exchanges a one-time code among the credentials for a refresh token, once: a code that was sent is spent, whatever became of the reply. Undefined where
 * there is no code. Throws an OppatchError: exit code 4, or 6 where the server can't be reached.
 */
export async function exchangeCode(exchange: CodeExchange): Promise<ExchangedCode | undefined> {
  const { vendor, settings, credentials, profileName, transport, timeoutMs = 30_000, now = Date.now } = exchange;
  const { oauth } = vendor;
  const grant = oauth === undefined ? undefined : codeGrant(oauth, credentials);
  if (oauth === undefined || grant === undefined) return undefined;
  const place = `profile ${profileName}`;
  const store = `oppatch profile add ${profileName} --vendor ${vendor.name}, with a new code`;
  const fresh = await requestToken({
    ...grantRequest(oauth, grant, credentials, settings),
    transport,
    timeoutMs,
    delaysMs: [],
    place,
    store,
  });
  if (fresh.refreshToken === undefined)
    throw new OppatchError('no-refresh-token', 'The sign-in server gave no refresh token for the code.', {
      place,
      hint: `A code gives one only once. Store the credentials again: ${store}`,
      exitCode: 4,
    });
  const { code: _spent, ...lasting } = credentials;
  return { credentials: signedInCredentials(lasting, fresh, now()), ...defined({ doubt: fresh.doubt }) };
}
