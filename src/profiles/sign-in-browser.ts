import { once } from 'node:events';
import { expiredCode, freshToken, type SignInClient } from './sign-in-client.ts';
import { listenForRedirect } from './sign-in-redirect.ts';
import type { FreshToken } from './token-request.ts';

const defaultLifetimeMs = 15 * 60_000;

/**
 * Signs in by browser: authorization code with PKCE (S256) and a redirect to a loopback listener whose state is checked. `show` is called once with the address
 * to open; `lifetimeMs`: how long the person may take.
 */
export async function signInByBrowser(
  client: SignInClient,
  show: (url: string) => void,
  lifetimeMs = defaultLifetimeMs,
): Promise<FreshToken> {
  const { library, configuration, scope, declaration, commands, signal } = client;
  const state = library.randomState();
  const verifier = library.randomPKCECodeVerifier();
  const challenge = await library.calculatePKCECodeChallenge(verifier);
  const listener = await listenForRedirect({
    host: declaration.redirectHost,
    state,
    ...declaration.redirect,
  });
  try {
    const url = library.buildAuthorizationUrl(configuration, {
      ...declaration.parameters,
      redirect_uri: listener.redirectUri,
      scope,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    show(url.href);
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), lifetimeMs);
    const over = AbortSignal.any([signal, end.signal]);
    const arrived = await Promise.race([listener.redirect, aborted(over)]).finally(() => clearTimeout(timer));
    if (arrived === undefined) {
      signal.throwIfAborted();
      throw expiredCode(commands);
    }
    try {
      // One server only is known to this listener, so it can't be taken for another (RFC 9207); its `iss` is not an origin.
      arrived.url.searchParams.delete('iss');
      const response = await library.authorizationCodeGrant(configuration, arrived.url, {
        expectedState: state,
        pkceCodeVerifier: verifier,
      });
      const fresh = freshToken(response, commands);
      arrived.answer(true);
      return fresh;
    } catch (error) {
      arrived.answer(false);
      throw error;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw client.explain(error);
  } finally {
    await listener.close();
  }
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}
