/** Network Authentication Required (RFC 6585): what a captive portal should answer with. */
const authenticationRequired = 511;

/** What shows that a reply to a call of an API is another server's page: a portal's that wants a sign-in, a parked name's; undefined for all others. */
export function foreignPage(
  status: number,
  headers: Readonly<Record<string, string>>,
  origin: string,
): string | undefined {
  const { location, 'content-type': type = '' } = headers;
  if (status === authenticationRequired) return `HTTP ${status}`;
  const moves = status >= 301 && status <= 308 && location !== undefined && URL.canParse(location, origin);
  if (moves) {
    const target = new URL(location, origin);
    if (target.origin !== origin) return `HTTP ${status} to ${target.host}`;
  }
  if (status >= 200 && status < 400 && /^text\/html\b/i.test(type)) return `HTTP ${status}, HTML`;
  return undefined;
}
