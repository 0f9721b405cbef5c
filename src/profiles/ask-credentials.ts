import type { CredentialField, CredentialSet, Credentials, Vendor } from '../core/vendor.ts';
import { signInBrings } from './credential-set.ts';
import { credentialProblem } from './credentials-json.ts';
import { askChoice, askText, type Terminal } from './question.ts';

/**
 * Asks a person for the vendor's credentials: which way of signing in, where there are several, then each field, without echo where it is
 * secret. `signInFollows`: what a sign-in brings may be left empty because it is done next. Throws `cancelled` (exit 130) on Ctrl-C.
 */
export async function askCredentials(
  vendor: Vendor,
  terminal: Terminal,
  { signInFollows = false }: { readonly signInFollows?: boolean } = {},
): Promise<Credentials> {
  const set = await askSet(vendor, terminal);
  const later = signInBrings(vendor);
  const credentials: [string, string][] = [];
  for (const field of set.fields) {
    const left = later.has(field.name)
      ? `leave it empty to sign in ${signInFollows ? 'next' : 'later with `oppatch profile login`'}`
      : field.optional === true
        ? 'may be left empty'
        : undefined;
    const value = await askField(field, left, terminal);
    if (value !== '') credentials.push([field.name, value]);
  }
  return Object.fromEntries(credentials);
}

async function askSet({ title, credentials }: Vendor, terminal: Terminal): Promise<CredentialSet> {
  const [first, ...others] = credentials;
  if (first === undefined) throw new TypeError(`${title} declares no credentials`);
  if (others.length === 0) return first;
  const choices = credentials.map((value) => ({ value, label: value.title }));
  return askChoice(`How do you sign in to ${title}?`, choices, terminal);
}

/** `left` says what it means to leave the field empty, where that is possible. */
function askField(field: CredentialField, left: string | undefined, terminal: Terminal): Promise<string> {
  const { name, description, secret } = field;
  return askText(
    {
      message: `${name}${left === undefined ? '' : ` (${left})`}: ${description}`,
      secret,
      problem: (text) => {
        if (text === '' && left !== undefined) return undefined;
        const problem = credentialProblem(text);
        return problem === undefined ? undefined : `It ${problem}.`;
      },
    },
    terminal,
  );
}
