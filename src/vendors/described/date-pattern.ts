import { parseMoment } from '../../core/dates.ts';

/** Dates in a service's own pattern, and days of a time zone. Pure: the zones are those that Node itself knows. */

export interface DatePattern {
  /** From `2026-11-30` or `2026-11-30T14:05:00Z`. */
  readonly write: (text: string) => string | undefined;
  /** To the same; undefined where the text is not of the pattern or no such day exists. */
  readonly read: (text: string) => string | undefined;
}

const tokens = /YYYY|MM|DD|HH|mm|ss|M|D/g;

/** Undefined for a text without year, month and day. */
export function datePattern(pattern: string): DatePattern | undefined {
  const found: readonly string[] = pattern.match(tokens) ?? [];
  const has = (...names: readonly string[]): boolean => names.some((name) => found.includes(name));
  if (
    !has('YYYY') ||
    !has('MM', 'M') ||
    !has('DD', 'D') ||
    new Set(found.map((name) => (name.length === 1 ? name + name : name))).size !== found.length
  )
    return undefined;
  const form = new RegExp(
    `^${pattern
      .split(/(YYYY|MM|DD|HH|mm|ss|M|D)/)
      .map((part, index) =>
        index % 2 === 0
          ? literal(part)
          : part === 'YYYY'
            ? String.raw`(\d{4})`
            : part.length === 1
              ? String.raw`(\d{1,2})`
              : String.raw`(\d{2})`,
      )
      .join('')}$`,
  );
  return {
    write: (text) => {
      const moment = parseMoment(text);
      if (moment === undefined) return undefined;
      const [day = '', time = '00:00:00'] = new Date(moment.epochMs).toISOString().slice(0, 19).split('T');
      const [year = '', month = '', date = ''] = day.split('-');
      const [hour = '', minute = '', second = ''] = time.split(':');
      const parts: Readonly<Record<string, string>> = {
        YYYY: year,
        MM: month,
        DD: date,
        HH: hour,
        mm: minute,
        ss: second,
        M: String(Number(month)),
        D: String(Number(date)),
      };
      const written = pattern.replace(tokens, (token) => parts[token] ?? token);
      // What the pattern has no place for would be lost.
      return moment.fraction === undefined && (has('HH') || time === '00:00:00') ? written : undefined;
    },
    read: (text) => {
      const match = form.exec(text.trim());
      if (match === null) return undefined;
      const part = (...names: readonly string[]): string =>
        match[found.findIndex((name) => names.includes(name)) + 1] ?? '0';
      const day = `${part('YYYY')}-${two(part('MM', 'M'))}-${two(part('DD', 'D'))}`;
      const optional = (name: string): string => (has(name) ? two(part(name)) : '00');
      const read = has('HH') ? `${day}T${part('HH')}:${optional('mm')}:${optional('ss')}Z` : day;
      return parseMoment(read) === undefined ? undefined : read;
    },
  };
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

function two(digits: string): string {
  return digits.padStart(2, '0');
}

/** The day, `YYYY-MM-DD`, that a moment falls on in a zone. */
export function zoneDay(epochMs: number, zone: string): string {
  const parts = new Map(
    new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
      .formatToParts(new Date(epochMs))
      .map(({ type, value }) => [type, value]),
  );
  return `${(parts.get('year') ?? '').padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
}

const hourMs = 3_600_000;

/** The first moment of a day in a zone. Where a clock change swallows midnight it is the first moment after. */
export function zoneMidnightMs(day: string, zone: string): number | undefined {
  const moment = parseMoment(day);
  if (moment === undefined) return undefined;
  // Zones are from 14 hours before to 12 hours after UTC; the day begins between, at a quarter of an hour.
  let [early, late] = [moment.epochMs - 15 * hourMs, moment.epochMs + 13 * hourMs];
  while (late - early > hourMs / 4) {
    const middle = Math.round((early + late) / 2 / (hourMs / 4)) * (hourMs / 4);
    if (middle <= early || middle >= late) break;
    if (zoneDay(middle, zone) < day) early = middle;
    else late = middle;
  }
  return late;
}
