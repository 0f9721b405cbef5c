/** Replaces every secret in a text by `***`. */
export type Redact = (text: string) => string;

/** Where nothing is secret. */
export const asItIs: Redact = (text) => text;

/** Forms that are secret whatever account is in use: bearer tokens, basic credentials, key pairs in a query, keys with a known beginning. */
const secretForms: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 ***'],
  [/\b(accessKey|secretKey|api_key|access_token|refresh_token|client_secret)=[^&\s"']+/gi, '$1=***'],
  [/\b(x-lsq-accesskey|x-lsq-secretkey|x-api-key)(["']?\s*[:=]\s*["']?)[^\s"',}]+/gi, '$1$2***'],
  [/\bgr_live_[A-Za-z0-9_-]+/g, '***'],
];

/** Shorter texts are too common to be worth hiding: masking them would hide innocent words. */
const shortestSecret = 4;

/** Characters of base64 that a secret determines whatever stands around it; fewer are no trace of it. */
const shortestBase64 = 5;

/**
 * The secrets of a session, and where they stand in a text: as they are, with any of their characters percent-encoded or escaped as JSON does it, and
 * in base64 at each of its three alignments (also of what stands in a form or in JSON that is encoded as a whole), so that they are found inside `Basic`
 * credentials and in whatever else a vendor repeats. Secrets that
 * arrive while it is at work, such as a renewed token, join it by `add`.
 */
export class SecretMask {
  readonly #known = new Set<string>();
  /** One for the secrets of each `add`: those of long tokens take long to be compiled. */
  readonly #patterns: RegExp[] = [];
  /** Of all secrets together, from the first time on that one has to be replaced. */
  #together: RegExp | undefined;

  constructor(secrets: readonly string[] = []) {
    this.add(...secrets);
  }

  readonly add = (...secrets: readonly string[]): void => {
    const added = secrets.filter((secret) => secret.length >= shortestSecret && !this.#known.has(secret));
    if (added.length === 0) return;
    for (const secret of added) this.#known.add(secret);
    this.#patterns.push(patternOf(added));
    this.#together = undefined;
  };

  /** True where a secret stands in the text in any form. */
  readonly hides = (text: string): boolean => this.#patterns.some((pattern) => text.search(pattern) >= 0);

  /** The text with `***` for each secret of the session, and for what is secret by its form in any session. */
  readonly mask: Redact = (text) => {
    let masked = text;
    if (this.hides(text)) {
      const [only, ...more] = this.#patterns;
      this.#together ??= more.length === 0 ? only : patternOf([...this.#known]);
      if (this.#together !== undefined) masked = text.replace(this.#together, '***');
    }
    for (const [form, replacement] of secretForms) masked = masked.replace(form, replacement);
    return masked;
  };
}

/** A redactor for secrets that are all known. */
export function createRedact(secrets: readonly string[]): Redact {
  return new SecretMask(secrets).mask;
}

function patternOf(secrets: readonly string[]): RegExp {
  const forms = secrets.flatMap(secretPatterns);
  // The longer one first, so that a secret which holds another one is masked whole.
  const sources = forms.toSorted((a, b) => b.length - a.length).map(({ source }) => source);
  return new RegExp([...new Set(sources)].join('|'), 'g');
}

interface Form {
  readonly length: number;
  readonly source: string;
}

function secretPatterns(secret: string): readonly Form[] {
  const forms = encodedForms(secret).flatMap(base64Forms);
  return forms.concat({ length: secret.length, source: spelledForms(secret) });
}

/** The secret as it stands in a text that is then put into base64 as a whole: as it is, in an address, in a form, in JSON. */
function encodedForms(secret: string): readonly string[] {
  const wellFormed = secret.replace(/\p{Surrogate}/gu, '\ufffd');
  const inForm = new URLSearchParams({ of: secret }).toString().slice('of='.length);
  return [...new Set([secret, encodeURIComponent(wellFormed), inForm, JSON.stringify(secret).slice(1, -1)])];
}

/** A pattern of the secret in which each character may be spelled as it is, percent-encoded or escaped. */
function spelledForms(secret: string): string {
  return [...secret].map(characterForms).join('');
}

function characterForms(character: string): string {
  const forms = new Set([escaped(character)]);
  // Half a character has no UTF-8: on its way out it becomes the replacement character.
  forms.add(
    [...Buffer.from(character)].map((byte) => `%(?:25)*${anyCase(byte.toString(16).padStart(2, '0'))}`).join(''),
  );
  forms.add(
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => String.raw`\\+u${anyCase(unit.toString(16).padStart(4, '0'))}`)
      .join(''),
  );
  if (character === ' ') forms.add(String.raw`\+`);
  if (/["\\/]/.test(character)) forms.add(String.raw`\\+${escaped(character)}`);
  const name = jsonEscapes[character];
  if (name !== undefined) forms.add(String.raw`\\+${name}`);
  // The longest first: `\\` must not be taken for half of its escaped form.
  return `(?:${[...forms].toSorted((a, b) => b.length - a.length).join('|')})`;
}

const jsonEscapes: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
};

/** The characters that the secret determines at each alignment, in both alphabets of base64. */
function base64Forms(secret: string): Form[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const determined = text.slice(first, end);
    if (determined.length < shortestBase64) return [];
    // What is determined in part goes with it: the letters up to the filling at the end.
    const source = [...determined]
      .map((letter) => letter.replace(/[+/]/, (sign) => base64Signs[sign] ?? sign))
      .join('');
    return [{ length: determined.length, source: `${source}(?:[A-Za-z0-9+/_-]{0,3}={1,2})?` }];
  });
}

const base64Signs: Readonly<Record<string, string>> = { '+': String.raw`[+-]`, '/': String.raw`(?:\\?/|_|%2[Ff])` };

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/-]/, String.raw`\$&`);
}
