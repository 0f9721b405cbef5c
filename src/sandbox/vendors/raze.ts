import { isNumber, isText, orNull } from '../judges.ts';
import type { SandboxCall, SandboxResponse, VendorServer } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { idIn, objectBodyOf } from '../wire.ts';

/** Raze as its documentation describes it. */

const apiKey = 'gr_live_sandbox_7b1e5d20c94a';
const opportunityPath = /^\/opportunities\/([^/]+)$/;
const stagePath = /^\/opportunities\/([^/]+)\/stage$/;
const stages = new Set(['new', 'contacted', 'qualified', 'proposal', 'negotiation', 'won', 'lost']);

export const razeServer: VendorServer = {
  name: 'raze',
  basePath: '/raze/external/v1',
  credentials: { apiKey },
  quota: [{ count: 1000, windowMs: 3_600_000, window: 'fixed' }],
  sample: (number) => ({ ...blank(`opp_sandbox${String(number).padStart(6, '0')}`), deal_value: number * 1000 }),
  blank,
  writtenId: ({ method, path }) =>
    method === 'PUT' ? idIn(path, opportunityPath) : method === 'PATCH' ? idIn(path, stagePath) : undefined,
  handle,
  unauthorised: ({ headers }) => {
    const given = headers['x-api-key'];
    if (given === apiKey) return undefined;
    return given === undefined
      ? error(401, 'MISSING_API_KEY', 'API key is required')
      : error(401, 'INVALID_API_KEY', 'API key is invalid');
  },
  throttled: ({ resetMs }, _behaviour, number) => {
    const seconds = Math.max(1, Math.ceil(resetMs / 1000));
    return {
      status: 429,
      ...(number % 2 === 0 ? { headers: { 'retry-after': String(seconds) } } : {}),
      body: {
        success: false,
        error: { code: 'RATE_LIMIT_EXCEEDED', message: 'Limite de requisições excedido', retry_after: seconds },
      },
    };
  },
  overreach: (record) => ({ ...record, deal_value: 1 }),
  refused: (code = 'VALIDATION_ERROR', message = 'Dados inválidos') =>
    error(400, code, message, { fields: { deal_value: 'valor fora do intervalo' } }),
  failed: () => error(500, 'INTERNAL_ERROR', 'Internal error'),
  quotaHeaders: ({ limit, remaining, resetMs }) => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil((Date.now() + resetMs) / 1000)),
  }),
};

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    id,
    name: 'John Doe',
    email: 'john@example.com',
    phone: null,
    company: 'Acme Inc',
    position: null,
    status: 'qualified',
    deal_value: 1000,
    deal_currency: 'BRL',
    notes: '',
    responsible_user_id: null,
    won_at: null,
    lost_at: null,
    updated_at: '2026-01-25T10:00:00Z',
  };
}

function error(status: number, code: string, message: string, details?: Record<string, unknown>): SandboxResponse {
  return { status, body: { success: false, error: { code, message, ...(details === undefined ? {} : { details }) } } };
}

const notPermitted = error(403, 'INSUFFICIENT_PERMISSIONS', 'Missing permission: opportunities:read');
const notFound = error(404, 'NOT_FOUND', 'Opportunity not found');

function handle(call: SandboxCall): SandboxResponse {
  const { method, path, records, behaviour } = call;
  const id = idIn(path, opportunityPath);
  const staged = idIn(path, stagePath);
  if (method === 'PUT' && id !== undefined) return update(id, call);
  if (method === 'PATCH' && staged !== undefined) return moveStage(staged, call);
  if (method === 'GET' && id !== undefined) {
    if (!behaviour.readable) return notPermitted;
    const record = records.get(id);
    return record === undefined ? notFound : { status: 200, body: { success: true, data: record } };
  }
  if (method === 'GET' && path === '/contacts') return { status: 200, body: { success: true, data: [] } };
  const unknown = error(404, 'NOT_FOUND', 'Route not found');
  return method === 'GET' ? unknown : { ...unknown, violation: `${method} ${path}` };
}

const texts = new Set([
  'name',
  'email',
  'phone',
  'company',
  'position',
  'deal_currency',
  'notes',
  'responsible_user_id',
]);

function update(id: string, call: SandboxCall): SandboxResponse {
  const body = objectBodyOf(call);
  if ('problem' in body) return badBody(body.problem);
  const record = call.records.get(id);
  if (record === undefined) return notFound;
  const wrong = Object.entries(body.value).flatMap(([name, value]) => {
    const fits = name === 'deal_value' ? orNull(isNumber) : texts.has(name) ? orNull(isText) : undefined;
    return fits?.(value) === true ? [] : [name];
  });
  if (wrong.length > 0) {
    const fields = Object.fromEntries(wrong.map((name) => [name, 'campo inválido']));
    const violation = `bad fields ${wrong.join(', ')}`;
    return { ...error(400, 'VALIDATION_ERROR', 'Dados inválidos', { fields }), violation };
  }
  const next = { ...record, ...body.value, updated_at: new Date().toISOString() };
  call.records.put(id, next);
  return { status: 200, body: { success: true, data: next }, applied: true };
}

function moveStage(id: string, call: SandboxCall): SandboxResponse {
  const body = objectBodyOf(call);
  if ('problem' in body) return badBody(body.problem);
  const { status } = body.value;
  if (!stages.has(String(status)))
    return { ...error(400, 'INVALID_STATUS', 'Status inválido'), violation: `status ${String(status)}` };
  const record = call.records.get(id);
  if (record === undefined) return notFound;
  const now = new Date().toISOString();
  const stamp = status === 'won' ? { won_at: now } : status === 'lost' ? { lost_at: now } : {};
  const next = { ...record, status, ...stamp, updated_at: now };
  call.records.put(id, next);
  const { name, won_at: wonAt } = next as SandboxRecord;
  return {
    status: 200,
    body: { success: true, data: { id, name, status, won_at: wonAt, updated_at: now } },
    applied: true,
  };
}

function badBody(problem: string): SandboxResponse {
  return { ...error(400, 'VALIDATION_ERROR', problem), violation: problem };
}
