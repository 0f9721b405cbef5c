/** Replaces every secret in a text by `***`. */
export type Redact = (text: string) => string;

/** Forms that are secret whatever account is in use: bearer tokens, basic credentials, key pairs in a query, Raze keys. */
const secretForms: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 ***'],
  [/\b(accessKey|secretKey|api_key|access_token|refresh_token|client_secret)=[^&\s"']+/gi, '$1=***'],
  [/\b(x-lsq-accesskey|x-lsq-secretkey|x-api-key)(["']?\s*[:=]\s*["']?)[^\s"',}]+/gi, '$1$2***'],
  [/\bgr_live_[A-Za-z0-9_-]+/g, '***'],
];

/** Shorter texts are no secrets worth hiding and would mask innocent words. */
const shortestSecret = 4;

/**
 * A redactor for the given secrets: as they are, percent-encoded, base64 (alone and as the user name of Basic credentials), and
 * as they stand inside a JSON string.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < shortestSecret) continue;
    forms.add(secret);
    // Half a character, which has no percent-encoding, becomes the replacement character, as it does on its way out.
    forms.add(encodeURIComponent(Buffer.from(secret).toString()));
    forms.add(new URLSearchParams([['', secret]]).toString().slice(1));
    forms.add(JSON.stringify(secret).slice(1, -1));
    for (const form of [secret, `${secret}:`]) {
      forms.add(Buffer.from(form).toString('base64'));
      forms.add(Buffer.from(form).toString('base64').replace(/=+$/, ''));
    }
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let masked = text;
    for (const form of longestFirst) masked = masked.replaceAll(form, '***');
    for (const [form, replacement] of secretForms) masked = masked.replace(form, replacement);
    return masked;
  };
}
