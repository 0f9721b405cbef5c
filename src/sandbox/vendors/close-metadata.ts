import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';

/** The organization of the Close sandbox: two pipelines that share a label, regular and shared custom fields, users on two pages. */

export const statuses = [
  { id: 'stat_active', label: 'Active', type: 'active', pipeline_id: 'pipe_sales' },
  { id: 'stat_proposal', label: 'Proposal', type: 'active', pipeline_id: 'pipe_sales' },
  { id: 'stat_won', label: 'Won', type: 'won', pipeline_id: 'pipe_sales' },
  { id: 'stat_lost', label: 'Lost', type: 'lost', pipeline_id: 'pipe_sales' },
  { id: 'stat_renewed', label: 'Won', type: 'won', pipeline_id: 'pipe_renewals' },
] as const;

const pipelines = [
  { id: 'pipe_sales', name: 'Sales' },
  { id: 'pipe_renewals', name: 'Renewals' },
] as const;

const firstUser = { id: 'user_ada', email: 'ada@northwind.example', first_name: 'Ada', last_name: 'Kern' };
const users = [
  firstUser,
  { id: 'user_bo', email: 'bo@northwind.example', first_name: 'Bo', last_name: 'Lind' },
  ...Array.from({ length: 128 }, (_, index) => ({
    id: `user_seller${index + 1}`,
    email: `seller${index + 1}@northwind.example`,
    first_name: 'Seller',
    last_name: String(index + 1),
  })),
];

const shared = [{ object_type: 'opportunity', editable_with_roles: [], required: false }] as const;

/** Two fields are called Segment. */
const customFields = [
  custom('cf_region', 'Region', 'choices', { choices: ['EMEA', 'APAC', 'AMER'] }),
  custom('cf_days', 'Days', 'choices', {
    choices: ['Monday', 'Tuesday', 'Wednesday'],
    accepts_multiple_values: true,
  }),
  custom('cf_score', 'Score', 'number'),
  custom('cf_renewal', 'Renewal date', 'date'),
  custom('cf_manager', 'Account manager', 'user'),
  custom('cf_segment', 'Segment', 'text'),
  custom('cf_segment2', 'Segment', 'text', { associations: shared }),
  custom('cf_shared', 'Source', 'text', { associations: shared }),
];

function custom(id: string, name: string, type: string, rest: Readonly<Record<string, unknown>> = {}) {
  return { id, name, type, choices: null, accepts_multiple_values: false, ...rest };
}

const mostUsers = 100;

/** Undefined for a path that is none of these. */
export function closeMetadata({ path, query, behaviour }: SandboxCall): SandboxResponse | undefined {
  if (path === '/me/') {
    const organization = { id: 'orga_sandbox', name: 'Northwind (sandbox)', pipelines: pipelines.map(withStatuses) };
    return { status: 200, body: { ...firstUser, organizations: [organization] } };
  }
  const body = bodies[path];
  if (body === undefined) return undefined;
  if (behaviour.metadata === 'forbidden') return { status: 403, body: { error: 'You are not permitted to do this.' } };
  return behaviour.metadata === 'odd' ? { status: 200, body: { data: 'none' } } : body(query);
}

const bodies: Readonly<Record<string, (query: URLSearchParams) => SandboxResponse>> = {
  '/status/opportunity/': () => ({ status: 200, body: { data: statuses, has_more: false } }),
  '/pipeline/': () => ({ status: 200, body: { data: pipelines.map(withStatuses) } }),
  '/custom_field_schema/opportunity/': () => ({
    status: 200,
    body: { name: 'Opportunity', object_type: 'opportunity', organization_id: 'orga_sandbox', fields: customFields },
  }),
  '/user/': (query) => {
    const limit = Number(query.get('_limit') ?? mostUsers);
    if (limit > mostUsers) return { status: 400, body: { error: `The _limit is at most ${mostUsers}.` } };
    const skip = Number(query.get('_skip') ?? 0);
    return {
      status: 200,
      body: { data: users.slice(skip, skip + limit), has_more: skip + limit < users.length },
    };
  },
};

function withStatuses(pipeline: (typeof pipelines)[number]) {
  return { ...pipeline, statuses: statuses.filter((status) => status.pipeline_id === pipeline.id) };
}
