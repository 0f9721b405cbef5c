import { countText } from '../numbers.ts';
import { pageText } from './escape.ts';

/** Statuses that there are, with the number of rows. */
export type StatusCounts = readonly (readonly [status: string, count: number])[];

/** A name with what stands beside it, as HTML; left out where that is undefined. */
export type PageFact = readonly [name: string, content: string | undefined];

/** The counts of `rows` as a bar and in words, with what each status means, and what is known of the whole. */
export function outcomeSection(
  counts: StatusCounts,
  rows: number,
  meanings: Readonly<Record<string, string>>,
  facts: readonly PageFact[],
): string {
  let x = 0;
  const bars = counts.map(([status, count]) => {
    const width = (count / Math.max(1, rows)) * 1000;
    const bar = `<rect class="${status}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10"/>`;
    x += width;
    return bar;
  });
  const told = counts.map(([status, count]) => `${countText(count)} ${status}`).join(', ');
  const items = counts.map(
    ([status, count]) =>
      `<li><span class="status ${status}"><b>${countText(count)}</b> ${pageText(status)}</span> <span class="meaning">${meanings[status] ?? ''}</span></li>`,
  );
  const shown = facts
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => `<div${wide.has(name) ? ' class="wide"' : ''}><dt>${name}</dt><dd>${content}</dd></div>`);
  return `<section aria-label="Outcome"><div class="card">
<svg class="bar" role="img" aria-label="${pageText(told)}" viewBox="0 0 1000 10" preserveAspectRatio="none">${bars.join('')}</svg>
<ul class="counts">${items.join('')}</ul>
<dl class="facts">${shown.join('')}</dl></div></section>`;
}

/** Facts that are too long for a column. */
const wide: ReadonlySet<string> = new Set(['Fingerprint', 'Once approved']);

/** A moment, ISO 8601 and UTC. */
export function timeHtml(iso: string): string {
  return `<time datetime="${pageText(iso)}">${pageText(iso.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC'))}</time>`;
}

/** The file that rows come from. */
export function sourceHtml(source: string): string {
  return pageText(source === '-' ? 'standard input' : source);
}

/** What to type. */
export function commandHtml(command: string): string {
  return `<span class="command">${pageText(command)}</span>`;
}
