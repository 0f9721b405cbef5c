import type { Edit } from '../../core/edit.ts';
import type { Field, ValueForm } from '../../core/field.ts';
import { checkedTextForm, decimalForm, textForm, utcSpaceForm } from '../../core/value-forms.ts';
import type { Audit, Settings } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { field, readOnlyFields } from '../shared/fields.ts';
import { partsBetween } from '../shared/metadata-reads.ts';

/*
 * The fields of an opportunity at LeadSquared, as of 2026-10. Most are `mx_Custom_N`, and what each of them holds differs between accounts
 * and opportunity types. All values are sent as text. https://apidocs.leadsquared.com/update-an-opportunity/
 */

export const guidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The code of an opportunity type, such as 12000. */
export const eventCodeForm = /^[1-9]\d{0,8}$/;

/** An empty text is what the sibling call "Update an Activity" sends; for opportunities no page shows it. */
const emptied = { value: '' } as const;
const emptiedRemark = 'Cleared with an empty text, which LeadSquared documents for activities only.';

/** The fields that every account has. */
export const leadsquaredFields: readonly Field[] = [
  field(
    'Status',
    'Open, Won or Lost; accounts may rename them. A stage may have to be valid under the status.',
    textForm(),
    { common: ['status'], clearingHint: 'Every opportunity has a status; write another one.' },
  ),
  field(
    'Owner',
    'The user who owns the opportunity: e-mail address or id (GUID). The owner of the lead stays.',
    checkedTextForm('id', (text) =>
      guidForm.test(text)
        ? undefined
        : 'is not the id of a user, a GUID; an e-mail address is looked up where LeadSquared can be asked',
    ),
    { common: ['owner'], clearingHint: 'Every opportunity has an owner; write another one.' },
  ),
  field(
    'OpportunityNote',
    `The note of the opportunity. Whether it replaces the present note is not documented. ${emptiedRemark}`,
    textForm(),
    { common: ['note'], cleared: emptied },
  ),
  field(
    'OpportunityEventCode',
    "The code of the row's opportunity type, such as 12000, where it is not the profile's; rows with a code are read and sent in bulk. It changes nothing.",
    checkedTextForm('integer', (text) =>
      eventCodeForm.test(text) ? undefined : 'is not the code of an opportunity type, a whole number such as 12000',
    ),
  ),
  field(
    'CreatedOn',
    'When it was created. Accepted only after LeadSquared has enabled it for the account.',
    utcSpaceForm(),
  ),
  ...readOnlyFields({
    'LeadSquared keeps it itself.': ['ModifiedOn', 'CreatedBy', 'ModifiedBy'],
    'An opportunity stays with its lead.': ['RelatedProspectId'],
    'It is the code of the opportunity type, which does not change.': ['OpportunityEvent'],
  }),
];

/** What LeadSquared may make of an edit, as far as the edit alone shows it. */
export function leadsquaredAudit(edit: Edit): readonly Audit[] {
  const cleared = edit.changes.filter(({ action }) => action === 'clear');
  return [
    ...doubledFields(edit),
    ...cleared.map(({ field: name, column }) => ({
      severity: 'warning' as const,
      code: 'clearing-unconfirmed',
      message: `${name} is cleared with an empty text, which LeadSquared does not document for opportunities`,
      hint: 'Try one row first (--limit 1) and look at the opportunity.',
      column,
    })),
  ];
}

/**
 * A warning for each column whose values nothing checks: those of `Status` and of schema names hold numbers, dates and choices that are known only
 * from the metadata of the opportunity type. `known`: the fields whose metadata were read.
 */
export function leadsquaredUnchecked(edit: Edit, settings: Settings, known?: ReadonlySet<string>): readonly Audit[] {
  const why = known !== undefined ? '' : settings['event-code'] ? '; the type is not known' : ' without --event-code';
  return edit.changes
    .filter(({ action, field: name }) => action === 'set' && known?.has(name) !== true && isUnchecked(name, settings))
    .map(({ column }) => ({
      severity: 'warning' as const,
      code: 'value-unchecked',
      message: `${column}: values are sent unchecked${why}`,
      column,
    }));
}

function isUnchecked(name: string, settings: Settings): boolean {
  return name === 'Status' || leadsquaredOpenField(name, settings)?.form.type === 'text';
}

/** `mx_Custom_6`, other schema names that begin with `mx_`, and a member of a field set, `mx_Custom_3~mx_CustomObject_1`. */
const schemaName = /^mx_\w{1,100}(~mx_\w{1,100})?$/;

/** A field by its schema name, whose letter case counts. The settings `date-fields` and `number-fields` name those whose values are converted. */
export function leadsquaredOpenField(name: string, settings: Settings): Field | undefined {
  const match = schemaName.exec(name);
  if (match === null || /^mx_custom/i.test(name) !== name.startsWith('mx_Custom')) return undefined;
  return field(name, `A field by its schema name. ${emptiedRemark}`, formOf(name, settings), {
    cleared: emptied,
    ...(match[1] === undefined ? {} : { evidence: 'unconfirmed' }),
  });
}

function formOf(name: string, settings: Settings): ValueForm {
  if (partsBetween(',', settings['date-fields'] ?? '').includes(name)) return utcSpaceForm();
  if (partsBetween(',', settings['number-fields'] ?? '').includes(name)) return decimalForm();
  return textForm();
}

/** Why a list of fields cannot stand in a setting, or undefined. */
export function listProblem(list: string): string | undefined {
  const wrong = partsBetween(',', list).find((name) => leadsquaredOpenField(name, {}) === undefined);
  return wrong === undefined ? undefined : `names ${wrong}, which is not a schema name such as mx_Custom_8`;
}

const commonHints: Readonly<Record<string, string>> = {
  amount: 'amount=mx_Custom_6',
  stage: 'stage=mx_Custom_2',
  close_date: 'close_date=mx_Custom_8',
};

/** LeadSquared has no fixed field for amount, stage and close date: the numbers seen on one account are offered as an example. */
export function leadsquaredFieldHint(name: string): string | undefined {
  const example = commonHints[name.toLowerCase().replace(/[\s-]+/g, '_')];
  if (example !== undefined) {
    return `LeadSquared keeps this in a field that differs between accounts; look up its schema name (Settings > Opportunities > Opportunity Types) and map it, for example --map '${example}'.`;
  }
  if (/^currency$/i.test(name)) return 'LeadSquared has no currency field; leave the column out with --ignore.';
  if (/^ActivityEvent_Note$/i.test(name)) return 'Write the note with OpportunityNote.';
  if (/^mx_/i.test(name)) {
    const spelled = name.replace(/^mx_/i, 'mx_').replace(/^mx_custom(?=_|$)/i, 'mx_Custom');
    return `Letter case counts in schema names, and blanks do not stand in them${leadsquaredOpenField(spelled, {}) === undefined ? '' : `; did you mean ${spelled}?`}`;
  }
  return `If it is the label of a field, give the code of the opportunity type (--event-code), which gives the labels; or map it to the schema name: --map '${name}=mx_Custom_N'.`;
}
