import { OppatchError } from '../core/errors.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { isPart } from './profile.ts';

/** What a token endpoint's refusal asks for. */
export type TokenRefusal =
  /** May go better in a moment. */
  { readonly kind: 'try-later'; readonly what: string } | { readonly kind: 'final'; readonly error: OppatchError };

interface Remedy {
  readonly code: 'sign-in-again' | 'ask-admin' | 'app-misconfigured';
  readonly message: string;
  readonly hint: string;
}

const signIn = 'Sign in again and store the refresh token';

/** Entra's AADSTS numbers that say more than `error` does. https://learn.microsoft.com/entra/identity-platform/reference-error-codes, 2026-10. */
const remedies: readonly (readonly [readonly number[], Remedy])[] = [
  [
    [50076, 50078, 50074, 50158],
    {
      code: 'sign-in-again',
      message: 'A sign-in with a second factor (MFA) is required.',
      hint: `${signIn}, with MFA`,
    },
  ],
  [
    [50079, 50072],
    {
      code: 'sign-in-again',
      message: 'The user must first register for a second factor (MFA).',
      hint: `Sign in once in a browser and register. ${signIn}`,
    },
  ],
  [
    [700082, 70008, 70043, 700084],
    { code: 'sign-in-again', message: 'The sign-in is too old and has run out.', hint: signIn },
  ],
  [
    [50173, 50132, 50133],
    { code: 'sign-in-again', message: 'The sign-in was revoked, or the password was changed.', hint: signIn },
  ],
  [
    [50055, 50057, 50034, 50053],
    {
      code: 'ask-admin',
      message: 'The user is disabled, locked or unknown, or the password has expired.',
      hint: "Ask your tenant's administrator",
    },
  ],
  [
    [53000, 53001, 53002, 53003, 530032, 530035],
    {
      code: 'ask-admin',
      message: 'A Conditional Access rule or the security defaults of the tenant block this sign-in.',
      hint: "Ask your tenant's administrator",
    },
  ],
  [
    [65001, 65004, 90094],
    {
      code: 'ask-admin',
      message: 'The app has not been given consent.',
      hint: "Ask your tenant's administrator for consent, then sign in again",
    },
  ],
  [
    [7000215, 7000222],
    {
      code: 'app-misconfigured',
      message: 'The client secret is wrong or has expired.',
      hint: 'Make a new secret for the app and store it',
    },
  ],
  [
    [700025],
    {
      code: 'app-misconfigured',
      message: 'The app is a public client, to which no secret may be sent.',
      hint: 'Store the credentials without clientSecret',
    },
  ],
  [
    [7000218],
    {
      code: 'app-misconfigured',
      message: 'The app requires a client secret.',
      hint: 'Store the credentials with clientSecret, or allow public client flows for the app',
    },
  ],
  [
    [700016, 50194],
    {
      code: 'app-misconfigured',
      message: 'The app is not known in this tenant.',
      hint: 'Check clientId and tenantId (the id of the tenant, not `common`)',
    },
  ],
  [
    [500011, 650057, 70011],
    {
      code: 'app-misconfigured',
      message: "The API is not among the app's permissions.",
      hint: 'Add the delegated permissions to the app, and let an administrator consent',
    },
  ],
  [
    [50196],
    { code: 'ask-admin', message: 'Too many requests for the same token.', hint: 'Wait some minutes, then resume' },
  ],
];

const passingNumbers: ReadonlySet<number> = new Set([50033, 50087, 90006, 90012, 90024, 90033, 90055]);
const signInErrors: ReadonlySet<string> = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
]);
const passingErrors: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

export interface RefusalCommands {
  readonly place: string;
  readonly store: string;
  readonly signIn?: string | undefined;
}

/**
 * Reads the refusal of a token endpoint by its `error` (RFC 6749, 5.2) and Entra's numbers; its prose is not for programs, may hold private things and
 * is never repeated. `store` is the command that stores the credentials again, `signIn` the one that signs in again, where there is one.
 */
export function readTokenRefusal(
  status: number,
  body: string,
  { place, store, signIn: login = store }: RefusalCommands,
): TokenRefusal {
  const { error, numbers } = refusalOf(body);
  const known = error !== undefined && /^[a-z_]{1,40}$/.test(error) ? error : undefined;
  const shown = `HTTP ${status}${known === undefined ? '' : `, ${known}`}${numbers.map((number) => `, AADSTS${number}`).join('')}`;
  const remedy = remedies.find(([of]) => numbers.some((number) => of.includes(number)))?.[1];
  const final = ({ code, message, hint }: Remedy): TokenRefusal => ({
    kind: 'final',
    error: new OppatchError(code, `${message} The sign-in server answered ${shown}.`, {
      place,
      hint: `${hint}: ${code === 'app-misconfigured' ? store : login}`,
      exitCode: 4,
    }),
  });
  if (remedy !== undefined) return final(remedy);
  if (known !== undefined && signInErrors.has(known)) {
    return final({ code: 'sign-in-again', message: 'The refresh token is no longer accepted.', hint: signIn });
  }
  const passing =
    numbers.some((number) => passingNumbers.has(number)) || (known !== undefined && passingErrors.has(known));
  if (passing || status === 429 || status === 408 || status >= 500) return { kind: 'try-later', what: shown };
  return final({
    code: 'app-misconfigured',
    message: 'No access token was given.',
    hint: 'Check clientId, clientSecret and tenantId, and store them again',
  });
}

function refusalOf(body: string): { readonly error: string | undefined; readonly numbers: readonly number[] } {
  const content = plainJsonIn(body);
  if (!isPart(content)) return { error: undefined, numbers: [] };
  const { error, error_codes: codes } = content;
  const numbers = Array.isArray(codes) ? codes.filter((code): code is number => Number.isSafeInteger(code)) : [];
  return { error: typeof error === 'string' ? error : undefined, numbers: numbers.slice(0, 5) };
}
