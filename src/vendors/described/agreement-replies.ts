import type { Agreement } from './agreement-context.ts';
import { pointerOf } from './pointers.ts';

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
