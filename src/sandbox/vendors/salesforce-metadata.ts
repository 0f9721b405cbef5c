import type { SandboxResponse } from '../vendor-server.ts';

/** The org of the Salesforce sandbox: the fields of its opportunities as describe shows them, stages, record types, users. */

/** What is usual of a field, where nothing else is said. */
const usual = {
  aggregatable: true,
  calculated: false,
  externalId: false,
  idLookup: false,
  length: 0,
  nillable: true,
  precision: 0,
  referenceTo: [],
  restrictedPicklist: false,
  scale: 0,
  unique: false,
  updateable: true,
};

interface More extends Partial<typeof usual> {
  readonly values?: readonly (string | readonly [value: string, label: string])[];
}

export type DescribedField = ReturnType<typeof field>;

function field(name: string, label: string, type: string, { values = [], ...more }: More = {}) {
  return {
    ...usual,
    custom: name.endsWith('__c'),
    defaultedOnCreate: type === 'boolean',
    digits: type === 'int' ? 8 : 0,
    filterable: type !== 'textarea',
    label,
    name,
    type,
    picklistValues: values.map((one) => {
      const [value, shown] = typeof one === 'string' ? [one, one] : one;
      return { active: true, defaultValue: false, label: shown, validFor: null, value };
    }),
    ...more,
  };
}

const needed = { nillable: false } as const;
const kept = { updateable: false } as const;

const plainStages = [
  stage('Prospecting', 'Prospecting', 10, 'Pipeline'),
  stage('Qualification', 'Qualification', 20, 'Pipeline'),
  stage('Proposal_Price_Quote', 'Proposal/Price Quote', 65, 'Best Case'),
  stage('Negotiation_Review', 'Negotiation/Review', 80, 'Best Case'),
  stage('Closed_Won', 'Closed Won', 100, 'Closed', { IsClosed: true, IsWon: true }),
  stage('Closed_Lost', 'Closed Lost', 0, 'Omitted', { IsClosed: true }),
  stage('Perception_Analysis', 'Perception Analysis', 70, 'Pipeline', { IsActive: false }),
];

/** In their order. */
export const stages = plainStages.map((one, index) => Object.assign(one, { SortOrder: index + 1 }));

function stage(
  ApiName: string,
  MasterLabel: string,
  DefaultProbability: number,
  ForecastCategoryName: string,
  more: { readonly IsClosed?: boolean; readonly IsWon?: boolean; readonly IsActive?: boolean } = {},
) {
  return {
    ApiName,
    MasterLabel,
    DefaultProbability,
    ForecastCategoryName,
    IsActive: true,
    IsClosed: false,
    IsWon: false,
    ...more,
  };
}

export const fields: readonly DescribedField[] = [
  field('Id', 'Opportunity ID', 'id', { length: 18, ...needed, ...kept }),
  field('IsDeleted', 'Deleted', 'boolean', { ...needed, ...kept }),
  field('AccountId', 'Account ID', 'reference', { length: 18 }),
  field('RecordTypeId', 'Record Type ID', 'reference', { length: 18 }),
  field('IsPrivate', 'Private', 'boolean', needed),
  field('Name', 'Name', 'string', { length: 120, ...needed }),
  field('Description', 'Description', 'textarea', { length: 32_000 }),
  field('StageName', 'Stage', 'picklist', {
    length: 255,
    ...needed,
    values: stages
      .filter(({ IsActive }) => IsActive)
      .map(({ ApiName, MasterLabel }) => [ApiName, MasterLabel] as const),
  }),
  field('Amount', 'Amount', 'currency', { precision: 18, scale: 2 }),
  field('Probability', 'Probability (%)', 'percent', { precision: 3, scale: 0 }),
  field('ExpectedRevenue', 'Expected Amount', 'currency', { precision: 18, scale: 2, ...kept }),
  field('TotalOpportunityQuantity', 'Quantity', 'double', { precision: 18, scale: 2 }),
  field('CloseDate', 'Close Date', 'date', needed),
  field('Type', 'Opportunity Type', 'picklist', { length: 255, values: ['Existing Business', 'New Business'] }),
  field('NextStep', 'Next Step', 'string', { length: 255 }),
  field('LeadSource', 'Lead Source', 'picklist', { length: 255, values: ['Web', 'Trade Show', 'Partner Referral'] }),
  field('IsClosed', 'Closed', 'boolean', { ...needed, ...kept }),
  field('IsWon', 'Won', 'boolean', { ...needed, ...kept }),
  field('ForecastCategory', 'Forecast Category', 'picklist', { ...needed, ...kept }),
  field('ForecastCategoryName', 'Forecast Category Name', 'picklist', {
    restrictedPicklist: true,
    values: ['Omitted', 'Pipeline', 'Best Case', 'Commit', 'Closed'],
  }),
  field('CurrencyIsoCode', 'Opportunity Currency', 'picklist', {
    ...needed,
    restrictedPicklist: true,
    values: [
      ['EUR', 'EUR - Euro'],
      ['USD', 'USD - U.S. Dollar'],
    ],
  }),
  field('HasOpportunityLineItem', 'Has Line Item', 'boolean', { ...needed, ...kept }),
  field('Pricebook2Id', 'Price Book ID', 'reference', { length: 18 }),
  field('OwnerId', 'Owner ID', 'reference', { length: 18, ...needed }),
  field('CampaignId', 'Campaign ID', 'reference', { length: 18 }),
  field('ContractId', 'Contract ID', 'reference', { length: 18 }),
  ...['CreatedDate', 'LastModifiedDate', 'SystemModstamp'].map((name) =>
    field(name, name.replace(/(?<=[a-z])(?=[A-Z])/g, ' '), 'datetime', { ...needed, ...kept }),
  ),
  field('CreatedById', 'Created By ID', 'reference', { length: 18, ...needed, ...kept }),
  field('LastModifiedById', 'Last Modified By ID', 'reference', { length: 18, ...needed, ...kept }),
  field('LastActivityDate', 'Last Activity', 'date', kept),
  field('PushCount', 'Push Count', 'int', kept),
  field('LastStageChangeDate', 'Last Stage Change Date', 'datetime', kept),
  field('FiscalQuarter', 'Fiscal Quarter', 'int', kept),
  field('FiscalYear', 'Fiscal Year', 'int', kept),
  field('Fiscal', 'Fiscal Period', 'string', { length: 6, ...kept }),
  field('Region__c', 'Region', 'picklist', {
    restrictedPicklist: true,
    values: [
      ['EMEA', 'Europe'],
      ['AMER', 'Americas'],
      ['APAC', 'Asia and Pacific'],
    ],
  }),
  field('Days__c', 'Days', 'multipicklist', {
    restrictedPicklist: true,
    values: [
      ['MON', 'Monday'],
      ['TUE', 'Tuesday'],
      ['WED', 'Wednesday'],
    ],
  }),
  field('Score__c', 'Score', 'double', { precision: 5, scale: 1 }),
  field('Seats__c', 'Seats', 'double', { precision: 8, scale: 0 }),
  field('Discount__c', 'Discount', 'percent', { precision: 5, scale: 2 }),
  field('List_Price__c', 'List Price', 'currency', { precision: 16, scale: 2 }),
  field('Renewal_Date__c', 'Renewal Date', 'date'),
  field('Kickoff__c', 'Kickoff', 'datetime'),
  field('Strategic__c', 'Strategic', 'boolean', needed),
  field('Key__c', 'External Key', 'string', { length: 40, externalId: true, idLookup: true, unique: true }),
  field('Contact_Email__c', 'Contact E-mail', 'email', { length: 80 }),
  field('Website__c', 'Website', 'url', { length: 255 }),
  field('Phone__c', 'Phone', 'phone', { length: 40 }),
  field('Notes__c', 'Notes', 'textarea', { length: 1_000 }),
  field('Partner__c', 'Partner', 'reference', { length: 18 }),
  field('Weighted__c', 'Weighted', 'currency', { precision: 18, scale: 2, ...kept, calculated: true }),
];

const recordTypes = [
  recordType('New business', '0125e0000001aBCAAY', { defaultRecordTypeMapping: true }),
  recordType('Renewal', '0125e0000001aBDAAY'),
  recordType('Master', '012000000000000AAA', { master: true }),
];

function recordType(name: string, recordTypeId: string, more: { defaultRecordTypeMapping?: true; master?: true } = {}) {
  return { available: true, defaultRecordTypeMapping: false, master: false, name, recordTypeId, urls: {}, ...more };
}

export const describeResponse: SandboxResponse = {
  status: 200,
  body: {
    name: 'Opportunity',
    label: 'Opportunity',
    keyPrefix: '006',
    updateable: true,
    fields,
    recordTypeInfos: recordTypes,
  },
};

/** One e-mail address belongs to two users. */
export const users: readonly Readonly<Record<string, string | boolean>>[] = [
  user('0055e0000012xyzAAA', 'Ada Kern', 'ada@northwind.example'),
  user('0055e0000012xyyAAA', 'Bo Lind', 'bo@northwind.example'),
  user('0055e0000012xzaAAA', 'Cy Rose', 'shared@northwind.example', 'cy@northwind.example.crm'),
  user('0055e0000012xzbAAA', 'Di Vale', 'shared@northwind.example', 'di@northwind.example.crm'),
  user('0055e0000012xzcAAA', 'Ed Gone', 'ed@northwind.example', 'ed@northwind.example', false),
  ...Array.from({ length: 125 }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    return user(`0055e0000012${number}AAA`, `Seller ${number}`, `seller${number}@northwind.example`);
  }),
];

function user(Id: string, Name: string, Email: string, Username = Email, IsActive = true) {
  return { Id, Name, Email, Username, IsActive };
}
