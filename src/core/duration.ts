/** Durations and rates as people type them: `500ms`, `30s`, `5m`, `1h30m`, `1d`; `25/5s`. */
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const durationForm = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const partForm = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** Milliseconds, or undefined for text of another form, for 0 and for more than ten years. */
export function parseDurationMs(text: string): number | undefined {
  if (!durationForm.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(partForm)) sum += Number(count) * (unitMs[unit ?? ''] ?? Number.NaN);
  // Rounded first: 16.1 × 1000 is 16100.000000000002 in a float.
  return sum > 0 && sum <= 3650 * 86_400_000 ? Math.max(1, Math.ceil(Number(sum.toFixed(3)))) : undefined;
}

/** For people: `850ms`, `12s`, `3m 20s`, `1h 23m`, `2d 4h`. */
export function durationText(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.max(0, Math.round(durationMs))}ms`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

/** A number of calls in a window. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

/** A rate as the user sets it: of all calls of the account, or of one group of them. */
export interface SetRate extends Rate {
  readonly group?: string;
}

const groupForm = /^[a-z][a-z-]{0,30}$/;

/** `25/5s`, `10000/1d`, `10/s` (a unit alone means one of it), `bulk=5/5s`. Undefined for another form or a count of 0. */
export function parseRate(text: string): SetRate | undefined {
  const [, group, rest = ''] = /^(?:([a-z][a-z-]{0,30})=)?(.*)$/s.exec(text.trim()) ?? [];
  const rate = parseBareRate(rest);
  return rate === undefined || group === undefined ? rate : { ...rate, group };
}

function parseBareRate(text: string): Rate | undefined {
  const [countText = '', windowText = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,9}$/.test(countText)) return undefined;
  const windowMs = parseDurationMs(/^[a-z]/.test(windowText) ? `1${windowText}` : windowText);
  const count = Number(countText);
  return windowMs === undefined || count === 0 ? undefined : { count, windowMs };
}

/** `25/5s`, `bulk=5/5s`: a group is named where a rate may name it. */
export function rateText({ count, windowMs, group }: SetRate): string {
  const [unit, ms] = Object.entries(unitMs)
    .toReversed()
    .find(([, size]) => windowMs % size === 0) ?? ['ms', 1];
  return `${group === undefined || !groupForm.test(group) ? '' : `${group}=`}${count}/${windowMs / ms}${unit}`;
}
