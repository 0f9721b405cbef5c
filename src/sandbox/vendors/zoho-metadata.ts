import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';

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

function fact(name: string, label: string, type: string, more: Partial<FieldFact> = {}): FieldFact {
  return { api_name: name, display_label: label, data_type: type, ...more };
}

const stages = ['Qualification', 'Identify Decision Makers', 'Negotiation/Review', 'Closed Won', 'Closed Lost'];

export const fieldFacts: readonly FieldFact[] = [
  fact('Deal_Name', 'Deal Name', 'text', { mandatory: true, length: 255 }),
  fact('Stage', 'Stage', 'picklist', { mandatory: true, options: stages }),
  fact('Amount', 'Amount', 'currency'),
  fact('Closing_Date', 'Closing Date', 'date'),
  fact('Owner', 'Deal Owner', 'ownerlookup'),
  fact('Probability', 'Probability (%)', 'integer'),
  fact('Description', 'Description', 'textarea', { length: 32_000 }),
  fact('Next_Step', 'Next Step', 'text', { length: 255 }),
  fact('Reason_For_Loss__s', 'Reason For Loss', 'picklist', { options: ['Price', 'Timing'] }),
  fact('Account_Name', 'Account Name', 'lookup'),
  fact('Expected_Revenue', 'Expected Revenue', 'currency', { readOnly: true }),
  fact('Modified_Time', 'Modified Time', 'datetime', { readOnly: true }),
  fact('Created_Time', 'Created Time', 'datetime', { readOnly: true }),
  fact('Region', 'Region', 'picklist', { options: ['EMEA', 'APAC'] }),
  fact('Langs', 'Languages', 'multiselectpicklist', { options: ['Korean', 'Dutch', 'Greek'] }),
  fact('Renewal', 'Renewal', 'datetime'),
  fact('Score', 'Score', 'double'),
  fact('Serial', 'Serial', 'bigint'),
  fact('Key_Account', 'Key account', 'boolean'),
  fact('Ext_Key', 'External key', 'text', { length: 50 }),
  fact('Size', 'Size', 'formula', { readOnly: true }),
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
export function zohoMetadata({ path, query, behaviour }: SandboxCall): SandboxResponse | undefined {
  const { metadata } = behaviour;
  if (path === '/users' && query.get('type') === 'CurrentUser')
    return { status: 200, body: { users: users.slice(0, 1), info: info(1, 1, false) } };
  if (path === '/org')
    return { status: 200, body: { org: [{ company_name: 'Northwind (sandbox)', zgid: '700', type: 'sandbox' }] } };
  if (path !== '/settings/fields' && path !== '/users') return undefined;
  if (metadata === 'forbidden') return failure(401, 'OAUTH_SCOPE_MISMATCH', 'invalid oauth scope to access this URL');
  if (metadata === 'odd') return { status: 200, body: { fields: 'none', users: 'none' } };
  if (path === '/users') {
    const page = Number(query.get('page') ?? '1');
    const size = Number(query.get('per_page') ?? '200');
    if (size > 200) return failure(400, 'INVALID_DATA', 'invalid data', { api_name: 'per_page' });
    const shown = users.slice((page - 1) * size, page * size);
    return { status: 200, body: { users: shown, info: info(page, shown.length, page * size < users.length) } };
  }
  if (query.get('module') !== 'Deals')
    return failure(400, 'REQUIRED_PARAM_MISSING', 'module is missing', { param: 'module' });
  return { status: 200, body: { fields: fieldFacts.map(described) } };
}

function described(field: FieldFact) {
  const { api_name: name, display_label: label, data_type: type, options, readOnly, mandatory, length } = field;
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

export function flat(code: string, message: string, details: Record<string, unknown> = {}) {
  return { code, details, message, status: 'error' };
}

export function failure(status: number, ...error: Parameters<typeof flat>): SandboxResponse {
  return { status, body: flat(...error) };
}
