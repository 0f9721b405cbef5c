import type { Readable, Writable } from 'node:stream';
import { OppatchError } from '../core/errors.ts';
import type { CredentialField, CredentialSet, Credentials, Vendor } from '../core/vendor.ts';
import { signInBrings } from './credential-set.ts';
import { credentialProblem } from './credentials-json.ts';

export { readCredentialsJson } from './credentials-json.ts';

/** Where questions are asked. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Asks a person for the vendor's credentials: which way of signing in, where there are several, then each field, without echo where it is
 * secret. Questions go to stderr. Throws `cancelled` (exit 130) on Ctrl-C.
 */
export async function askCredentials(
  vendor: Vendor,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<Credentials> {
  const set = await askSet(vendor, terminal);
  const later = signInBrings(vendor);
  const credentials: [string, string][] = [];
  for (const field of set.fields) {
    const left = later.has(field.name)
      ? 'leave it empty to sign in later with `oppatch profile login`'
      : field.optional === true
        ? 'may be left empty'
        : undefined;
    const value = (await askField(field, left, terminal)).trim();
    if (value !== '') credentials.push([field.name, value]);
  }
  return Object.fromEntries(credentials);
}

async function askSet({ title, credentials }: Vendor, terminal: Terminal): Promise<CredentialSet> {
  const [first, ...others] = credentials;
  if (first === undefined) throw new TypeError(`${title} declares no credentials`);
  if (others.length === 0) return first;
  const { select } = await import('@clack/prompts');
  const options = credentials.map((set, value) => ({ value, label: set.title }));
  const chosen = await select({ message: `How do you sign in to ${title}?`, options, ...terminal });
  return credentials[answered(chosen)] ?? first;
}

/** `left` says what it means to leave the field empty, where that is possible. */
async function askField(field: CredentialField, left: string | undefined, terminal: Terminal): Promise<string> {
  const { password, text } = await import('@clack/prompts');
  const { name, description, secret } = field;
  const message = `${name}${left === undefined ? '' : ` (${left})`}: ${description}`;
  const validate = (value: string | undefined) => {
    const given = (value ?? '').trim();
    if (given === '' && left !== undefined) return undefined;
    const problem = credentialProblem(given);
    return problem === undefined ? undefined : `It ${problem}.`;
  };
  const answer = await (secret
    ? password({ message, validate, mask: '', ...terminal })
    : text({ message, validate, ...terminal }));
  return answered(answer);
}

/** Leaves by an error where the question was cancelled. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer !== 'symbol') return answer as Exclude<T, symbol>;
  throw new OppatchError('cancelled', 'Cancelled; nothing was stored.', { exitCode: 130 });
}
