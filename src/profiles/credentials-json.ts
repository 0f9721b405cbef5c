import { OppatchError } from '../core/errors.ts';
import { nearestName } from '../core/nearest.ts';
import { printable } from '../core/printable.ts';
import type { Credentials, Vendor } from '../core/vendor.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { credentialNames, listed, missingFields, nearestSet, signInBrings } from './credential-set.ts';
import { isPart } from './profile.ts';

const mostBytes = 65_536;

/**
 * Reads credentials from a stream (stdin): one JSON object, name → value, that is exactly one of the vendor's ways of signing in; what
 * `profile login` brings may be missing. Throws an OppatchError that names what is unknown, missing or does not go together; never repeats a value.
 */
export async function readCredentialsJson(
  stream: AsyncIterable<Buffer | string>,
  vendor: Vendor,
): Promise<Credentials> {
  const text = await limitedText(stream, () => wrong(vendor, 'They are longer than 64 KiB.'));
  return parseCredentials(text, vendor);
}

/** Reads a refresh token, alone on one line, from a stream (stdin). Never repeats it. */
export async function readRefreshToken(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const text = await limitedText(stream, () => wrongToken('is longer than 64 KiB'));
  const token = text.replace(/^\uFEFF/, '').trim();
  const problem = credentialProblem(token) ?? (/^[{["']|\s/.test(token) ? 'is not the token alone' : undefined);
  if (problem !== undefined) throw wrongToken(problem);
  return token;
}

async function limitedText(stream: AsyncIterable<Buffer | string>, tooLong: () => OppatchError): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > mostBytes) throw tooLong();
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function wrongToken(problem: string): OppatchError {
  return new OppatchError('bad-refresh-token', `The refresh token ${problem}.`, {
    place: 'stdin',
    hint: 'Give the refresh token alone, in one line, without quotes.',
  });
}

/** The credentials in the text of one JSON object, checked as {@link readCredentialsJson} says. */
export function parseCredentials(text: string, vendor: Vendor): Credentials {
  const plain = text.replace(/^\uFEFF/, '').trim();
  if (plain === '') throw wrong(vendor, 'There is nothing on stdin.');
  const content = plainJsonIn(plain);
  if (content === undefined) throw wrong(vendor, 'They are not JSON.');
  if (!isPart(content)) throw wrong(vendor, 'They are not a JSON object.');
  const known = credentialNames(vendor);
  const given: [string, string][] = [];
  for (const [name, value] of Object.entries(content)) {
    if (!known.includes(name)) throw unknownName(vendor, name, known);
    if (value === null || value === '') continue;
    if (typeof value !== 'string') throw wrong(vendor, `${name} is not text.`);
    const problem = credentialProblem(value.trim());
    if (problem !== undefined) throw wrong(vendor, `${name} ${problem}.`);
    given.push([name, value.trim()]);
  }
  const credentials = Object.fromEntries(given);
  checkSet(vendor, credentials);
  return credentials;
}

/** Why no credential looks like this, or undefined. */
export function credentialProblem(value: string): string | undefined {
  if (value === '') return 'is empty';
  // oxlint-disable-next-line no-control-regex -- a line break would end a header
  return /[\u0000-\u001f\u007f]/.test(value) ? 'holds a line break or another control character' : undefined;
}

function checkSet(vendor: Vendor, given: Credentials): void {
  const names = Object.keys(given);
  const later = signInBrings(vendor);
  const complete = vendor.credentials.filter((set) => missingFields(set, given).every((name) => later.has(name)));
  const holds = (set: (typeof complete)[number], name: string) => set.fields.some((field) => field.name === name);
  if (complete.some((set) => names.every((name) => holds(set, name)))) return;
  const [fitting] = complete;
  if (fitting !== undefined) {
    const others = names.filter((name) => !holds(fitting, name));
    throw wrong(vendor, `${listed(others)} does not go with ${fitting.title}: give one way of signing in.`);
  }
  const nearest = nearestSet(vendor, given);
  const missing = missingFields(nearest, given);
  throw wrong(vendor, `${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} missing for ${nearest.title}.`);
}

/** A name that is near no known one may be a value in the wrong place, and is not repeated. */
function unknownName(vendor: Vendor, name: string, known: readonly string[]): OppatchError {
  const near = nearestName(name, known);
  return wrong(
    vendor,
    near === undefined
      ? 'One of their names is not known.'
      : `${printable(name)} is not a credential; did you mean ${near}?`,
  );
}

function wrong(vendor: Vendor, what: string): OppatchError {
  const forms = vendor.credentials.map(
    ({ fields }) =>
      `{${fields
        .filter(({ optional }) => optional !== true)
        .map(({ name }) => `"${name}":"…"`)
        .join(',')}}`,
  );
  return new OppatchError('bad-credentials', `The credentials can't be used. ${what}`, {
    place: 'stdin',
    hint: `${vendor.title} wants one JSON object: ${forms.join(' or ')}.`,
  });
}
