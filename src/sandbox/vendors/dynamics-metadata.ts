import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';

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

/** `values`: of the options, by their labels. */
function options(values: Readonly<Record<string, number>>): Pick<Column, 'options'> {
  return { options: Object.entries(values).map(([label, value]) => ({ label, value })) };
}

function column(name: string, label: string, type: string, more: Partial<Column> = {}): Column {
  return { name, label, type: `${type}Type`, ...more };
}

export const columns: readonly Column[] = [
  column('name', 'Topic', 'String', { longest: 300 }),
  column('estimatedvalue', 'Est. Revenue', 'Money'),
  column('actualvalue', 'Actual Revenue', 'Money'),
  column('estimatedclosedate', 'Est. Close Date', 'DateTime', { day: true }),
  column('actualclosedate', 'Actual Close Date', 'DateTime', { day: true }),
  column('closeprobability', 'Probability', 'Integer'),
  column('salesstage', 'Sales Stage', 'Picklist', options({ Qualify: 0, Develop: 1, Propose: 2, Close: 3 })),
  column('statecode', 'Status', 'State'),
  column('statuscode', 'Status Reason', 'Status', {
    options: [
      { value: 1, label: 'In Progress', state: 0 },
      { value: 2, label: 'On Hold', state: 0 },
      { value: 3, label: 'Won', state: 1 },
      { value: 4, label: 'Canceled', state: 2 },
      { value: 5, label: 'Out-Sold', state: 2 },
    ],
  }),
  column('ownerid', 'Owner', 'Owner', { targets: { systemusers: 'ownerid', teams: 'ownerid' } }),
  column('transactioncurrencyid', 'Currency', 'Lookup', {
    targets: { transactioncurrencies: 'transactioncurrencyid' },
  }),
  column('customerid', 'Potential Customer', 'Customer', {
    targets: { accounts: 'customerid_account', contacts: 'customerid_contact' },
  }),
  column('parentcontactid', 'Contact', 'Lookup', { targets: { contacts: 'parentcontactid' } }),
  column('description', 'Description', 'Memo', { longest: 2_000 }),
  column('isrevenuesystemcalculated', 'Revenue', 'Boolean'),
  column('createdon', 'Created On', 'DateTime', { update: false }),
  column('new_segment', 'Segment', 'String', { longest: 100 }),
  column('new_region', 'Region', 'Picklist', options({ EMEA: 100_000_000, APAC: 100_000_001 })),
  column('new_days', 'Days', 'MultiSelectPicklist', options({ Monday: 1, Tuesday: 2, Friday: 9 })),
  column('new_renewal', 'Renewal', 'DateTime'),
  column('new_customerid', 'Reseller', 'Lookup', { targets: { accounts: 'new_CustomerId' } }),
  column('new_score', 'Score', 'Decimal'),
  column('new_key', 'External key', 'String', { longest: 50 }),
];

export const tables: Readonly<Record<string, string>> = {
  systemusers: 'systemuser',
  teams: 'team',
  transactioncurrencies: 'transactioncurrency',
  accounts: 'account',
  contacts: 'contact',
};

const users = [
  user(adaId, 'Ada Kern', 'ada@northwind.example'),
  user('0a4d7d11-90aa-ee11-be37-000d3ab1f012', 'Bo Lind', 'bo@northwind.example'),
];

function user(systemuserid: string, fullname: string, address: string) {
  return { systemuserid, fullname, internalemailaddress: address, domainname: address };
}

const teams = [{ teamid: '0b4d7d11-90aa-ee11-be37-000d3ab1f0a1', name: 'Renewals' }];

export const userIds: ReadonlySet<string> = new Set(users.map(({ systemuserid: id }) => id));

const currencies = [
  { transactioncurrencyid: euroId, isocurrencycode: 'EUR', currencyprecision: 2 },
  { transactioncurrencyid: 'c7d2f1b0-1111-ee11-8f6d-000d3ab1f004', isocurrencycode: 'USD', currencyprecision: 2 },
];

const attributes = "/EntityDefinitions(LogicalName='opportunity')/Attributes";
const cast = 'Microsoft.Dynamics.CRM.';

/** Undefined for a path that is none of these. */
export function dynamicsMetadata({ path, query, behaviour }: SandboxCall): SandboxResponse | undefined {
  const { metadata } = behaviour;
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
