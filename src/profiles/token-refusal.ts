import { OppatchError } from '../core/errors.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { isPart } from './profile.ts';

/** What a token endpoint's refusal asks for. */
export type TokenRefusal =
  /** May go better in a moment. */
  { readonly kind: 'try-later'; readonly what: string } | { readonly kind: 'final'; readonly error: OppatchError };

type RemedyCode = 'sign-in-again' | 'ask-admin' | 'app-misconfigured';
type Remedy = readonly [code: RemedyCode, message: string, hint: string];

const signIn = 'Sign in again and store the refresh token';
const askAdmin = "Ask your tenant's administrator";

/** Entra's AADSTS numbers that say more than `error` does. https://learn.microsoft.com/entra/identity-platform/reference-error-codes, 2026-10. */
const remedies: readonly (readonly [
  RemedyCode,
  ...(readonly [message: string, hint: string, numbers: readonly number[]])[],
])[] = [
  [
    'sign-in-again',
    ['A sign-in with a second factor (MFA) is required.', `${signIn}, with MFA`, [50076, 50078, 50074, 50158]],
    [
      'The user must first register for a second factor (MFA).',
      `Sign in once in a browser and register. ${signIn}`,
      [50079, 50072],
    ],
    ['The sign-in is too old and has run out.', signIn, [700082, 70008, 70043, 700084]],
    ['The sign-in was revoked, or the password was changed.', signIn, [50173, 50132, 50133]],
  ],
  [
    'ask-admin',
    ['The user is disabled, locked or unknown, or the password has expired.', askAdmin, [50055, 50057, 50034, 50053]],
    [
      'A Conditional Access rule or the security defaults of the tenant block this sign-in.',
      askAdmin,
      [53000, 53001, 53002, 53003, 530032, 530035],
    ],
    ['The app has not been given consent.', `${askAdmin} for consent, then sign in again`, [65001, 65004, 90094]],
  ],
  [
    'app-misconfigured',
    ['The client secret is wrong or has expired.', 'Make a new secret for the app and store it', [7000215, 7000222]],
    [
      'The app is a public client, to which no secret may be sent.',
      'Store the credentials without clientSecret',
      [700025],
    ],
    [
      'The app requires a client secret.',
      'Store the credentials with clientSecret, or allow public client flows for the app',
      [7000218],
    ],
    [
      'The app is not known in this tenant.',
      'Check clientId and tenantId (the id of the tenant, not `common`)',
      [700016, 50194],
    ],
    [
      "The API is not among the app's permissions.",
      'Add the delegated permissions to the app, and let an administrator consent',
      [500011, 650057, 70011],
    ],
  ],
  ['ask-admin', ['Too many requests for the same token.', 'Wait some minutes, then resume', [50196]]],
];

function remedyFor(numbers: readonly number[]): Remedy | undefined {
  for (const [code, ...known] of remedies) {
    const found = known.find(([, , of]) => numbers.some((number) => of.includes(number)));
    if (found !== undefined) return [code, found[0], found[1]];
  }
  return undefined;
}

const passingNumbers: ReadonlySet<number> = new Set([50033, 50087, 90006, 90012, 90024, 90033, 90055]);
const signInErrors: ReadonlySet<string> = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
]);
const passingErrors: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

/** For errors: whose token it is, the command that stores the credentials again, and the one that signs in again where there is one. */
export interface RefusalCommands {
  readonly place: string;
  readonly store: string;
  readonly signIn?: string | undefined;
}

/**
 * Reads the refusal of a token endpoint by its `error` (RFC 6749, 5.2) and Entra's numbers; its prose is not for programs, may hold private things and
 * is never repeated. `store` is the command that stores the credentials again, `signIn` the one that signs in again, where there is one.
 */
export function readTokenRefusal(status: number, body: string, commands: RefusalCommands): TokenRefusal {
  const content = plainJsonIn(body);
  const { error, error_codes: codes } = isPart(content) ? content : {};
  return tokenRefusal(
    { status, error: typeof error === 'string' ? error : '', numbers: entraNumbers(codes) },
    commands,
  );
}

/** What a server has said: the `error`, empty where there is none, and Entra's numbers. */
export interface SaidRefusal {
  readonly status: number;
  readonly error: string;
  readonly numbers: readonly number[];
}

/** As {@link readTokenRefusal}, where the body is read already. */
export function tokenRefusal(
  { status, error, numbers }: SaidRefusal,
  { place, store, signIn: login = store }: RefusalCommands,
): TokenRefusal {
  const known = /^[a-z_]{1,40}$/.test(error) ? error : undefined;
  const shown = `HTTP ${status}${known === undefined ? '' : `, ${known}`}${numbers.map((number) => `, AADSTS${number}`).join('')}`;
  const final = ([code, message, hint]: Remedy): TokenRefusal => ({
    kind: 'final',
    error: new OppatchError(code, `${message} The sign-in server answered ${shown}.`, {
      place,
      hint: `${hint}: ${code === 'app-misconfigured' ? store : login}`,
      exitCode: 4,
    }),
  });
  const remedy = remedyFor(numbers);
  if (remedy !== undefined) return final(remedy);
  if (signInErrors.has(error)) return final(['sign-in-again', 'The refresh token is no longer accepted.', signIn]);
  const passing = numbers.some((number) => passingNumbers.has(number)) || passingErrors.has(error);
  if (passing || status === 429 || status === 408 || status >= 500) return { kind: 'try-later', what: shown };
  const hint = 'Check clientId, clientSecret and tenantId, and store them again';
  return final(['app-misconfigured', 'No access token was given.', hint]);
}

/** The numbers of the member `error_codes`. */
export function entraNumbers(codes: unknown): readonly number[] {
  return Array.isArray(codes) ? codes.filter((code): code is number => Number.isSafeInteger(code)).slice(0, 5) : [];
}
