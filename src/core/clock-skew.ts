/**
 * By how many milliseconds this machine's clock is ahead of the one that wrote the `Date` header (behind where negative): the least
 * difference that explains it, 0 where both may agree. Undefined without a date. The header has whole seconds (RFC 9110, 6.6.1).
 * `sentAtMs`, `receivedAtMs`: when the reply was asked for and had come, by the clock of this machine; milliseconds since the epoch.
 */
export function clockSkewMs(
  date: string | undefined,
  { sentAtMs, receivedAtMs }: { readonly sentAtMs: number; readonly receivedAtMs: number },
): number | undefined {
  const secondMs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(secondMs)) return undefined;
  if (sentAtMs > secondMs + 999) return sentAtMs - (secondMs + 999);
  if (receivedAtMs < secondMs) return receivedAtMs - secondMs;
  return 0;
}
