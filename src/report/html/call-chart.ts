import type { CallTimes } from '../../core/call-times.ts';
import { durationText, type Rate } from '../../core/duration.ts';
import { countText } from '../numbers.ts';
import { escapeHtml } from './escape.ts';

const width = 1000;
const height = 100;

/** Calls per second over the time of the run, reads on top of writes, with the quota as a line, as inline SVG that stretches to its place; labels are text beside it. */
export function callChart({ slotMs, slots, resumedAt }: CallTimes, quota: Rate | undefined): string {
  if (slots.length === 0) return '<p class="note">No call was sent.</p>';
  const perSecond = (calls: number): number => (calls * 1000) / slotMs;
  const peak = slots.reduce((most, { writes, reads }) => Math.max(most, writes + reads), 0);
  const limit = quota === undefined ? undefined : (quota.count * 1000) / quota.windowMs;
  const top = Math.max(perSecond(peak), limit ?? 0) * 1.08;
  const y = (calls: number): number => height - (calls / top) * height;
  const step = width / slots.length;
  const bars = slots
    .map(({ writes, reads }, slot) => {
      const place = { x: slot * step, width: step - Math.min(2, step * 0.15) };
      const [low, high] = [y(perSecond(writes)), y(perSecond(writes + reads))];
      return bar('calls', place, height, low) + bar('reads', place, low, high);
    })
    .join('');
  const resumed = resumedAt.map((slot) => vertical(fixed(slot * step))).join('');
  const line =
    limit === undefined
      ? ''
      : `<line class="quota" x1="0" x2="${width}" y1="${fixed(y(limit))}" y2="${fixed(y(limit))}"/>`;
  const spanMs = slots.length * slotMs;
  const parts = [
    `most: ${rateNumber(perSecond(peak))} calls a second`,
    limit === undefined || quota === undefined
      ? 'no quota is known'
      : `quota: ${rateNumber(limit)} a second (${countText(quota.count)} in ${durationText(quota.windowMs)})`,
    `mean of each ${durationText(slotMs)}`,
  ];
  const note =
    resumedAt.length === 0
      ? ''
      : '<p class="note">A dotted line: the run was resumed there; the time in between is left out.</p>';
  const sorts = [
    ['calls', 'writes', slots.some(({ writes }) => writes > 0)],
    ['reads', 'reads', slots.some(({ reads }) => reads > 0)],
  ] as const;
  const legend = sorts.map(([sort, name, isThere]) => (isThere ? `<span class="key ${sort}">${name}</span> ` : ''));
  const told = `Calls per second over ${durationText(spanMs)}; ${parts.join('; ')}`;
  return (
    `<figure class="chart"><figcaption>${legend.join('')}${escapeHtml(capital(parts.join(' · ')))}</figcaption>` +
    `<svg role="img" aria-label="${escapeHtml(told)}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">${bars}${resumed}${line}</svg>` +
    `<div class="axis" aria-hidden="true"><span>0</span><span>${durationText(spanMs / 2)}</span><span>${durationText(spanMs)}</span></div>` +
    `${note}</figure>`
  );
}

/** Nothing where it has no height. */
function bar(sort: string, { x, width: wide }: { x: number; width: number }, low: number, high: number): string {
  return low === high
    ? ''
    : `<rect class="${sort}" x="${fixed(x)}" y="${fixed(high)}" width="${fixed(wide)}" height="${fixed(low - high)}"/>`;
}

function vertical(x: string): string {
  return `<line class="resumed" x1="${x}" x2="${x}" y1="0" y2="${height}"/>`;
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}

function rateNumber(perSecond: number): string {
  return String(Number(perSecond.toPrecision(3)));
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
