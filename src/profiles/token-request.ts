import { setTimeout as delay } from 'node:timers/promises';
import { OppatchError } from '../core/errors.ts';
import { isJsonObject, parseJson, type JsonObject } from '../core/json.ts';
import { networkError, networkFault } from '../core/network-fault.ts';
import { maskedJson, maskedReply } from '../core/masked-reply.ts';
import { excerpt } from '../core/printable.ts';
import { SecretMask } from '../core/redact.ts';
import { WireError, type Sender } from '../core/wire.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { isPart } from './profile.ts';
import { readTokenRefusal, type RefusalCommands } from './token-refusal.ts';

export interface TokenRequest extends RefusalCommands {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  /** Where the client authenticates by a Basic header (RFC 6749, 2.3.1). */
  readonly basic?: { readonly clientId: string; readonly clientSecret: string };
  /** A refusal that comes as HTTP 200; it is final. */
  readonly refusal?: (body: JsonObject) => { readonly code: string; readonly message: string } | undefined;
  /** A doubt about the account that the reply names; a warning. */
  readonly doubt?: (body: JsonObject) => string | undefined;
  readonly transport: Sender;
  readonly timeoutMs: number;
  /** Waits between attempts; their number is the number of repetitions. */
  readonly delaysMs: readonly number[];
}

export interface FreshToken {
  readonly accessToken: string;
  readonly lifetimeMs: number;
  /** Where the server replaced it. */
  readonly refreshToken: string | undefined;
  readonly doubt?: string;
}

/** Where a reply states no lifetime (RFC 6749 only recommends it). */
const assumedLifetimeMs = 3_600_000;
const longestPauseMs = 30_000;

/** Code of the error for a sign-in server that is busy: the credentials may well be good. */
export const signInServerBusy = 'sign-in-server-busy';

/**
 * Asks a token endpoint for an access token, form-encoded, over https or to a loopback host. Repeats after failures that pass. Throws an
 * OppatchError: exit code 4, {@link signInServerBusy} is the code of what may go better later; exit code 6 where the server can't be reached.
 */
export async function requestToken(request: TokenRequest): Promise<FreshToken> {
  const { place, store, signIn } = request;
  checkSignInAddress(request.url, place);
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await exchange(request);
    if ('accessToken' in outcome) return outcome;
    const { what, pauseMs, unanswered } = outcome;
    const delayMs = request.delaysMs[attempt];
    if (unanswered !== undefined && (delayMs === undefined || networkFault(unanswered).final)) {
      throw networkError(unanswered, place);
    }
    if (delayMs === undefined) {
      throw new OppatchError(signInServerBusy, `The sign-in server gives no access token now: ${what}.`, {
        place,
        hint: `Try again later. If it stays so, ${signIn === undefined ? `store the credentials again: ${store}` : `sign in again: ${signIn}`}`,
        exitCode: 4,
      });
    }
    await delay(Math.min(Math.max(pauseMs ?? 0, delayMs * (0.5 + Math.random() / 2)), longestPauseMs));
  }
}

async function exchange(
  request: TokenRequest,
): Promise<FreshToken | { readonly what: string; readonly pauseMs?: number; readonly unanswered?: WireError }> {
  const { url, form, basic, refusal, doubt, transport, timeoutMs, place, store } = request;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    ...(basic === undefined ? {} : { authorization: basicHeader(basic) }),
  };
  try {
    const reply = await transport.send(
      { method: 'POST', url, headers, body: new URLSearchParams(form).toString() },
      { timeoutMs },
    );
    const secrets = sentSecrets(form, basic);
    const token = reply.status === 200 ? readToken(reply.body, doubt, secrets) : undefined;
    if (token !== undefined) return token;
    const { body } = maskedReply(reply, new SecretMask(secrets));
    const refused = reply.status === 200 ? refusalIn(body, refusal) : undefined;
    if (refused !== undefined) {
      throw new OppatchError('sign-in-refused', `The sign-in server refuses (${refused.code}): ${refused.message}`, {
        place,
        hint: `Store credentials that are good: ${store}`,
        exitCode: 4,
      });
    }
    if (reply.status === 200) return { what: 'its reply holds no token' };
    const reading = readTokenRefusal(reply.status, body, request);
    if (reading.kind === 'final') throw reading.error;
    const seconds = Number(reply.headers['retry-after']);
    return Number.isFinite(seconds) && seconds > 0
      ? { what: reading.what, pauseMs: seconds * 1000 }
      : { what: reading.what };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { what: `no reply (${error.code})`, unanswered: error };
  }
}

const secretMember = /secret|password|assertion|^(?:refresh_token|code|code_verifier|device_code)$/;

/** What of a request may not come back in the words of its reply. */
function sentSecrets(form: TokenRequest['form'], basic: TokenRequest['basic']): string[] {
  const members = Object.entries(form).flatMap(([name, value]) => (secretMember.test(name) ? [value] : []));
  return basic === undefined ? members : [...members, basic.clientSecret, basicHeader(basic).slice('Basic '.length)];
}

/** Each part is form-encoded before they are joined. */
function basicHeader({ clientId, clientSecret }: NonNullable<TokenRequest['basic']>): string {
  const [id, secret] = [clientId, clientSecret].map((part) =>
    new URLSearchParams({ part }).toString().slice('part='.length),
  );
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

function refusalIn(
  body: string,
  refusal: TokenRequest['refusal'],
): { readonly code: string; readonly message: string } | undefined {
  if (refusal === undefined) return undefined;
  try {
    const content = parseJson(body);
    const found = isJsonObject(content) ? refusal(content) : undefined;
    return found === undefined ? undefined : { code: excerpt(found.code, 60), message: excerpt(found.message, 300) };
  } catch {
    return undefined;
  }
}

/** The token in the body of a reply, or undefined. Numbers come as text from some servers (Entra's first edition). */
export function readToken(
  body: string,
  doubt?: TokenRequest['doubt'],
  secrets: readonly string[] = [],
): FreshToken | undefined {
  const content = plainJsonIn(body);
  if (!isPart(content)) return undefined;
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = content;
  if (typeof accessToken !== 'string' || accessToken === '') return undefined;
  const seconds = typeof expiresIn === 'string' || typeof expiresIn === 'number' ? Number(expiresIn) : Number.NaN;
  const mask = new SecretMask([...secrets, accessToken, ...(typeof refreshToken === 'string' ? [refreshToken] : [])]);
  const doubtful = doubt?.(maskedJson(content as JsonObject, mask) as JsonObject);
  return {
    accessToken,
    ...(doubtful === undefined ? {} : { doubt: excerpt(doubtful, 400) }),
    lifetimeMs: seconds > 0 ? Math.min(seconds * 1000, 30 * 86_400_000) : assumedLifetimeMs,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
  };
}

/** Throws where secrets would go to another machine in plain http. */
export function checkSignInAddress(url: string, place: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'https:') return;
  const host = parsed?.hostname ?? '';
  if (parsed?.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)) return;
  throw new OppatchError('insecure-sign-in-address', 'The address of the sign-in server is not an https address.', {
    place,
    hint: 'Use https. Plain http is for loopback hosts (127.0.0.1, localhost).',
  });
}
