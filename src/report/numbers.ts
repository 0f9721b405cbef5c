const grouped = new Intl.NumberFormat('en');

/** `12,345`, for people. */
export function countText(count: number): string {
  return grouped.format(count);
}

/** `1 row`, `12,345 rows`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : plural}`;
}

/** A plain decimal with its digits in groups and none of them changed: `1234567.50` is `1,234,567.50`. Other text stays as it is. */
export function decimalWords(text: string): string {
  const parts = /^([+-]?)(\d+)((?:\.\d+)?)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = ''] = parts;
  return `${sign}${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}${fraction}`;
}

/** `14:05`, of this machine's clock. */
export function timeOfDayText(epochMs: number): string {
  const time = new Date(epochMs);
  return `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
}
