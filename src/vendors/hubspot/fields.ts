import type { Field } from '../../core/field.ts';
import { currencyForm, decimalForm, textForm, utcForm } from '../../core/value-forms.ts';
import { field, readOnlyFields } from '../shared/fields.ts';
import { bareIdForm, severalForm } from './forms.ts';

/*
 * The properties of a deal that every account has, as of 2026-10. An account's own, and the options of all, come with its metadata.
 * https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties
 */

/** https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide, 2026-10. */
export const longestText = 65_536;

/** Whether HubSpot takes these without a value is not confirmed. */
const unclearable: Readonly<Record<string, string>> = {
  dealname: 'Whether a deal may be without a name is not confirmed; write another one.',
  pipeline: 'A deal stands in a pipeline; write another one.',
  dealstage: 'A deal stands in a stage; write another one.',
};

/** Several owner ids in one property. */
export const collaboratorsField = 'hs_all_collaborator_owner_ids';

const text = textForm({ longest: longestText });

const writableFields: readonly Field[] = [
  field('dealname', 'The name of the deal.', text),
  field('amount', "The amount in the deal's currency.", decimalForm(), { common: ['amount'] }),
  field(
    'deal_currency_code',
    'The currency, one of those of the account. Whether the amount is converted is not confirmed.',
    currencyForm(),
    { common: ['currency'] },
  ),
  field(
    'closedate',
    'When it was closed or is expected to be: a moment. HubSpot sets it on a move into a closed stage.',
    utcForm(),
    { common: ['close_date'] },
  ),
  field('pipeline', 'The pipeline, by name or id. A stage brings its pipeline by itself.', bareIdForm('pipeline')),
  field(
    'dealstage',
    'The stage: its name, `Pipeline / Stage`, `Stage (Pipeline)`, or its id. It brings its pipeline.',
    bareIdForm('stage'),
    { common: ['stage'] },
  ),
  field('hubspot_owner_id', 'The owner: e-mail address, name, or owner id.', bareIdForm('owner'), {
    common: ['owner'],
  }),
  field('description', 'The description of the deal. Notes of HubSpot are records of their own.', text, {
    common: ['note'],
  }),
  field('dealtype', 'The type of the deal.', bareIdForm('option')),
  field('hs_priority', 'The priority.', bareIdForm('option')),
  field('hs_manual_forecast_category', 'The forecast category.', bareIdForm('option')),
  field('hs_next_step', 'The next step.', text),
  field('closed_lost_reason', 'Why it was lost.', text),
  field('closed_won_reason', 'Why it was won.', text),
  ...severalFields(field(collaboratorsField, 'The collaborators, several owners.', bareIdForm('owner')), true),
];

const repliedFields = readOnlyFields({
  'It is the id of the deal.': ['hs_object_id'],
  'HubSpot keeps it itself.': ['createdate', 'hs_createdate', 'hs_lastmodifieddate'],
  'It follows from the stage; write dealstage.': [
    'hs_is_closed',
    'hs_is_closed_won',
    'hs_is_closed_lost',
    'hs_deal_stage_probability',
  ],
  'HubSpot computes it from the amount.': ['amount_in_home_currency', 'hs_closed_amount', 'hs_projected_amount'],
  'HubSpot computes it from the close date.': ['days_to_close'],
});

/** The fields that every account has. */
export const hubspotFields: readonly Field[] = [...writableFields.map(withClearing), ...repliedFields];

/**
 * The field with what is known of clearing it: an empty text clears every value.
 * https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide, 2026-10.
 */
export function withClearing(plain: Field): Field {
  if (plain.readOnly !== undefined || plain.action !== undefined) return plain;
  const clearingHint = unclearable[plain.name];
  return clearingHint === undefined ? { ...plain, cleared: { value: '' } } : { ...plain, clearingHint };
}

/**
 * A field of several values, with the column that adds some: a text that begins with a semicolon adds. Nothing removes one, and no condition would guard
 * a list that is written whole. `item`: the form of one value. https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide, 2026-10.
 */
export function severalFields(item: Field, described = false): readonly Field[] {
  const { name, label, description } = item;
  const form = severalForm(item.form, name);
  return [
    { ...item, form, description: described ? `${description} A list replaces them all.` : description },
    field(`${name}.add`, `Adds values to ${name}.`, form, {
      ...(label === undefined ? {} : { label: `${label}.add` }),
      writes: name,
      action: 'add',
      clearingHint: `Clear ${name} instead.`,
    }),
  ];
}

/** What to say of a name that no property has. */
export function unknownFieldHint(name: string): string | undefined {
  const plain = name.trim().toLowerCase();
  if (/^(deal )?status$/.test(plain)) {
    return 'HubSpot has no status: open, won and lost follow from the stage; write dealstage.';
  }
  if (/^associated\b|^associations?\b|^(company|companies|contacts?)$/.test(plain)) {
    return 'Companies and contacts of a deal are associations, which are not written here; leave the column out with --ignore.';
  }
  if (/^(closed_?)?probability$/.test(plain)) return 'The probability follows from the stage; write dealstage.';
  return 'Properties are found by their internal name or their label; those that an account marks as sensitive are not shown to a key without that scope.';
}
