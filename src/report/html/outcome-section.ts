import { durationText } from '../../core/duration.ts';
import { rowStatuses, rowStatusMeanings } from '../../core/outcome.ts';
import type { CallCounts } from '../../core/run-event.ts';
import { counted, countText } from '../numbers.ts';
import { pageText } from './escape.ts';
import type { RunPageFacts } from './run-page-facts.ts';

/** How the run went, in one sentence. */
export function headline({ counts, state }: RunPageFacts): string {
  const { read, applied, unchanged } = counts;
  if (read === 0) return 'There was nothing to do';
  const good = applied + unchanged;
  if (good === read)
    return applied === read
      ? `All ${counted(read, 'row')} applied`
      : `${countText(applied)} applied, ${countText(unchanged)} were so already`;
  const open = state === 'finished' ? '' : ', the run can be gone on with';
  return `${countText(good)} of ${counted(read, 'row')} done, ${countText(read - good)} not${open}`;
}

/** The counts as a bar and in words, and what the run was. */
export function outcomeSection(facts: RunPageFacts): string {
  const { counts, run, parent, source, baseUrl, startedAt, elapsedMs, calls, state, nextCommands } = facts;
  const present = rowStatuses.filter((status) => counts[status] > 0);
  let x = 0;
  const parts = present.map((status) => {
    const width = (counts[status] / counts.read) * 1000;
    const rect = `<rect class="${status}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10"/>`;
    x += width;
    return rect;
  });
  const told = present.map((status) => `${countText(counts[status])} ${status}`).join(', ');
  const items = present.map(
    (status) =>
      `<li><span class="status ${status}"><b>${countText(counts[status])}</b> ${status}</span> <span class="meaning">${rowStatusMeanings[status]}</span></li>`,
  );
  const started = `<time datetime="${pageText(startedAt)}">${pageText(startedAt.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC'))}</time>`;
  const all: readonly (readonly [string, string])[] = [
    ['Run', `<code>${pageText(run)}</code>`],
    ['State', state],
    ['Source', pageText(source === '-' ? 'standard input' : source)],
    ['Sent to', pageText(baseUrl)],
    ['Started', started],
    ['Took', elapsedMs === undefined ? 'not ended yet' : durationText(elapsedMs)],
    ['Calls', calls === undefined ? 'not known' : callsText(calls)],
    ...(parent === undefined ? [] : [['Goes back to', `<code>${pageText(parent)}</code>`] as const]),
    ...(nextCommands.length === 0
      ? []
      : [
          [
            'Next',
            nextCommands.map((command) => `<span class="command">${pageText(command)}</span>`).join(' '),
          ] as const,
        ]),
  ];
  return `<section aria-label="Outcome"><div class="card">
<svg class="bar" role="img" aria-label="${pageText(told)}" viewBox="0 0 1000 10" preserveAspectRatio="none">${parts.join('')}</svg>
<ul class="counts">${items.join('')}</ul>
<dl class="facts">${all.map(([name, content]) => `<div><dt>${name}</dt><dd>${content}</dd></div>`).join('')}</dl></div></section>`;
}

function callsText({ sent, reads, throttled, retried }: CallCounts): string {
  const parts = [
    `${countText(sent)} sent`,
    reads === 0 ? '' : `${counted(reads, 'read')} among them`,
    retried === 0 ? '' : `${countText(retried)} repeated`,
    throttled === 0 ? '' : `${countText(throttled)} throttled`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
