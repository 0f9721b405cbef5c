import type { SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import type { VendorBehaviour } from '../options.ts';

/** The organisation of the Zoho sandbox: standard and own fields of every writable type, users on two pages. */

export const adaId = '7123400000000301001';

export interface FieldFact {
  readonly api_name: string;
  readonly display_label: string;
  readonly data_type: string;
  readonly options?: readonly string[];
  readonly readOnly?: true;
  readonly mandatory?: true;
  readonly length?: number;
}

export const fieldFacts: readonly FieldFact[] = [
  { api_name: 'Deal_Name', display_label: 'Deal Name', data_type: 'text', mandatory: true, length: 255 },
  {
    api_name: 'Stage',
    display_label: 'Stage',
    data_type: 'picklist',
    mandatory: true,
    options: ['Qualification', 'Identify Decision Makers', 'Negotiation/Review', 'Closed Won', 'Closed Lost'],
  },
  { api_name: 'Amount', display_label: 'Amount', data_type: 'currency' },
  { api_name: 'Closing_Date', display_label: 'Closing Date', data_type: 'date' },
  { api_name: 'Owner', display_label: 'Deal Owner', data_type: 'ownerlookup' },
  { api_name: 'Probability', display_label: 'Probability (%)', data_type: 'integer' },
  { api_name: 'Description', display_label: 'Description', data_type: 'textarea', length: 32_000 },
  { api_name: 'Next_Step', display_label: 'Next Step', data_type: 'text', length: 255 },
  {
    api_name: 'Reason_For_Loss__s',
    display_label: 'Reason For Loss',
    data_type: 'picklist',
    options: ['Price', 'Timing'],
  },
  { api_name: 'Account_Name', display_label: 'Account Name', data_type: 'lookup' },
  { api_name: 'Expected_Revenue', display_label: 'Expected Revenue', data_type: 'currency', readOnly: true },
  { api_name: 'Modified_Time', display_label: 'Modified Time', data_type: 'datetime', readOnly: true },
  { api_name: 'Created_Time', display_label: 'Created Time', data_type: 'datetime', readOnly: true },
  { api_name: 'Region', display_label: 'Region', data_type: 'picklist', options: ['EMEA', 'APAC'] },
  {
    api_name: 'Langs',
    display_label: 'Languages',
    data_type: 'multiselectpicklist',
    options: ['Korean', 'Dutch', 'Greek'],
  },
  { api_name: 'Renewal', display_label: 'Renewal', data_type: 'datetime' },
  { api_name: 'Score', display_label: 'Score', data_type: 'double' },
  { api_name: 'Serial', display_label: 'Serial', data_type: 'bigint' },
  { api_name: 'Key_Account', display_label: 'Key account', data_type: 'boolean' },
  { api_name: 'Ext_Key', display_label: 'External key', data_type: 'text', length: 50 },
  { api_name: 'Size', display_label: 'Size', data_type: 'formula', readOnly: true },
];

const users = [
  { id: adaId, full_name: 'Ada Kern', email: 'ada@northwind.example', status: 'active' },
  { id: '7123400000000301002', full_name: 'Bo Lind', email: 'bo@northwind.example', status: 'active' },
  ...Array.from({ length: 210 }, (_, index) => ({
    id: `71234000000003${String(2_000 + index)}0`,
    full_name: `Seller ${index + 1}`,
    email: `seller${index + 1}@northwind.example`,
    status: 'active',
  })),
];

export const userIds: ReadonlySet<unknown> = new Set(users.map(({ id }) => id));

/** Undefined for a path that is none of these. */
export function zohoMetadata(
  { path, query }: SandboxRequest,
  { metadata }: VendorBehaviour,
): SandboxResponse | undefined {
  if (path === '/users' && query.get('type') === 'CurrentUser')
    return { status: 200, body: { users: users.slice(0, 1), info: info(1, 1, false) } };
  if (path === '/org')
    return { status: 200, body: { org: [{ company_name: 'Northwind (sandbox)', zgid: '700', type: 'sandbox' }] } };
  if (path !== '/settings/fields' && path !== '/users') return undefined;
  if (metadata === 'forbidden')
    return {
      status: 401,
      body: {
        code: 'OAUTH_SCOPE_MISMATCH',
        details: {},
        message: 'invalid oauth scope to access this URL',
        status: 'error',
      },
    };
  if (metadata === 'odd') return { status: 200, body: { fields: 'none', users: 'none' } };
  if (path === '/users') {
    const page = Number(query.get('page') ?? '1');
    const size = Number(query.get('per_page') ?? '200');
    if (size > 200)
      return {
        status: 400,
        body: { code: 'INVALID_DATA', details: { api_name: 'per_page' }, message: 'invalid data', status: 'error' },
      };
    const shown = users.slice((page - 1) * size, page * size);
    return { status: 200, body: { users: shown, info: info(page, shown.length, page * size < users.length) } };
  }
  if (query.get('module') !== 'Deals')
    return {
      status: 400,
      body: {
        code: 'REQUIRED_PARAM_MISSING',
        details: { param: 'module' },
        message: 'module is missing',
        status: 'error',
      },
    };
  return { status: 200, body: { fields: fieldFacts.map(described) } };
}

function described({
  api_name: name,
  display_label: label,
  data_type: type,
  options,
  readOnly,
  mandatory,
  length,
}: FieldFact) {
  return {
    api_name: name,
    display_label: label,
    field_label: label,
    data_type: type,
    length: length ?? 120,
    decimal_place: type === 'currency' || type === 'double' ? 2 : null,
    read_only: readOnly === true,
    field_read_only: true,
    visible: true,
    custom_field: false,
    system_mandatory: mandatory === true,
    operation_type: {
      web_update: readOnly !== true,
      api_create: true,
      web_create: true,
      api_update: readOnly !== true,
    },
    pick_list_values: (options ?? []).map((option, index) => ({
      display_value: option,
      actual_value: option === 'Identify Decision Makers' ? 'Id. Decision Makers' : option,
      id: `71234000000004001${String(index).padStart(2, '0')}`,
      type: 'used',
    })),
  };
}

function info(page: number, count: number, more: boolean) {
  return { per_page: 200, count, page, more_records: more };
}
