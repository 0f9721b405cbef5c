import type { DateOrder } from './reading-rules.ts';

/**
 * Dates as people write them in files, checked against the calendar, and the forms that vendors want.
 * Accepted: `2026-11-30`, `2026-11-30T14:05:00Z`, `2026-11-30 14:05`, seconds and fractions optional, a zone (`Z`, `+05:30`, `-0800`)
 * optional and taken as UTC when absent. Local forms such as `11/30/2026` are read by {@link declaredDate} only.
 */
export interface Moment {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly epochMs: number;
  /** True where only a day was written, without a time. */
  readonly dayOnly: boolean;
  /** The digits of the fraction of a second as they were written, without zeros at the end; absent for a whole second. */
  readonly fraction?: string;
}

const form = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Undefined for text of another form and for days that do not exist, such as 2026-02-30. */
export function parseMoment(text: string): Moment | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', written = '', zone = 'Z'] = match;
  if (Number(year) < 1000 || !isDay(Number(year), Number(month), Number(day))) return undefined;
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (match[4] === undefined) return { epochMs: dayMs, dayOnly: true };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = zoneOffsetMinutes(zone);
  if (offset === undefined) return undefined;
  const timeMs = ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000;
  const fraction = written.replace(/0+$/, '');
  const epochMs = dayMs + timeMs + Number(fraction.slice(0, 3).padEnd(3, '0'));
  if (epochMs < earliestMs || epochMs > latestMs) return undefined;
  return { epochMs, dayOnly: false, ...(fraction === '' ? {} : { fraction }) };
}

const localForm =
  /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?\s*(?:([AP])\.?M\.?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Whether a text looks like a date of the kind whose order has to be declared: `30.11.2026`, `11/30/26 2:05 PM`. */
export function isLocalDate(text: string): boolean {
  return localForm.test(text) && !form.test(text);
}

/**
 * A date with its parts in the declared order, `30.11.2026` or `11/30/2026 2:05 PM`, as ISO 8601; other texts as they are. The year needs four digits:
 * undefined where a text has the form but not this order.
 */
export function declaredDate(text: string, order: DateOrder): string | undefined {
  const match = localForm.exec(text);
  if (match === null || form.test(text)) return text;
  const [, first = '', , second = '', third = '', hour, minute = '', seconds, half, zone = ''] = match;
  const parts = { first, second, third };
  const [year, month, day] = dateParts[order].map((part) => parts[part]);
  if (year?.length !== 4 || month === undefined || month.length > 2 || day === undefined || day.length > 2)
    return undefined;
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (hour === undefined) return iso;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  if (half !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return undefined;
  return `${iso}T${twoDigits(hours)}:${minute}${seconds === undefined ? '' : `:${seconds}`}${zone}`;
}

const dateParts = {
  dmy: ['third', 'second', 'first'],
  mdy: ['third', 'first', 'second'],
  ymd: ['first', 'second', 'third'],
} as const;

/** A zone may carry a moment out of the years of four digits. */
const earliestMs = Date.UTC(1000, 0, 1);
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (monthDays[month - 1] ?? 0) + (leap ? 1 : 0);
}

function zoneOffsetMinutes(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** `2026-11-30` */
export function dayText(moment: Moment): string {
  const date = new Date(moment.epochMs);
  return `${date.getUTCFullYear()}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
}

function twoDigits(count: number): string {
  return count < 10 ? `0${count}` : String(count);
}

/** `2026-11-30T14:05:00Z`, UTC, with the fraction of a second that was written. */
export function utcText({ epochMs, fraction }: Moment): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}${fraction === undefined ? '' : `.${fraction}`}Z`;
}

/** `2026-11-30 14:05:00`, UTC without a zone suffix, with the fraction of a second that was written. */
export function utcSpaceText(moment: Moment): string {
  return utcText(moment).slice(0, -1).replace('T', ' ');
}
