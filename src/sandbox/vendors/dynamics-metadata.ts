import type { SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import type { VendorBehaviour } from '../options.ts';

/** The environment of the Dynamics 365 sandbox: columns of every writable type, users, currencies. */

export const adaId = '0a4d7d11-90aa-ee11-be37-000d3ab1f002';
export const euroId = 'c7d2f1b0-1111-ee11-8f6d-000d3ab1f003';

interface Option {
  readonly value: number;
  readonly label: string;
  readonly state?: number;
}

export interface Column {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly options?: readonly Option[];
  readonly update?: false;
  readonly longest?: number;
  readonly day?: true;
  /** Navigation name by the set of the table that it leads to. */
  readonly targets?: Readonly<Record<string, string>>;
}

export const columns: readonly Column[] = [
  { name: 'name', label: 'Topic', type: 'StringType', longest: 300 },
  { name: 'estimatedvalue', label: 'Est. Revenue', type: 'MoneyType' },
  { name: 'actualvalue', label: 'Actual Revenue', type: 'MoneyType' },
  { name: 'estimatedclosedate', label: 'Est. Close Date', type: 'DateTimeType', day: true },
  { name: 'actualclosedate', label: 'Actual Close Date', type: 'DateTimeType', day: true },
  { name: 'closeprobability', label: 'Probability', type: 'IntegerType' },
  {
    name: 'salesstage',
    label: 'Sales Stage',
    type: 'PicklistType',
    options: [
      { value: 0, label: 'Qualify' },
      { value: 1, label: 'Develop' },
      { value: 2, label: 'Propose' },
      { value: 3, label: 'Close' },
    ],
  },
  { name: 'statecode', label: 'Status', type: 'StateType' },
  {
    name: 'statuscode',
    label: 'Status Reason',
    type: 'StatusType',
    options: [
      { value: 1, label: 'In Progress', state: 0 },
      { value: 2, label: 'On Hold', state: 0 },
      { value: 3, label: 'Won', state: 1 },
      { value: 4, label: 'Canceled', state: 2 },
      { value: 5, label: 'Out-Sold', state: 2 },
    ],
  },
  { name: 'ownerid', label: 'Owner', type: 'OwnerType', targets: { systemusers: 'ownerid', teams: 'ownerid' } },
  {
    name: 'transactioncurrencyid',
    label: 'Currency',
    type: 'LookupType',
    targets: { transactioncurrencies: 'transactioncurrencyid' },
  },
  {
    name: 'customerid',
    label: 'Potential Customer',
    type: 'CustomerType',
    targets: { accounts: 'customerid_account', contacts: 'customerid_contact' },
  },
  { name: 'parentcontactid', label: 'Contact', type: 'LookupType', targets: { contacts: 'parentcontactid' } },
  { name: 'description', label: 'Description', type: 'MemoType', longest: 2_000 },
  { name: 'isrevenuesystemcalculated', label: 'Revenue', type: 'BooleanType' },
  { name: 'createdon', label: 'Created On', type: 'DateTimeType', update: false },
  { name: 'new_segment', label: 'Segment', type: 'StringType', longest: 100 },
  {
    name: 'new_region',
    label: 'Region',
    type: 'PicklistType',
    options: [
      { value: 100_000_000, label: 'EMEA' },
      { value: 100_000_001, label: 'APAC' },
    ],
  },
  {
    name: 'new_days',
    label: 'Days',
    type: 'MultiSelectPicklistType',
    options: [
      { value: 1, label: 'Monday' },
      { value: 2, label: 'Tuesday' },
      { value: 9, label: 'Friday' },
    ],
  },
  { name: 'new_renewal', label: 'Renewal', type: 'DateTimeType' },
  { name: 'new_customerid', label: 'Reseller', type: 'LookupType', targets: { accounts: 'new_CustomerId' } },
  { name: 'new_score', label: 'Score', type: 'DecimalType' },
  { name: 'new_key', label: 'External key', type: 'StringType', longest: 50 },
];

export const tables: Readonly<Record<string, string>> = {
  systemusers: 'systemuser',
  teams: 'team',
  transactioncurrencies: 'transactioncurrency',
  accounts: 'account',
  contacts: 'contact',
};

const users = [
  {
    systemuserid: adaId,
    fullname: 'Ada Kern',
    internalemailaddress: 'ada@northwind.example',
    domainname: 'ada@northwind.example',
  },
  {
    systemuserid: '0a4d7d11-90aa-ee11-be37-000d3ab1f012',
    fullname: 'Bo Lind',
    internalemailaddress: 'bo@northwind.example',
    domainname: 'bo@northwind.example',
  },
];

const teams = [{ teamid: '0b4d7d11-90aa-ee11-be37-000d3ab1f0a1', name: 'Renewals' }];

export const userIds: ReadonlySet<string> = new Set(users.map(({ systemuserid: id }) => id));

const currencies = [
  { transactioncurrencyid: euroId, isocurrencycode: 'EUR', currencyprecision: 2 },
  { transactioncurrencyid: 'c7d2f1b0-1111-ee11-8f6d-000d3ab1f004', isocurrencycode: 'USD', currencyprecision: 2 },
];

const attributes = "/EntityDefinitions(LogicalName='opportunity')/Attributes";
const cast = 'Microsoft.Dynamics.CRM.';

/** Undefined for a path that is none of these. */
export function dynamicsMetadata(
  { path, query }: SandboxRequest,
  { metadata }: VendorBehaviour,
): SandboxResponse | undefined {
  if (path === '/systemusers' && (query.get('$filter') ?? '').includes('EqualUserId'))
    return { status: 200, body: { value: [{ ...users[0], businessunitid: { name: 'Northwind (sandbox)' } }] } };
  const rows = rowsOf(decodeURIComponent(path));
  if (rows === undefined) return undefined;
  if (metadata === 'forbidden')
    return {
      status: 403,
      body: { error: { code: '0x80040220', message: 'Principal user is missing prvReadEntity privilege' } },
    };
  return { status: 200, body: metadata === 'odd' ? { value: 'none' } : { value: rows } };
}

function rowsOf(path: string): readonly unknown[] | undefined {
  if (path === '/systemusers') return users;
  if (path === '/teams') return teams;
  if (path === '/transactioncurrencies') return currencies;
  if (path === '/EntityDefinitions')
    return Object.entries({ ...tables, opportunities: 'opportunity', owners: 'owner' }).map(([set, table]) => ({
      LogicalName: table,
      EntitySetName: set,
      IsOptimisticConcurrencyEnabled: true,
    }));
  if (path === "/EntityDefinitions(LogicalName='opportunity')/ManyToOneRelationships")
    return columns.flatMap(({ name, type, targets }) =>
      // An owner is a table of its own there, which stands for users and teams.
      Object.entries(type === 'OwnerType' ? { owners: name } : (targets ?? {})).map(([set, navigation]) => ({
        ReferencingAttribute: name,
        ReferencedEntity: set === 'owners' ? 'owner' : tables[set],
        ReferencingEntityNavigationPropertyName: navigation,
      })),
    );
  if (!path.startsWith(attributes)) return undefined;
  const kind = path.slice(attributes.length).replace(`/${cast}`, '');
  if (kind === '') return columns.map(described);
  const type = kind.replace(/AttributeMetadata$/, 'Type');
  const own = columns.filter((column) => column.type === type);
  return own.map((column) => detailed(column, type));
}

function detailed(column: Column, type: string) {
  return {
    LogicalName: column.name,
    ...(column.options === undefined ? {} : { OptionSet: { Options: column.options.map(optionOf) } }),
    ...(type === 'MoneyType' ? { Precision: 2, PrecisionSource: 2, MinValue: 0, MaxValue: 1_000_000_000_000 } : {}),
    ...(type === 'DecimalType' ? { Precision: 1, MinValue: 0, MaxValue: 100 } : {}),
    ...(column.longest === undefined ? {} : { MaxLength: column.longest }),
    ...(type === 'DateTimeType' ? { DateTimeBehavior: { Value: column.day === true ? 'DateOnly' : 'UserLocal' } } : {}),
  };
}

function described({ name, label, type, update }: Column) {
  return {
    LogicalName: name,
    AttributeTypeName: { Value: type },
    IsValidForUpdate: update !== false,
    IsValidForRead: true,
    RequiredLevel: { Value: name === 'name' ? 'ApplicationRequired' : 'None' },
    DisplayName: { UserLocalizedLabel: { Label: label, LanguageCode: 1033 } },
  };
}

function optionOf({ value, label, state }: Option) {
  return {
    Value: value,
    Label: { LocalizedLabels: [], UserLocalizedLabel: { Label: label, LanguageCode: 1033 } },
    ...(state === undefined ? {} : { State: state }),
  };
}
