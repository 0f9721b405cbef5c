const secretMembers =
  'access_token|refresh_token|id_token|device_code|code|code_verifier|client_secret|client_assertion|assertion';

const forms: readonly [RegExp, string][] = [
  [new RegExp(`("(?:${secretMembers})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"?`, 'gi'), '$1"***"'],
  [new RegExp(`(^|[?&\\s])(${secretMembers})=[^&\\s"']+`, 'gi'), '$1$2=***'],
];

/** Hides what is secret in requests to and replies of a sign-in server (RFC 6749, RFC 8628), whatever its value: bodies of forms, addresses, JSON. */
export function maskSignIn(text: string): string {
  return forms.reduce((masked, [form, replacement]) => masked.replace(form, replacement), text);
}
