import type { Change, Edit } from '../../core/edit.ts';
import type { Field, ValueForm } from '../../core/field.ts';
import { scalarText } from '../../core/json.ts';
import { currencyForm, dayForm, textForm } from '../../core/value-forms.ts';
import type { Audit } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { field, nullable, readOnlyFields } from '../shared/fields.ts';
import { checkboxForm, numberForm, percentForm, picklistForm, referenceForm } from './forms.ts';

/*
 * The fields of an Opportunity that every org has, as
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunity.htm shows them (2026-11).
 */

const twoValued = { clearingHint: 'Write true or false.' };
const lasting = { clearingHint: 'Every opportunity has one; write another value.' };

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

/** The fields as far as they are known without an account. */
export const standardFields: readonly Field[] = [
  field('Name', 'What people call the opportunity.', textForm({ longest: 120 }), { ...lasting, required: true }),
  field(
    'StageName',
    'The stage, by its label or API name. It sets Probability and ForecastCategoryName; a closed one may move CloseDate to today.',
    picklistForm([], true),
    { common: ['stage'], ...lasting, required: true },
  ),
  field('CloseDate', 'The day on which it is expected to close, or was closed.', dayForm(), {
    common: ['close_date'],
    ...lasting,
    required: true,
  }),
  field(
    'Amount',
    "The amount in major units of the opportunity's currency. Where it has products, they decide it.",
    numberForm({ precision: 18, scale: 2 }),
    { common: ['amount'], ...nullable },
  ),
  field(
    'CurrencyIsoCode',
    'The currency (orgs with several). A new one converts every amount of the record.',
    currencyForm(),
    { common: ['currency'], ...lasting },
  ),
  field(
    'Probability',
    'How likely it is, in percent. Follows from the stage unless it is written with it.',
    percentForm(0),
    nullable,
  ),
  field(
    'ForecastCategoryName',
    'Where forecasts count it. Follows from the stage unless it is written with it.',
    picklistForm([], true),
    lasting,
  ),
  field(
    'OwnerId',
    'The owner: e-mail address, user name, full name or id.',
    referenceForm('Give the id of a user; an e-mail address is looked up where Salesforce can be asked.'),
    { common: ['owner'], ...lasting },
  ),
  reference('AccountId', 'The account, by its id. A new one removes the partners of the opportunity.', 'an account'),
  reference('CampaignId', 'The campaign that it came from, by its id.', 'a campaign'),
  reference('ContractId', 'The contract, by its id.', 'a contract'),
  reference('Pricebook2Id', 'The price book, by its id. Refused while the opportunity has products.', 'a price book'),
  field(
    'RecordTypeId',
    'The record type, by its name or id: which values and stages people see.',
    referenceForm('Give the id of a record type; its name is looked up where Salesforce can be asked.'),
  ),
  field(
    'Description',
    'A text of up to 32,000 characters; what stands there is overwritten.',
    textForm({ longest: 32_000 }),
    { common: ['note'], ...nullable },
  ),
  field('NextStep', 'What is to be done next.', textForm({ longest: 255 }), nullable),
  field('Type', 'The kind of opportunity, from the list of the org.', picklistForm([], true), nullable),
  field('LeadSource', 'Where it came from, from the list of the org.', picklistForm([], true), nullable),
  field(
    'TotalOpportunityQuantity',
    'The quantity of all that is sold.',
    numberForm({ precision: 18, scale: 2 }),
    nullable,
  ),
  field('IsPrivate', 'Only its owner sees it. True removes team, splits and sharing.', checkboxForm(), twoValued),
  reference('Territory2Id', 'The territory, by its id (orgs with territories).', 'a territory'),
  field('IsExcludedFromTerritory2Filter', 'Left out of the assignment of territories.', checkboxForm(), twoValued),
  reference('SyncedQuoteId', 'The quote that is kept in step, by its id (orgs with quotes).', 'a quote'),
  ...readOnlyFields({
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
  }),
];

/** The id of another record, which may be emptied. */
function reference(name: string, description: string, what: string): Field {
  return field(name, description, referenceForm(`Give the id of ${what}.`), nullable);
}

/** `Region__c`, and `ns__Region__c` of a package. */
const customName = /^(?:[A-Za-z]\w{0,40}?__)?[A-Za-z]\w{0,60}?__c$/;

/** A custom field of which only the name is known: what its cell holds is sent as text, unless JSON says otherwise. */
export function salesforceOpenField(name: string): Field | undefined {
  if (!customName.test(name)) return undefined;
  const form: ValueForm = {
    type: 'any',
    encode: (input) =>
      scalarText(input) === undefined ? { problem: 'is not a text, a number, true or false' } : { value: input },
  };
  const description =
    'A custom field by its API name. Its type is known where Salesforce can be asked; else it is sent as text.';
  return field(name, description, form, { ...nullable, evidence: 'unconfirmed' });
}

/** What to say of a name that no field has. `isDescribed`: the org has told its fields. */
export function salesforceFieldHint(name: string, isDescribed: boolean): string | undefined {
  if (/^status$/i.test(name.trim()))
    return 'An opportunity has no status at Salesforce: its stage says whether it is open, won or lost (stage).';
  if (/^currency(isocode)?$/i.test(name.trim()) && isDescribed)
    return 'This org has one currency; leave the column out with --ignore.';
  if (/__r(\.|$)/.test(name))
    return 'Names that end in __r show another record; write the id into the field that ends in __c.';
  if (
    isDescribed &&
    (customName.test(name) || standardFields.some((one) => one.name === name && one.readOnly === undefined))
  )
    return 'This account does not see a field of this name: the feature is off in this org, or field-level security hides it.';
  return undefined;
}

/** What an edit brings with it, as far as it alone shows that. `closes`: whether a stage closes the opportunity; undefined where that is not known. */
export function salesforceAudit(edit: Edit, closes: (stage: string) => boolean | undefined): readonly Audit[] {
  return [...doubledFields(edit), ...edit.changes.flatMap((change) => changeAudits(change, closes))];
}

function changeAudits(
  { field: name, value, column }: Change,
  closes: (stage: string) => boolean | undefined,
): readonly Audit[] {
  const text = scalarText(value) ?? '';
  const warning = (code: string, message: string): Audit => ({ severity: 'warning', code, message, column });
  if (name === 'StageName' && closes(text) === true) {
    // https://help.salesforce.com/s/articleView?id=004517774, 2026-11. Whether a date of the same call survives is not confirmed.
    return [
      warning(
        'close-date-moves',
        'Salesforce sets a CloseDate that lies in the future to today (UTC) when an opportunity is closed',
      ),
    ];
  }
  if (name === 'IsPrivate' && value !== true) return [];
  const [code, message] = warned[name] ?? [];
  return code === undefined || message === undefined ? [] : [warning(code, message)];
}

/** What a change of these does besides. */
const warned: Readonly<Record<string, readonly [code: string, message: string]>> = {
  CurrencyIsoCode: [
    'currency-converts',
    'A new currency converts every amount of the record; an amount of the same row is in the new currency',
  ],
  IsPrivate: [
    'private-removes-team',
    'A private opportunity loses its team, splits and sharing, and they do not come back',
  ],
  AccountId: ['account-removes-partners', 'A new account removes the partners of the opportunity'],
};
