import { decimalWords } from '../core/decimal-words.ts';

/** `12,345`, for people. By hand: `Intl.NumberFormat` takes some 15 ms to load. */
export function countText(count: number): string {
  return decimalWords(String(count));
}

/** `1 row`, `12,345 rows`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : plural}`;
}

/** `2026-11-21 14:05`, of this machine's clock; `iso` is a moment of a record of ours, and other text stays as it is. */
export function momentText(iso: string): string {
  const epochMs = Date.parse(iso);
  if (Number.isNaN(epochMs)) return iso;
  const day = new Date(epochMs);
  const parts = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${parts.join('-')} ${timeOfDayText(epochMs)}`;
}

/** `14:05`, of this machine's clock. */
export function timeOfDayText(epochMs: number): string {
  const time = new Date(epochMs);
  return `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
}
