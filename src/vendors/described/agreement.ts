import { nearestName } from '../../core/nearest.ts';
import type { PlacedJson } from '../../core/placed-json.ts';
import { printable } from '../../core/printable.ts';
import { datePattern, isZone } from './date-pattern.ts';
import type { FieldForm, VendorForm, WriteForm } from './form.ts';
import { pointerOf } from './pointers.ts';
import type { Report } from './shape.ts';
import { holesOf } from './templates.ts';
import { isCredentialName } from './text-problems.ts';

/** What several parts of a vendor file have to agree on: names that are used are declared, and what belongs together is there. */
export function disagreements(form: VendorForm, root: PlacedJson, report: Report): void {
  const at = (...path: readonly (string | number)[]): number => offsetOf(root, path);
  const context: Context = { form, at, report };
  checkTemplates(context, root);
  checkWrites(context);
  checkCredentials(context);
  checkFields(context);
  checkReplies(context);
  checkBatch(context);
}

interface Context {
  readonly form: VendorForm;
  readonly at: (...path: readonly (string | number)[]) => number;
  readonly report: Report;
}

/** Of the member or entry that the path leads to, or of the last one on the way that is there. */
function offsetOf(root: PlacedJson, path: readonly (string | number)[]): number {
  let current = root;
  let { offset } = root;
  for (const step of path) {
    const member = typeof step === 'string' ? current.members?.find(({ name }) => name === step) : undefined;
    const next = typeof step === 'number' ? current.items?.[step] : member?.value;
    if (next === undefined) break;
    offset = member?.offset ?? next.offset;
    current = next;
  }
  return offset;
}

/** Members whose texts may hold `{id}` or settings, and which of them `{id}`. */
const templated: Readonly<Record<string, 'settings' | 'id'>> = {
  baseUrl: 'settings',
  headers: 'settings',
  zone: 'settings',
  path: 'id',
  query: 'id',
  constant: 'id',
  link: 'id',
};

function checkTemplates({ form, report }: Context, root: PlacedJson): void {
  const settings = [...(form.settings?.keys() ?? [])];
  const check = ({ value, offset, members, items }: PlacedJson, allowed: 'settings' | 'id'): void => {
    for (const name of typeof value === 'string' ? holesOf(value) : []) {
      if (settings.includes(name) || (name === 'id' && allowed === 'id')) continue;
      const known = [...settings, ...(allowed === 'id' ? ['id'] : [])];
      const near = nearestName(name, known);
      report(
        offset,
        name === 'id' ? '{id} has no place here' : `{${name}} is not a setting of this file`,
        near === undefined
          ? `Declare it: "settings": { "${name}": { "description": "…" } }.`
          : `Did you mean {${near}}?`,
      );
    }
    for (const member of members ?? []) check(member.value, allowed);
    for (const item of items ?? []) check(item, allowed);
  };
  const visit = (node: PlacedJson, inside: string): void => {
    for (const { name, value } of node.members ?? []) {
      const allowed =
        inside === 'fields' || inside === 'settings' || inside === 'credentials' ? undefined : templated[name];
      if (allowed !== undefined && name !== 'settings') check(value, allowed);
      else if (name === 'zone') check(value, 'settings');
      else visit(value, name);
    }
    for (const item of node.items ?? []) visit(item, inside);
  };
  visit(root, '');
}

function checkWrites({ form, at, report }: Context): void {
  const writes: [WriteForm, readonly (string | number)[]][] = [[form.update, ['update']]];
  for (const [index, extra] of (form.extra ?? []).entries()) writes.push([extra, ['extra', index]]);
  for (const [write, path] of writes) {
    const inQuery = [...(write.query?.values() ?? [])].some((value) => value.includes('{id}'));
    if (
      !write.path.includes('{id}') &&
      !inQuery &&
      write.idAt === undefined &&
      pointerOf(write.constant ?? null, '{id}') === undefined
    )
      report(
        at(...path, 'path'),
        'the call does not say which record it is for',
        'Write {id} into the path, or "idAt": a pointer into the body.',
      );
    if (
      write.patch !== undefined &&
      (write.under !== undefined || write.idAt !== undefined || write.constant !== undefined)
    )
      report(
        at(...path, 'patch'),
        'a JSON Patch has no members besides its operations',
        'Leave out under, idAt and constant, or leave out patch.',
      );
  }
  const taken = new Set<string>();
  for (const [index, { fields }] of (form.extra ?? []).entries()) {
    for (const [position, name] of fields.entries()) {
      checkField({ form, at, report }, name, ['extra', index, 'fields', position]);
      if (taken.has(name))
        report(
          at('extra', index, 'fields', position),
          `two calls send "${printable(name)}"`,
          'Leave it in one of them.',
        );
      taken.add(name);
    }
  }
}

function checkField({ form, at, report }: Context, name: string, path: readonly (string | number)[]): void {
  if (form.fields.has(name)) return;
  const near = nearestName(name, form.fields.keys());
  report(
    at(...path),
    `"${printable(name)}" is not a field of this file`,
    near === undefined ? 'Declare it in `fields`.' : `Did you mean "${near}"?`,
  );
}

function checkCredentials({ form, at, report }: Context): void {
  const carried = new Set<string>();
  for (const [name, { header, query, as, prefix }] of form.credentials) {
    if ([header, query, as].filter((way) => way !== undefined).length !== 1)
      report(
        at('credentials', name),
        'does not say in one way how it is sent',
        'Write one of "header": "X-API-Key", "query": "api_key", "as": "bearer".',
      );
    if (prefix !== undefined && header === undefined)
      report(
        at('credentials', name, 'prefix'),
        'a prefix stands in a header only',
        'Add "header", or leave out the prefix.',
      );
    carried.add((header ?? query ?? 'Authorization').toLowerCase());
  }
  if ([...form.credentials.values()].every((credential) => credential.public === true))
    report(
      at('credentials'),
      'none of the credentials is secret',
      'Leave out "public" where the value must not be seen.',
    );
  for (const name of form.headers?.keys() ?? []) {
    if (isCredentialName(name) || carried.has(name.toLowerCase()))
      report(
        at('headers', name),
        'is a header that carries a credential',
        'Credentials are never in the file: declare it in `credentials`.',
      );
  }
  for (const [path, query] of [
    [['update', 'query'], form.update.query],
    [['read', 'query'], form.read?.query],
    [['check', 'query'], form.check.query],
    [['batch', 'query'], form.batch?.query],
  ] as const) {
    for (const name of query?.keys() ?? []) {
      if (isCredentialName(name) || carried.has(name.toLowerCase()))
        report(
          at(...path, name),
          'is a parameter that carries a credential',
          'Credentials are never in the file: declare it in `credentials` with "query".',
        );
    }
  }
}

const numberForms = ['number', 'text', 'minor'];
const dateForms = ['day', 'iso', 'epoch-s', 'epoch-ms'];

function checkFields(context: Context): void {
  const { form, at, report } = context;
  const common = new Map<string, string>();
  for (const [name, field] of form.fields) {
    if (name === 'id' || form.id?.columns?.includes(name) === true)
      report(
        at('fields', name),
        'is the name of the id',
        'Leave it out, or name the column otherwise and write "member".',
      );
    if (typeof field === 'string') continue;
    for (const word of [field.common ?? []].flat()) {
      const other = common.get(word);
      if (other !== undefined)
        report(
          at('fields', name, 'common'),
          `"${word}" is what "${printable(other)}" is called already`,
          'Give it to one field.',
        );
      common.set(word, name);
    }
    checkFieldForm(context, name, field);
  }
  for (const [reason, names] of form.readOnly ?? []) {
    for (const [index, name] of names.entries())
      if (form.fields.has(name))
        report(
          at('readOnly', reason, index),
          `"${printable(name)}" is a field that can be written`,
          'Leave it out here, or in `fields`.',
        );
  }
}

function checkFieldForm(context: Context, name: string, field: FieldForm): void {
  const { form, at, report } = context;
  const wrong = (member: string, message: string, hint: string): void =>
    report(at('fields', name, member), message, hint);
  const { type, list, key } = field;
  if (list !== undefined && form.lists?.has(list) !== true)
    wrong(
      'list',
      `there is no list "${printable(list)}"`,
      `Declare it in \`lists\`: ${[...(form.lists?.keys() ?? [])].join(', ') || 'none is there'}.`,
    );
  if ((list === undefined) !== (key === undefined))
    wrong(list === undefined ? 'key' : 'list', 'list and key go together', 'Write both, or neither.');
  if (list !== undefined && (field.at !== undefined || field.member !== undefined))
    wrong('list', 'stands both in a list and at a place of its own', 'Leave out `at` and `member`.');
  if (field.at !== undefined && field.member !== undefined)
    wrong('at', 'has two places', 'Write `at` or `member`, not both.');
  if (field.values !== undefined && (type !== 'choice' || field.options !== undefined))
    wrong(
      'values',
      'values are for a choice without options',
      'Write "type": "choice", and either `options` or `values`.',
    );
  if (field.options !== undefined && type !== 'choice' && type !== 'list')
    wrong('options', `options are not for the type ${type}`, 'Write "type": "choice" or "list".');
  for (const way of ['sent', 'shown'] as const) {
    const wire = field[way];
    if (wire === undefined || (type === 'id' && way === 'sent' && wire === 'number')) continue;
    const allowed =
      type === 'number' || type === 'integer' ? numberForms : type === 'date' || type === 'date-time' ? dateForms : [];
    if (allowed.includes(wire) || (allowed === dateForms && datePattern(wire) !== undefined)) continue;
    wrong(
      way,
      `"${printable(wire)}" is not a form of the type ${type}`,
      allowed.length === 0
        ? 'Leave it out.'
        : `Write one of ${allowed.join(', ')}${allowed === dateForms ? ', or a pattern with YYYY, M or MM, D or DD' : ''}.`,
    );
  }
  if (field.places !== undefined && field.sent !== 'minor' && field.shown !== 'minor')
    wrong('places', 'places are for minor units', 'Write "sent": "minor", or leave it out.');
  if (field.zone !== undefined && holesOf(field.zone).length === 0 && !isZone(field.zone))
    wrong('zone', `"${printable(field.zone)}" is not a time zone`, 'Write one such as "Europe/Berlin".');
  if (field.zone !== undefined && type !== 'date')
    wrong('zone', 'a zone is for days', 'Write "type": "date", or leave it out.');
  for (const [index, other] of (field.needs ?? []).entries())
    checkField(context, other, ['fields', name, 'needs', index]);
  for (const other of field.with?.keys() ?? []) checkField(context, other, ['fields', name, 'with', other]);
}

function checkReplies({ form, at, report }: Context): void {
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
  if (read.many?.ids.at !== undefined && read.many.method !== 'POST')
    report(at('read', 'many', 'ids'), 'ids in a body need a POST', 'Add "method": "POST".');
}

function checkBatch({ form, at, report }: Context): void {
  const { batch } = form;
  if (batch === undefined) return;
  if (batch.by !== 'position' && batch.outcomeKey === undefined)
    report(
      at('batch', 'by'),
      `outcomes by ${batch.by} need the place of it`,
      'Add "outcomeKey": a pointer in an outcome.',
    );
  if (batch.by === 'key' && batch.keyAt === undefined)
    report(at('batch', 'by'), 'a key of ours has to be sent', 'Add "keyAt": a pointer in a record.');
  if (batch.idAt === undefined && pointerOf(batch.constant ?? null, '{id}') === undefined)
    report(at('batch'), 'the records of a batch do not say which they are', 'Add "idAt": a pointer in a record.');
  if (batch.patch !== undefined) report(at('batch', 'patch'), 'a batch is not a JSON Patch', 'Leave it out.');
  if (batch.guilty !== undefined && (batch.guilty.position === undefined) === (batch.guilty.id === undefined))
    report(at('batch', 'guilty'), 'does not say in one way which row is to blame', 'Write "position" or "id".');
  if (batch.success === undefined && form.read === undefined)
    report(at('batch'), 'nothing says whether a row of a batch succeeded', 'Add "success", or "read" at the top.');
}
