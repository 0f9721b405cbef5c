import { printable } from '../../core/printable.ts';
import { checkField, type Agreement } from './agreement-context.ts';
import { isTimeZone } from '../shared/value-forms.ts';
import { datePattern } from './date-pattern.ts';
import type { FieldForm } from './form.ts';
import { holesOf } from './templates.ts';

/** The members of a field agree with its type and with each other. */

const numberForms = ['number', 'text', 'minor'];
const dateForms = ['day', 'iso', 'epoch-s', 'epoch-ms'];

export function checkFields(context: Agreement): void {
  const { form, at, report } = context;
  const common = new Map<string, string>();
  for (const [name, field] of form.fields) {
    if (name === 'id' || form.id?.columns?.includes(name) === true)
      report(
        at('fields', name),
        'is the name of the id',
        'Leave it out, or name the column otherwise and write "member".',
      );
    for (const word of field.common ?? []) {
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

function checkFieldForm(context: Agreement, name: string, field: FieldForm): void {
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
  if (field.zone !== undefined && holesOf(field.zone).length === 0 && !isTimeZone(field.zone))
    wrong('zone', `"${printable(field.zone)}" is not a time zone`, 'Write one such as "Europe/Berlin".');
  if (field.zone !== undefined && type !== 'date')
    wrong('zone', 'a zone is for days', 'Write "type": "date", or leave it out.');
  for (const [index, other] of (field.needs ?? []).entries())
    checkField(context, other, ['fields', name, 'needs', index]);
  for (const other of field.with?.keys() ?? []) checkField(context, other, ['fields', name, 'with', other]);
}
