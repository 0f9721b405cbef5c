import type { Change, Edit } from '../../core/edit.ts';
import type { Encoded, Field, ValueForm } from '../../core/field.ts';
import { isExactNumber, type Json } from '../../core/json.ts';
import {
  arrayList,
  checkedTextForm,
  choiceForm,
  dayForm,
  idForm,
  integerForm,
  minorUnitsForm,
  textForm,
} from '../../core/value-forms.ts';
import type { Audit, Settings } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { field, nullable, readOnlyFields } from '../shared/fields.ts';
import { partsBetween } from '../shared/metadata-reads.ts';
import { encodeAll, hinted, jsonNumberForm } from '../shared/value-forms.ts';

/*
 * The fields of PUT /opportunity/{id}/, as of 2026-10. The schema at https://api.close.com/api/openapi.json is a closed list of keys plus
 * `custom.…`; https://developer.close.com/api/resources/opportunities/update has the prose. Close may ignore an unknown key with a 200, so names
 * are judged here.
 */

/** The columns that do not depend on the account. `minor-units` of the settings says how many digits after the point an amount has. */
export function closeFields(settings: Settings): readonly Field[] {
  return [
    field(
      'status_id',
      'The status: its label, `Pipeline / Label`, or its id. A status belongs to one pipeline; one of another pipeline moves the opportunity there.',
      hinted(idForm('stat_'), 'Give the id of the status (`stat_…`); its label is looked up where Close can be asked.'),
      { common: ['stage', 'status'] },
    ),
    field(
      'amount',
      "The value in major units of the organization's currency, for example 1250.50; written to `value` as whole cents.",
      minorUnitsForm(Number(settings['minor-units'] ?? '2')),
      { common: ['amount'], currencyField: 'value_currency', writes: 'value', clearingHint: valueClearingHint },
    ),
    field(
      'value',
      'The value in whole cents. The column `amount` takes the same in major units.',
      integerForm({
        fractionHint: '`value` is in whole cents; use the column `amount` for major units.',
        refusesPoint: true,
      }),
      { clearingHint: valueClearingHint },
    ),
    ...settledFields,
  ];
}

const valueClearingHint = 'Close takes no empty value here; write 0 instead.';

const settledFields: readonly Field[] = [
  field(
    'value_period',
    'Whether the value is paid once, each month or each year.',
    choiceForm(['one_time', 'monthly', 'annual']),
  ),
  field(
    'confidence',
    'How likely it is, in percent.',
    integerForm({ smallest: 0n, largest: 100n, fractionHint: 'Write whole percent, for example 75.' }),
  ),
  field(
    'note',
    'Plain text. Rewrites `note_html`, so that formatting is lost. Emptying it with an empty text is not confirmed.',
    textForm(),
    { common: ['note'], cleared: { value: '' } },
  ),
  field(
    'note_html',
    'Restricted XHTML from <body> to </body>; wins over `note`. Clearing it empties both.',
    checkedTextForm('text', (text) =>
      /^<body>.*<\/body>$/s.test(text) ? undefined : 'does not begin with <body> and end with </body>',
    ),
    nullable,
  ),
  field(
    'user_id',
    'The owner: e-mail address or id. The schema lets it be cleared; what that does is not confirmed.',
    hinted(
      idForm('user_'),
      'Give the id of the user (`user_…`); an e-mail address is looked up where Close can be asked.',
    ),
    { common: ['owner'], ...nullable },
  ),
  field(
    'contact_id',
    'The id of a contact of the same lead. Clearing it detaches the contact.',
    hinted(idForm('cont_'), 'Give the id of the contact (`cont_…`).'),
    nullable,
  ),
  field(
    'date_won',
    'The day on which it was won, or is expected to be. Close fills it with today when a won status is set without it.',
    dayForm(),
    { common: ['close_date'], ...nullable },
  ),
  /** Keys of the reply that the update call does not take, by reason. */
  ...readOnlyFields({
    'Close computes it from value, value_period and confidence.': [
      'annualized_value',
      'expected_value',
      'annualized_expected_value',
      'value_formatted',
    ],
    "It is the organization's currency.": ['value_currency'],
    'It follows from the status; write status_id.': [
      'status_label',
      'status_type',
      'status_display_name',
      'pipeline_id',
      'pipeline_name',
    ],
    'Close sets it when a lost status is set.': ['date_lost'],
    'Close takes it only when an opportunity is created.': ['lead_id', 'created_by', 'date_created'],
    'Close keeps it itself.': [
      'organization_id',
      'updated_by',
      'date_updated',
      'is_stalled',
      'stall_status',
      'suggested_action',
      'comment_summary',
      'integration_links',
    ],
    'It is the name behind an id; write the id.': ['user_name', 'contact_name', 'created_by_name', 'updated_by_name'],
    'It belongs to the lead.': ['lead_name', 'lead_primary_email', 'lead_primary_phone'],
    'Whether a list of files replaces or extends the present one is not documented.': ['attachments'],
  }),
];

const customName = /^(custom\.(cf_[A-Za-z0-9]+))(?:\.(add|remove))?$/;

/** `custom.cf_…` and its `.add` and `.remove`. The setting `custom-numbers` names those whose values are sent as JSON numbers. */
export function closeOpenField(name: string, settings: Settings): Field | undefined {
  const [, key = '', fieldId = '', action] = customName.exec(name) ?? [];
  if (key === '') return undefined;
  const numeric = listedIds(settings['custom-numbers'] ?? '').includes(fieldId);
  if (action === undefined)
    return field(
      name,
      'A custom field by its id. An array replaces all values of a field with several.',
      customForm(numeric, true),
      nullable,
    );
  const description = action === 'add' ? 'Adds one value to a custom field.' : 'Removes one value from a custom field.';
  return field(name, description, customForm(numeric, false), {
    writes: key,
    action: action === 'add' ? 'add' : 'remove',
    clearingHint: `Clear ${key} instead.`,
  });
}

/** The ids in a list such as `cf_a, custom.cf_b`. */
export function listedIds(list: string): readonly string[] {
  return partsBetween(',', list).flatMap((name) => name.replace(/^custom\./, '') || []);
}

/** One value of a custom field: a JSON number where `numeric`, else any scalar as it stands. */
export function customScalarForm(numeric: boolean): ValueForm {
  return { type: numeric ? 'decimal' : 'any', encode: (input) => customScalar(input, numeric) };
}

/** A scalar; with `arrays` also a list of scalars. */
function customForm(numeric: boolean, arrays: boolean): ValueForm {
  const type = numeric ? 'decimal' : 'any';
  return {
    type,
    ...(arrays ? { list: arrayList } : {}),
    encode: (input) => {
      if (!isList(input)) return customScalar(input, numeric);
      if (!arrays) return { problem: 'is a list', hint: 'One value is added or removed at a time.' };
      if (input.length === 0) return { problem: 'is an empty list', hint: 'Use null to clear the field.' };
      return encodeAll(input, (item) => customScalar(item, numeric));
    },
  };
}

function customScalar(input: Json, numeric: boolean): Encoded {
  if (numeric) return number.encode(input);
  if (typeof input === 'object' && !isExactNumber(input)) {
    return { problem: input === null ? 'holds null' : 'is not a text, a number, true or false' };
  }
  return { value: input };
}

const number = jsonNumberForm();

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** What to say of names that look like a field of Close. */
export function closeFieldHint(name: string): string | undefined {
  if (/^cf_\w+$/.test(name)) return `Custom fields are named custom.${name}.`;
  if (/^custom([._ ]|$)/i.test(name)) {
    return 'Name a custom field as its users do, without custom in front, or by its id, custom.cf_…; `oppatch fields` lists them.';
  }
  if (/^currency$/i.test(name))
    return 'Close has one currency for the whole organization; leave the column out with --ignore.';
  return undefined;
}

/** What Close refuses, or does besides, as far as the edit alone shows it. */
export function closeAudit(edit: Edit): readonly Audit[] {
  const audits = doubledFields(edit);
  let note: Change | undefined;
  let hasNoteHtml = false;
  for (const change of edit.changes) {
    const { field, action, column } = change;
    if (field === 'note') note ??= change;
    hasNoteHtml ||= field === 'note_html';
    if (isReplacing(action)) continue;
    if (edit.changes.some((other) => other.field === field && isReplacing(other.action))) {
      const message = `${column} and ${field} stand in one row, and Close does not say which of them wins`;
      const hint = 'Put them into two rows, in the order in which they are to be done.';
      audits.push({ severity: 'error', code: 'custom-set-and-add', message, hint, column });
    }
  }
  if (note === undefined) return audits;
  const { column } = note;
  if (hasNoteHtml) {
    const message = 'note and note_html stand in one row, and Close would drop the note';
    const hint = 'Leave one of them empty.';
    audits.push({ severity: 'error', unlessUnchanged: true, code: 'note-and-note-html', message, hint, column });
  } else {
    // https://developer.close.com/api/overview/changelog/2026/6/1
    const message = 'Close rewrites a formatted note from the plain text, so its formatting is lost';
    const hint = 'Write note_html to keep formatting.';
    audits.push({ severity: 'warning', code: 'note-loses-formatting', message, hint, column });
  }
  return audits;
}

export function isReplacing(action: string): boolean {
  return action === 'set' || action === 'clear';
}
