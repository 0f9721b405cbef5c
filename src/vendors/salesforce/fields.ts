import type { Change, Edit } from '../../core/edit.ts';
import type { Field, ValueForm } from '../../core/field.ts';
import { scalarText } from '../../core/json.ts';
import { currencyForm, dayForm, textForm } from '../../core/value-forms.ts';
import type { Audit } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { checkboxForm, numberForm, percentForm, picklistForm, referenceForm } from './forms.ts';

/*
 * The fields of an Opportunity that every org has, as
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunity.htm shows them (2026-11).
 */

const emptied = { value: null } as const;
const alwaysThere = 'Every opportunity has one; write another value.';

/**
 * A picklist whose values are not known: Salesforce would accept any text and make of each a new inactive value of the org, so that none is, unless
 * `anyText` is wanted.
 */
export function unreadPicklistForm(anyText: boolean): ValueForm {
  if (anyText) return picklistForm([], true);
  return {
    type: 'text',
    unjudged: true,
    encode: () => ({
      problem:
        'cannot be checked: the values that this org has could not be read, and Salesforce accepts any text as a new one',
      hint: 'Let oppatch ask Salesforce (`oppatch doctor` says what keeps it from that), or send texts unchecked with --setting picklist-values=any.',
    }),
  };
}

/** Picklists of every org that take any text. */
export const openPicklists: ReadonlySet<string> = new Set(['StageName', 'Type', 'LeadSource']);

type Shape = Omit<Field, 'name' | 'evidence'>;

const writable: Readonly<Record<string, Shape>> = {
  Name: {
    description: 'What people call the opportunity.',
    form: textForm({ longest: 120 }),
    clearingHint: alwaysThere,
    required: true,
  },
  StageName: {
    description:
      'The stage, by its label or API name. It sets Probability and ForecastCategoryName; a closed one may move CloseDate to today.',
    form: picklistForm([], true),
    common: ['stage'],
    clearingHint: alwaysThere,
    required: true,
  },
  CloseDate: {
    description: 'The day on which it is expected to close, or was closed.',
    form: dayForm(),
    common: ['close_date'],
    clearingHint: alwaysThere,
    required: true,
  },
  Amount: {
    description: "The amount in major units of the opportunity's currency. Where it has products, they decide it.",
    form: numberForm({ precision: 18, scale: 2 }),
    common: ['amount'],
    cleared: emptied,
  },
  CurrencyIsoCode: {
    description: 'The currency (orgs with several). A new one converts every amount of the record.',
    form: currencyForm(),
    common: ['currency'],
    clearingHint: alwaysThere,
  },
  Probability: {
    description: 'How likely it is, in percent. Follows from the stage unless it is written with it.',
    form: percentForm(0),
    cleared: emptied,
  },
  ForecastCategoryName: {
    description: 'Where forecasts count it. Follows from the stage unless it is written with it.',
    form: picklistForm([], true),
    clearingHint: alwaysThere,
  },
  OwnerId: {
    description: 'The owner: e-mail address, user name, full name or id.',
    form: referenceForm('Give the id of a user; an e-mail address is looked up where Salesforce can be asked.'),
    common: ['owner'],
    clearingHint: alwaysThere,
  },
  AccountId: {
    description: 'The account, by its id. A new one removes the partners of the opportunity.',
    form: referenceForm('Give the id of an account.'),
    cleared: emptied,
  },
  CampaignId: {
    description: 'The campaign that it came from, by its id.',
    form: referenceForm('Give the id of a campaign.'),
    cleared: emptied,
  },
  ContractId: {
    description: 'The contract, by its id.',
    form: referenceForm('Give the id of a contract.'),
    cleared: emptied,
  },
  Pricebook2Id: {
    description: 'The price book, by its id. Refused while the opportunity has products.',
    form: referenceForm('Give the id of a price book.'),
    cleared: emptied,
  },
  RecordTypeId: {
    description: 'The record type, by its name or id: which values and stages people see.',
    form: referenceForm('Give the id of a record type; its name is looked up where Salesforce can be asked.'),
  },
  Description: {
    description: 'A text of up to 32,000 characters; what stands there is overwritten.',
    form: textForm({ longest: 32_000 }),
    common: ['note'],
    cleared: emptied,
  },
  NextStep: { description: 'What is to be done next.', form: textForm({ longest: 255 }), cleared: emptied },
  Type: {
    description: 'The kind of opportunity, from the list of the org.',
    form: picklistForm([], true),
    cleared: emptied,
  },
  LeadSource: {
    description: 'Where it came from, from the list of the org.',
    form: picklistForm([], true),
    cleared: emptied,
  },
  TotalOpportunityQuantity: {
    description: 'The quantity of all that is sold.',
    form: numberForm({ precision: 18, scale: 2 }),
    cleared: emptied,
  },
  IsPrivate: {
    description: 'Only its owner sees it. True removes team, splits and sharing.',
    form: checkboxForm(),
    clearingHint: 'Write true or false.',
  },
  Territory2Id: {
    description: 'The territory, by its id (orgs with territories).',
    form: referenceForm('Give the id of a territory.'),
    cleared: emptied,
  },
  IsExcludedFromTerritory2Filter: {
    description: 'Left out of the assignment of territories.',
    form: checkboxForm(),
    clearingHint: 'Write true or false.',
  },
  SyncedQuoteId: {
    description: 'The quote that is kept in step, by its id (orgs with quotes).',
    form: referenceForm('Give the id of a quote.'),
    cleared: emptied,
  },
};

const readOnlyReasons: Readonly<Record<string, readonly string[]>> = {
  'It follows from the stage; write StageName.': ['IsClosed', 'IsWon', 'ForecastCategory'],
  'Salesforce computes it from Amount and Probability.': ['ExpectedRevenue'],
  'It follows from CloseDate.': ['Fiscal', 'FiscalQuarter', 'FiscalYear'],
  'It says whether the opportunity has products.': ['HasOpportunityLineItem'],
  'Salesforce keeps it itself.': [
    'Id',
    'IsDeleted',
    'ContactId',
    'PushCount',
    'LastStageChangeDate',
    'LastActivityDate',
    'CreatedById',
    'CreatedDate',
    'LastModifiedById',
    'LastModifiedDate',
    'SystemModstamp',
    'LastViewedDate',
    'LastReferencedDate',
  ],
};

const readOnly: readonly Field[] = Object.entries(readOnlyReasons).flatMap(([reason, names]) =>
  names.map((name) => ({
    name,
    description: 'In replies only.',
    form: textForm(),
    readOnly: reason,
    evidence: 'documented' as const,
  })),
);

/** The fields as far as they are known without an account. */
export const standardFields: readonly Field[] = [
  ...Object.entries(writable).map(([name, shape]): Field =>
    Object.assign({ name, evidence: 'documented' as const }, shape),
  ),
  ...readOnly,
];

/** `Region__c`, and `ns__Region__c` of a package. */
const customName = /^(?:[A-Za-z]\w{0,40}?__)?[A-Za-z]\w{0,60}?__c$/;

/** A custom field of which only the name is known: what its cell holds is sent as text, unless JSON says otherwise. */
export function salesforceOpenField(name: string): Field | undefined {
  if (!customName.test(name)) return undefined;
  return {
    name,
    description:
      'A custom field by its API name. Its type is known where Salesforce can be asked; else it is sent as text.',
    form: {
      type: 'any',
      encode: (input) =>
        scalarText(input) === undefined ? { problem: 'is not a text, a number, true or false' } : { value: input },
    },
    cleared: emptied,
    evidence: 'unconfirmed',
  };
}

/** What to say of a name that no field has. `isDescribed`: the org has told its fields. */
export function salesforceFieldHint(name: string, isDescribed: boolean): string | undefined {
  if (/^status$/i.test(name.trim()))
    return 'An opportunity has no status at Salesforce: its stage says whether it is open, won or lost (stage).';
  if (/^currency(isocode)?$/i.test(name.trim()) && isDescribed)
    return 'This org has one currency; leave the column out with --ignore.';
  if (/__r(\.|$)/.test(name))
    return 'Names that end in __r show another record; write the id into the field that ends in __c.';
  if (isDescribed && (Object.hasOwn(writable, name) || customName.test(name)))
    return 'This account does not see a field of this name: the feature is off in this org, or field-level security hides it.';
  return undefined;
}

/** What an edit brings with it, as far as it alone shows that. `closes`: whether a stage closes the opportunity; undefined where that is not known. */
export function salesforceAudit(edit: Edit, closes: (stage: string) => boolean | undefined): readonly Audit[] {
  return [...doubledFields(edit), ...edit.changes.flatMap((change) => changeAudits(change, closes))];
}

function changeAudits(
  { field, value, column }: Change,
  closes: (stage: string) => boolean | undefined,
): readonly Audit[] {
  const text = scalarText(value) ?? '';
  const warning = (code: string, message: string): Audit => ({ severity: 'warning', code, message, column });
  if (field === 'StageName' && closes(text) === true) {
    // https://help.salesforce.com/s/articleView?id=004517774, 2026-11. Whether a date of the same call survives is not confirmed.
    return [
      warning(
        'close-date-moves',
        'Salesforce sets a CloseDate that lies in the future to today (UTC) when an opportunity is closed',
      ),
    ];
  }
  if (field === 'CurrencyIsoCode')
    return [
      warning(
        'currency-converts',
        'A new currency converts every amount of the record; an amount of the same row is in the new currency',
      ),
    ];
  if (field === 'IsPrivate' && value === true)
    return [
      warning(
        'private-removes-team',
        'A private opportunity loses its team, splits and sharing, and they do not come back',
      ),
    ];
  if (field === 'AccountId')
    return [warning('account-removes-partners', 'A new account removes the partners of the opportunity')];
  return [];
}
