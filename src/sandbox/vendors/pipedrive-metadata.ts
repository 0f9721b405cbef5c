import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';

/** The company of the Pipedrive sandbox: two pipelines that share a stage's name, custom fields of every type, users, currencies. */

export const regionKey = '3b71d5b6cea10e23f3f433d248add2020d4aff2e';
export const daysKey = 'b2c3d4e5f60718293a4b5c6d7e8f9001122334b2';
export const info = 'Please check developers.pipedrive.com';

export const stages = [
  { id: 31, name: 'Qualified', pipeline_id: 3, order_nr: 1, deal_probability: 20, is_deleted: false },
  { id: 32, name: 'Negotiation', pipeline_id: 3, order_nr: 2, deal_probability: 60, is_deleted: false },
  { id: 33, name: 'Old stage', pipeline_id: 3, order_nr: 3, deal_probability: 60, is_deleted: true },
  { id: 41, name: 'Negotiation', pipeline_id: 4, order_nr: 1, deal_probability: 50, is_deleted: false },
] as const;

export const pipelines = [
  { id: 3, name: 'Sales', order_nr: 0, is_deleted: false, is_deal_probability_enabled: true },
  { id: 4, name: 'Renewals', order_nr: 1, is_deleted: false, is_deal_probability_enabled: false },
] as const;

const firstUser = { id: 9, name: 'Ada Kern', email: 'ada@northwind.example', active_flag: true };
export const users = [
  firstUser,
  { id: 10, name: 'Bo Lind', email: 'bo@northwind.example', active_flag: true },
  { id: 11, name: 'Cy Gone', email: 'cy@northwind.example', active_flag: false },
] as const;

interface CustomField {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly options?: readonly { readonly id: number; readonly label: string }[];
}

/** `ids`: by the labels. */
function options(ids: Readonly<Record<string, number>>): NonNullable<CustomField['options']> {
  return Object.entries(ids).map(([label, id]) => ({ id, label }));
}

/** Two are called Segment. */
export const customFields: readonly CustomField[] = [
  { key: regionKey, name: 'Region', type: 'enum', options: options({ EMEA: 107, APAC: 108 }) },
  { key: daysKey, name: 'Days', type: 'set', options: options({ Monday: 1, Tuesday: 2, Wednesday: 3 }) },
  { key: 'c3d4e5f60718293a4b5c6d7e8f9001122334b2c3', name: 'Score', type: 'double' },
  { key: 'd4e5f60718293a4b5c6d7e8f9001122334b2c3d4', name: 'Setup fee', type: 'monetary' },
  { key: 'e5f60718293a4b5c6d7e8f9001122334b2c3d4e5', name: 'Renewal', type: 'date' },
  { key: 'f60718293a4b5c6d7e8f9001122334b2c3d4e5f6', name: 'Trial', type: 'daterange' },
  { key: '0718293a4b5c6d7e8f9001122334b2c3d4e5f607', name: 'Remarks', type: 'text' },
  { key: '18293a4b5c6d7e8f9001122334b2c3d4e5f60718', name: 'Engineer', type: 'user' },
  { key: '293a4b5c6d7e8f9001122334b2c3d4e5f6071829', name: 'Segment', type: 'varchar' },
  { key: '3a4b5c6d7e8f9001122334b2c3d4e5f60718293a', name: 'Segment', type: 'varchar' },
  { key: '4b5c6d7e8f9001122334b2c3d4e5f60718293a4b', name: 'Site', type: 'address' },
  { key: '5c6d7e8f9001122334b2c3d4e5f60718293a4b5c', name: 'Call at', type: 'time' },
];

const labels = [
  { id: 5, label: 'Hot', color: 'red' },
  { id: 6, label: 'Cold', color: 'blue' },
];

const dealFields = [
  dealField('title', 'Title', 'varchar', null),
  dealField('value', 'Value', 'double', null),
  dealField('status', 'Status', 'status', [{ id: 'open', label: 'Open' }]),
  dealField('label_ids', 'Label', 'set', labels),
  ...customFields.map(({ key, name, type, options: own }) =>
    dealField(key, name, type, own?.map((option) => ({ ...option, color: null })) ?? null, true),
  ),
];

function dealField(code: string, name: string, type: string, own: readonly unknown[] | null, isCustom = false) {
  return {
    field_name: name,
    field_code: code,
    field_type: type,
    options: own,
    subfields: null,
    is_custom_field: isCustom,
    is_optional_response_field: false,
    is_writable: true,
  };
}

export const labelIds: ReadonlySet<unknown> = new Set(labels.map(({ id }) => id));

/** Undefined for a path that is none of these. */
export function pipedriveMetadata({ path, query, behaviour }: SandboxCall): SandboxResponse | undefined {
  if (path === '/v1/users/me')
    return ok({
      ...firstUser,
      default_currency: 'EUR',
      company_id: 77,
      company_name: 'Northwind (sandbox)',
      company_domain: 'northwind',
    });
  const list = lists[path];
  if (list === undefined) return undefined;
  if (behaviour.metadata === 'forbidden') {
    const body = { success: false, error: 'Scope and URL mismatch', errorCode: 403, error_info: info };
    return { status: 403, body };
  }
  if (behaviour.metadata === 'odd') return ok('none');
  return path.startsWith('/v2/') ? page(list, query) : ok(list);
}

const lists: Readonly<Record<string, readonly unknown[]>> = {
  '/v2/dealFields': dealFields,
  '/v2/pipelines': pipelines,
  '/v2/stages': stages,
  '/v1/users': users,
};

/** Pages by cursor. Those of the fields are short here, so that there are several. */
export function page(all: readonly unknown[], query: URLSearchParams, most = 10): SandboxResponse {
  const limit = Number(query.get('limit') ?? '100');
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) return schemaFault('limit: out of range');
  const from = Number(atob(query.get('cursor') ?? btoa('0')));
  const size = Math.min(limit, most);
  const next = from + size < all.length ? btoa(String(from + size)) : null;
  return {
    status: 200,
    body: { success: true, data: all.slice(from, from + size), additional_data: { next_cursor: next } },
  };
}

export function schemaFault(text: string, violation?: string): SandboxResponse {
  const body = { success: false, error: `Validation failed: ${text}`, code: 'ERR_SCHEMA_VALIDATION_FAILED' };
  return { status: 400, body, ...(violation === undefined ? {} : { violation }) };
}

function ok(data: unknown): SandboxResponse {
  return { status: 200, body: { success: true, data } };
}
