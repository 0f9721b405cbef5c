import type { Field } from '../../core/field.ts';
import { currencyForm, decimalForm, textForm, utcForm } from '../../core/value-forms.ts';
import { bareIdForm, severalForm } from './forms.ts';

/*
 * The properties of a deal that every account has, as of 2026-10. An account's own, and the options of all, come with its metadata.
 * https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties
 */

/** Every value is cleared with an empty text. https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide, 2026-10. */
export const emptied = { value: '' } as const;

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
  { name: 'dealname', description: 'The name of the deal.', form: text, evidence: 'documented' },
  {
    name: 'amount',
    description: "The amount in the deal's currency.",
    form: decimalForm(),
    common: ['amount'],
    evidence: 'documented',
  },
  {
    name: 'deal_currency_code',
    description: 'The currency, one of those of the account. Whether the amount is converted is not confirmed.',
    form: currencyForm(),
    common: ['currency'],
    evidence: 'documented',
  },
  {
    name: 'closedate',
    description: 'When it was closed or is expected to be: a moment. HubSpot sets it on a move into a closed stage.',
    form: utcForm(),
    common: ['close_date'],
    evidence: 'documented',
  },
  {
    name: 'pipeline',
    description: 'The pipeline, by name or id. A stage brings its pipeline by itself.',
    form: bareIdForm('pipeline'),
    evidence: 'documented',
  },
  {
    name: 'dealstage',
    description: 'The stage: its name, `Pipeline / Stage`, `Stage (Pipeline)`, or its id. It brings its pipeline.',
    form: bareIdForm('stage'),
    common: ['stage'],
    evidence: 'documented',
  },
  {
    name: 'hubspot_owner_id',
    description: 'The owner: e-mail address, name, or owner id.',
    form: bareIdForm('owner'),
    common: ['owner'],
    evidence: 'documented',
  },
  {
    name: 'description',
    description: 'The description of the deal. Notes of HubSpot are records of their own.',
    form: text,
    common: ['note'],
    evidence: 'documented',
  },
  { name: 'dealtype', description: 'The type of the deal.', form: bareIdForm('option'), evidence: 'documented' },
  { name: 'hs_priority', description: 'The priority.', form: bareIdForm('option'), evidence: 'documented' },
  {
    name: 'hs_manual_forecast_category',
    description: 'The forecast category.',
    form: bareIdForm('option'),
    evidence: 'documented',
  },
  { name: 'hs_next_step', description: 'The next step.', form: text, evidence: 'documented' },
  { name: 'closed_lost_reason', description: 'Why it was lost.', form: text, evidence: 'documented' },
  { name: 'closed_won_reason', description: 'Why it was won.', form: text, evidence: 'documented' },
  ...severalFields(
    {
      name: collaboratorsField,
      description: 'The collaborators, several owners.',
      form: bareIdForm('owner'),
      evidence: 'documented',
    },
    true,
  ),
];

const kept = 'HubSpot keeps it itself.';
const stageFollower = 'It follows from the stage; write dealstage.';
const amountFollower = 'HubSpot computes it from the amount.';

const readOnlyReasons: Readonly<Record<string, string>> = {
  hs_object_id: 'It is the id of the deal.',
  createdate: kept,
  hs_createdate: kept,
  hs_lastmodifieddate: kept,
  hs_is_closed: stageFollower,
  hs_is_closed_won: stageFollower,
  hs_is_closed_lost: stageFollower,
  hs_deal_stage_probability: stageFollower,
  amount_in_home_currency: amountFollower,
  hs_closed_amount: amountFollower,
  hs_projected_amount: amountFollower,
  days_to_close: 'HubSpot computes it from the close date.',
};

/** The fields that every account has. */
export function hubspotFields(): readonly Field[] {
  return [...writableFields.map(withClearing), ...readOnlyFields];
}

const readOnlyFields: readonly Field[] = Object.entries(readOnlyReasons).map(([name, readOnly]) => ({
  name,
  description: 'In replies only.',
  form: textForm(),
  readOnly,
  evidence: 'documented',
}));

/** The field with what is known of clearing it. */
export function withClearing(field: Field): Field {
  if (field.readOnly !== undefined || field.action !== undefined) return field;
  const clearingHint = unclearable[field.name];
  return clearingHint === undefined ? { ...field, cleared: emptied } : { ...field, clearingHint };
}

/**
 * A field of several values, with the column that adds some: a text that begins with a semicolon adds. Nothing removes one, and no condition would guard
 * a list that is written whole. `item`: the form of one value. https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide, 2026-10.
 */
export function severalFields(item: Field, described = false): readonly Field[] {
  const { name, label, description, form: one, evidence } = item;
  const form = severalForm(one, name);
  return [
    {
      ...item,
      form,
      description: described ? `${description} A list replaces them all.` : description,
    },
    {
      name: `${name}.add`,
      ...(label === undefined ? {} : { label: `${label}.add` }),
      description: `Adds values to ${name}.`,
      form,
      writes: name,
      action: 'add',
      clearingHint: `Clear ${name} instead.`,
      evidence,
    },
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
