import { utcSpaceText } from '../../core/dates.ts';

const americanDate = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ([AP])M)?)?$/i;

/** `M/D/YYYY h:mm:ss AM`, which some reads show, as `YYYY-MM-DD HH:MM:SS`, the form that is written. Both are UTC. */
export function sortedDate(text: string): string {
  const match = americanDate.exec(text);
  if (match === null) return text;
  const [, month, day, year, hour = '0', minute = '0', second = '0', half] = match;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  const epochMs = Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(second));
  return utcSpaceText({ epochMs, dayOnly: false });
}
