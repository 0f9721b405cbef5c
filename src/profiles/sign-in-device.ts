import { setTimeout as delay } from 'node:timers/promises';
import { OppatchError } from '../core/errors.ts';
import { WireError } from '../core/wire.ts';
import { expiredCode, freshToken, type SignInClient } from './sign-in-client.ts';
import type { RefusalCommands } from './token-refusal.ts';
import type { FreshToken } from './token-request.ts';

/** What the person types, and where. */
export interface DeviceCode {
  readonly url: string;
  readonly userCode: string;
  readonly lifetimeMs: number;
}

/** The clock of a sign-in; for tests. */
export interface SignInClock {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Between two questions of a device sign-in. Rejects when the signal comes. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';

/** RFC 8628, 3.5. */
const defaultIntervalMs = 5_000;
const slowerByMs = 5_000;

/**
 * Signs in by device code: shows the code, then asks for the token no faster than the server allows, until it is given, refused or the code
 * has run out. A server that does not answer or is busy is asked again, more slowly, as for `slow_down` (RFC 8628, 3.5).
 */
export async function signInByDevice(
  client: SignInClient,
  show: (code: DeviceCode) => void,
  { now = Date.now, wait = (ms, signal) => delay(ms, undefined, { signal }) }: SignInClock,
): Promise<FreshToken> {
  const { library, configuration, scope, commands, signal } = client;
  try {
    const begun = await library.initiateDeviceAuthorization(configuration, { scope });
    const lifetimeMs = begun.expires_in * 1000;
    const endMs = now() + lifetimeMs;
    show({ url: checkedPage(begun.verification_uri, commands), userCode: begun.user_code, lifetimeMs });
    let intervalMs = begun.interval === undefined ? defaultIntervalMs : begun.interval * 1000;
    for (;;) {
      if (now() + intervalMs >= endMs) {
        await wait(Math.max(0, endMs - now()), signal);
        throw expiredCode(commands);
      }
      await wait(intervalMs, signal);
      try {
        const form = { device_code: begun.device_code };
        return freshToken(await library.genericGrantRequest(configuration, grantType, form), commands);
      } catch (error) {
        signal.throwIfAborted();
        const state = pollState(error);
        if (state === 'over') throw error;
        if (state === 'slower') intervalMs += slowerByMs;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw client.explain(error);
  }
}

function pollState(error: unknown): 'pending' | 'slower' | 'over' {
  if (error instanceof OppatchError || !(error instanceof Error)) return 'over';
  const said = 'error' in error ? error.error : undefined;
  if (said === 'authorization_pending') return 'pending';
  if (said === 'slow_down' || said === 'temporarily_unavailable' || said === 'server_error') return 'slower';
  if (said !== undefined) return 'over';
  const { cause } = error;
  if (cause instanceof WireError) return 'slower';
  return cause instanceof Response && (cause.status >= 500 || cause.status === 429) ? 'slower' : 'over';
}

/** The page is for a person's browser: a web address and nothing else. */
function checkedPage(text: string, commands: RefusalCommands): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.href;
  throw new OppatchError('bad-sign-in-page', 'The sign-in server named no web address for the code.', {
    place: commands.place,
    hint: 'Check the settings of the profile, or sign in with --browser.',
    exitCode: 4,
  });
}
