const grouped = new Intl.NumberFormat('en');

/** `12,345`, for people. */
export function countText(count: number): string {
  return grouped.format(count);
}

/** `1 row`, `12,345 rows`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : plural}`;
}
