import { rowStatusMeanings } from '../../core/outcome.ts';
import { countText } from '../numbers.ts';
import { pageText } from './escape.ts';
import type { RunPageFacts } from './run-page-facts.ts';

/** The failures grouped by cause, with what would fix them; nothing where there are none. */
export function causesSection({ causes }: RunPageFacts): string {
  if (causes.length === 0) return '';
  const items = causes.map(({ status, code, message, hint, count, examples }) => {
    const places = examples.map(({ row, id }) => `row ${row} <code>${pageText(id)}</code>`).join(', ');
    const searched = code === 'other' ? '' : code;
    return `<li><h3><span class="status ${status}">${countText(count)} ${status}</span> · <code>${pageText(code)}</code></h3>
<p>${pageText(message === '' ? rowStatusMeanings[status] : message)}</p>
${hint === undefined ? '' : `<p class="fix">${pageText(hint)}</p>`}
<p class="note">${places}${count > examples.length ? ', …' : ''} <button type="button" hidden data-status="${status}" data-code="${pageText(searched)}">Show these rows</button></p></li>`;
  });
  return `<section aria-labelledby="causes-title"><div class="card"><h2 id="causes-title">Why rows were not applied</h2>
<ul class="causes">${items.join('\n')}</ul></div></section>`;
}
