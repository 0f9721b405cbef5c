import type * as OpenIdClient from 'openid-client';
import { defined } from '../core/defined.ts';
import { OppatchError } from '../core/errors.ts';
import { networkError } from '../core/network-fault.ts';
import type { Credentials, OAuthDeclaration, Settings, SignInDeclaration } from '../core/vendor.ts';
import { WireError, type Sender } from '../core/wire.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { isPart } from './profile.ts';
import { entraNumbers, tokenRefusal, type RefusalCommands, type SaidRefusal } from './token-refusal.ts';
import { checkSignInAddress, readToken, signInServerBusy, type FreshToken } from './token-request.ts';

/** What a sign-in begins with. */
export interface SignInOptions {
  readonly oauth: OAuthDeclaration;
  readonly declaration: SignInDeclaration;
  readonly settings: Settings;
  /** What is stored of the app. */
  readonly given: Credentials;
  readonly transport: Sender;
  /** For one request. */
  readonly timeoutMs: number;
  /** Ends it; its reason is thrown. */
  readonly signal: AbortSignal;
  readonly commands: RefusalCommands;
}

/** What one sign-in works with. */
export interface SignInClient extends Pick<SignInOptions, 'declaration' | 'signal' | 'commands'> {
  readonly library: typeof OpenIdClient;
  readonly configuration: OpenIdClient.Configuration;
  readonly scope: string;
  /** As an OppatchError with exit code 4, or 6 where the server can't be reached, whatever the library throws. */
  readonly explain: (error: unknown) => OppatchError;
}

/**
 * openid-client, set up with the vendor's declaration: nothing is discovered, every request goes through our transport. An app with a
 * `clientSecret` sends it, another is a public client.
 */
export async function openSignInClient(options: SignInOptions): Promise<SignInClient> {
  const { oauth, declaration, settings, given, signal, commands } = options;
  const endpoints = {
    token_endpoint: oauth.tokenUrl(given, settings),
    authorization_endpoint: declaration.authorizationUrl(given, settings),
    ...defined({ device_authorization_endpoint: declaration.deviceUrl?.(given, settings) }),
  };
  for (const url of Object.values(endpoints)) checkSignInAddress(url, commands.place);
  const library = await import('openid-client');
  const { clientId = '', clientSecret = '' } = given;
  const configuration = new library.Configuration(
    { issuer: new URL(endpoints.token_endpoint).origin, ...endpoints },
    clientId,
    undefined,
    clientAuthentication(library, oauth, clientSecret),
  );
  // The addresses are checked above: plain http is for loopback hosts.
  library.allowInsecureRequests(configuration);
  configuration[library.customFetch] = fetchOver(options);
  const explain = (error: unknown): OppatchError => explained(error, commands);
  return { library, configuration, scope: declaration.scope(settings), explain, declaration, signal, commands };
}

function clientAuthentication(
  library: typeof OpenIdClient,
  { clientAuthentication: way }: OAuthDeclaration,
  clientSecret: string,
): OpenIdClient.ClientAuth {
  if (clientSecret === '') return library.None();
  return way === 'basic' ? library.ClientSecretBasic(clientSecret) : library.ClientSecretPost(clientSecret);
}

/** The library's `fetch`: one exchange, no redirect, no header of the reply but those that say how to read it. */
function fetchOver({ transport, timeoutMs, signal }: SignInOptions) {
  return async (
    url: string,
    { method, headers, body }: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<Response> => {
    const text = body instanceof URLSearchParams ? body.toString() : undefined;
    const reply = await transport.send(
      { method, url, headers, ...(text === undefined ? {} : { body: text }) },
      { timeoutMs, signal },
    );
    const kept = ['content-type', 'retry-after'].flatMap((name): [string, string][] => {
      const value = reply.headers[name];
      return value === undefined ? [] : [[name, value]];
    });
    const status = reply.status >= 200 && reply.status <= 599 ? reply.status : 502;
    return new Response([204, 205, 304].includes(status) ? null : withoutIdToken(reply.body), {
      status,
      headers: kept,
    });
  };
}

/** Who signed in is not asked here: an ID token, which a scope of the user's may bring, is neither used nor checked. */
function withoutIdToken(body: string): string {
  if (!body.includes('"id_token"')) return body;
  const content = plainJsonIn(body);
  return isPart(content) ? JSON.stringify({ ...content, id_token: undefined }) : body;
}

/** The tokens of a reply that the library has accepted. Throws where no refresh token is among them. */
export function freshToken(
  response: unknown,
  { place }: RefusalCommands,
): FreshToken & { readonly refreshToken: string } {
  const fresh = readToken(JSON.stringify(response));
  if (fresh?.refreshToken !== undefined) return { ...fresh, refreshToken: fresh.refreshToken };
  throw new OppatchError('no-refresh-token', 'The sign-in server gave no refresh token.', {
    place,
    hint: 'The scope that is asked for must hold offline_access, and the app must be allowed to use it.',
    exitCode: 4,
  });
}

const declinedErrors: ReadonlySet<string> = new Set(['access_denied', 'authorization_declined']);
const expiredErrors: ReadonlySet<string> = new Set(['expired_token', 'bad_verification_code', 'invalid_grant']);

function explained(error: unknown, commands: RefusalCommands): OppatchError {
  if (error instanceof OppatchError) return error;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof WireError) return networkError(cause, commands.place);
  }
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refused(refusal, commands);
  const { code } = error as { code?: unknown };
  return busy(`its reply can't be read${typeof code === 'string' ? ` (${code})` : ''}`, commands);
}

/** What the server said, by a body (token endpoint) or by the query of the redirect, where Entra's numbers stand in the prose. */
function refusalOf(error: unknown): SaidRefusal | undefined {
  if (!(error instanceof Error) || !('error' in error) || typeof error.error !== 'string') return undefined;
  const { cause } = error;
  if (cause instanceof URLSearchParams) {
    const number = /^AADSTS(\d{1,9})\b/.exec(cause.get('error_description') ?? '')?.[1];
    return { error: error.error, numbers: number === undefined ? [] : [Number(number)], status: 400 };
  }
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 400;
  return { error: error.error, numbers: entraNumbers(isPart(cause) ? cause['error_codes'] : undefined), status };
}

function refused(said: SaidRefusal, commands: RefusalCommands): OppatchError {
  const { error, numbers } = said;
  const { place, store, signIn = store } = commands;
  const reading = tokenRefusal(said, commands);
  const isExplained = reading.kind === 'final' && numbers.length > 0 && reading.error.code !== 'sign-in-again';
  if (declinedErrors.has(error) && !isExplained) {
    return new OppatchError('sign-in-declined', 'The sign-in was declined.', {
      place,
      hint: `Begin again and allow it: ${signIn}`,
      exitCode: 4,
    });
  }
  if (error === 'expired_token' || (expiredErrors.has(error) && numbers.length === 0)) return expiredCode(commands);
  return reading.kind === 'final' ? reading.error : busy(reading.what, commands);
}

export function expiredCode({ place, store, signIn = store }: RefusalCommands): OppatchError {
  return new OppatchError('sign-in-expired', 'The sign-in was not completed before its code ran out.', {
    place,
    hint: `Begin again: ${signIn}`,
    exitCode: 4,
  });
}

function busy(what: string, { place, store, signIn = store }: RefusalCommands): OppatchError {
  return new OppatchError(signInServerBusy, `The sign-in server gives no access token now: ${what}.`, {
    place,
    hint: `Check the network and the settings of the profile, then begin again: ${signIn}`,
    exitCode: 4,
  });
}
