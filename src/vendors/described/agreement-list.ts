import { nearestName } from '../../core/nearest.ts';
import { printable } from '../../core/printable.ts';
import type { Agreement } from './agreement-context.ts';
import { filterOf } from './list.ts';
import { pointerOf, pointerProblem } from './pointers.ts';

/** A list agrees with the fields of the file, and what it sends with its method. */
export function checkList({ form, at, report }: Agreement): void {
  const list = form.read?.list;
  if (list === undefined) return;
  const { entries, search, pages } = list;
  const filters = new Map([...(list.filters ?? [])].map(([name, said]) => [name, filterOf(said)]));
  const here = (...path: readonly string[]): number => at('read', 'list', ...path);
  const known = [...form.fields.keys(), ...(form.readOnly?.values() ?? [])].flat();
  for (const name of filters.keys()) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    report(
      here('filters', name),
      `"${printable(name)}" is not a field of this file`,
      near === undefined ? 'Declare it in `fields` or `readOnly`.' : `Did you mean "${near}"?`,
    );
  }
  if (new Set([...filters.values()].map((filter) => filter.in)).size !== filters.size)
    report(here('filters'), 'two fields are filtered in one place', 'Leave one of them out.');
  const places: readonly (readonly [string | undefined, readonly string[]])[] = [
    ...(entries === undefined ? [...filters].map(([name, filter]) => [filter.in, ['filters', name]] as const) : []),
    [search?.in, ['search', 'in']],
    [pages?.size?.in, ['pages', 'size', 'in']],
    [pages?.page?.in, ['pages', 'page', 'in']],
    [pages?.offset, ['pages', 'offset']],
    [pages?.cursor?.in, ['pages', 'cursor', 'in']],
  ];
  for (const [place = '', path] of places) {
    if (!place.startsWith('/')) continue;
    const problem = pointerProblem(place);
    if (problem !== undefined) report(here(...path), ...problem);
    if (list.method !== 'POST')
      report(here(...path), 'a place in a body needs a POST', 'Add "method": "POST", or name a query parameter.');
  }
  if (entries !== undefined) {
    if (list.method !== 'POST') report(here('entries'), 'entries in a body need a POST', 'Add "method": "POST".');
    for (const hole of ['{key}', '{value}'])
      if (pointerOf(entries.entry, hole) === undefined)
        report(
          here('entries', 'entry'),
          `the entry does not hold "${hole}"`,
          'Write it as a text of its own: { "field": "{key}", "value": "{value}" }.',
        );
  }
  for (const [name, filter] of filters) {
    const inBody = entries !== undefined || filter.in.startsWith('/');
    if (filter.as === 'list' && !inBody)
      report(here('filters', name), 'a list has no place in a query', 'Write "joined" or "repeated".');
    if (filter.as === 'repeated' && inBody)
      report(here('filters', name), 'parameters are repeated in a query only', 'Write "list" or "joined".');
  }
  if (pages === undefined) return;
  const ways = [pages.page, pages.offset, pages.cursor, pages.next, pages.linkHeader].filter(
    (way) => way !== undefined,
  );
  if (ways.length !== 1)
    report(
      here('pages'),
      'does not say in one way how the list goes on',
      'Write one of page, offset, cursor, next, linkHeader.',
    );
}
