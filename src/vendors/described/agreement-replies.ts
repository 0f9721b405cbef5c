import { printable } from '../../core/printable.ts';
import { type Agreement, nearHint } from './agreement-context.ts';
import { pointerOf, pointerProblem } from './pointers.ts';

/** What is said of replies and reads is whole. */

export function checkReplies({ form, at, report }: Agreement): void {
  const { success, read } = form;
  if (success === undefined && read === undefined)
    report(
      at('name'),
      'nothing says whether a write succeeded',
      'Add "success" (what a success looks like) or "read" (how a record is read, so that each write is proved).',
    );
  if (success !== undefined && (success.at === undefined) !== (success.equals === undefined))
    report(at('success'), 'at and equals go together', 'Write both: "at": "/success", "equals": true.');
  if (success?.empty === true && success.record !== undefined)
    report(at('success', 'empty'), 'an empty reply shows no record', 'Leave out `empty` or `record`.');
  for (const [listName, { entry }] of form.lists ?? []) {
    for (const hole of ['{key}', '{value}'])
      if (pointerOf(entry, hole) === undefined)
        report(
          at('lists', listName, 'entry'),
          `the entry does not hold "${hole}"`,
          'Write it as a text of its own: { "id": "{key}", "value": "{value}" }.',
        );
  }
  for (const [index, { field, fields, fieldAs, fieldFrom }] of (form.refusals ?? []).entries()) {
    if (fieldFrom !== undefined && fieldAs !== 'path')
      report(at('refusals', index, 'fieldFrom'), 'counts for paths only', 'Add "fieldAs": "path", or leave it out.');
    if (fieldAs === 'path' && field === undefined && fields === undefined)
      report(at('refusals', index, 'fieldAs'), 'does not say where the path stands', 'Add "field": a pointer.');
  }
  for (const [index, { is, pause }] of (form.meanings ?? []).entries())
    if (pause !== undefined && is !== 'throttled')
      report(at('meanings', index, 'pause'), 'is for replies that say throttled', 'Leave it out.');
  for (const [index, wait] of (form.throttled?.wait ?? []).entries())
    if ((wait.header === undefined) === (wait.at === undefined))
      report(
        at('throttled', 'wait', index),
        'does not say in one way where the wait stands',
        'Write "header" or "at".',
      );
  for (const [index, quota] of (form.quotas ?? []).entries()) {
    if (quota.headers?.reset !== undefined && quota.headers.unit === undefined)
      report(
        at('quotas', index, 'headers'),
        'does not say the unit of the reset',
        'Add "unit": "s", "ms", "epoch-s", "epoch-ms" or "iso".',
      );
  }
  if (read === undefined) return;
  const inQuery = [...(read.query?.values() ?? [])].some((value) => value.includes('{id}'));
  if (!read.path.includes('{id}') && !inQuery && pointerOf(read.constant ?? null, '{id}') === undefined)
    report(
      at('read', 'path'),
      'the read does not say which record it is for',
      'Write {id} into the path or the query.',
    );
  if (read.link !== undefined && read.linkAt !== undefined)
    report(at('read', 'linkAt'), 'there are two links', 'Write `link` or `linkAt`.');
  if (read.guard !== undefined && (read.guard.header === undefined) === (read.guard.at === undefined))
    report(
      at('read', 'guard'),
      'does not say in one way where the version stands',
      'Write "header": "ETag", or "at": a pointer.',
    );
  if (read.many !== undefined && (read.many.ids.query === undefined) === (read.many.ids.at === undefined))
    report(
      at('read', 'many', 'ids'),
      'does not say in one way where the ids go',
      'Write "query": "ids", or "at": a pointer into the body of a POST.',
    );
  if (read.many?.pageSize?.startsWith('/') === true && read.many.method !== 'POST')
    report(at('read', 'many', 'pageSize'), 'a place in a body needs a POST', 'Add "method": "POST".');
  if (read.many?.ids.at !== undefined && read.many.method !== 'POST')
    report(at('read', 'many', 'ids'), 'ids in a body need a POST', 'Add "method": "POST".');
}

/** A list agrees with the fields of the file, and what it sends with its method. */
export function checkList({ form, at, report }: Agreement): void {
  const list = form.read?.list;
  if (list === undefined) return;
  const { entries, search, pages, filters = new Map<string, never>() } = list;
  const here = (...path: readonly string[]): number => at('read', 'list', ...path);
  const known = [...form.fields.keys(), ...(form.readOnly?.values() ?? [])].flat();
  for (const name of filters.keys()) {
    if (known.includes(name)) continue;
    const hint = nearHint(name, known, 'Declare it in `fields` or `readOnly`.');
    report(here('filters', name), `"${printable(name)}" is not a field of this file`, hint);
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
