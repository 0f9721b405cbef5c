import type { SandboxCall, SandboxRequest, SandboxResponse } from '../../vendor-server.ts';
import { hash } from '../../faults.ts';
import type { SandboxRecord } from '../../records.ts';
import { bodyMembers, isObject, jsonBodyOf, objectBodyOf } from '../../wire.ts';
import { badRequest, errorBody, invalidBody, shown } from './replies.ts';
import { written, type Warning, type WriteError } from './write.ts';

/** HubSpot's calls for several deals, and its search. */

const most = 100;
const longestPage = 200;
const mostResults = 10_000;

interface Input {
  readonly id: string;
  readonly properties: Record<string, unknown>;
  readonly traceId: string | undefined;
}

export function batchUpdate(call: SandboxCall): SandboxResponse {
  const { records, behaviour } = call;
  const inputs = inputsOf(call);
  if ('status' in inputs) return inputs;
  const repeated = inputs.map(({ id }) => id).filter((id, index, ids) => ids.indexOf(id) !== index);
  if (repeated.length > 0) {
    const body = errorBody('Duplicate IDs found in batch input', {
      category: 'VALIDATION_ERROR',
      context: { ids: repeated },
    });
    return { status: 400, body, violation: 'duplicate ids' };
  }
  const missing: string[] = [];
  const refused: { readonly input: Input; readonly errors: readonly WriteError[] }[] = [];
  const done: { readonly input: Input; readonly record: SandboxRecord; readonly warnings: readonly Warning[] }[] = [];
  for (const input of inputs) {
    const record = records.get(input.id);
    if (record === undefined) {
      missing.push(input.id);
      continue;
    }
    const { record: next, errors, warnings } = written(record, input.properties);
    if (errors.length > 0) refused.push({ input, errors });
    else done.push({ input, record: next, warnings });
  }
  const all = refused.flatMap(({ errors }) => errors);
  if (all.length > 0 && !behaviour.batch.namesRows) return invalidBody(all);
  for (const { input, record } of done) records.put(input.id, record);
  const errors = [
    ...(missing.length === 0 ? [] : [missingEntry(missing)]),
    ...refused.map(({ input, errors: own }) => ({
      status: 'error',
      category: 'VALIDATION_ERROR',
      message: own[0]?.message,
      code: own[0]?.code,
      context: { objectWriteTraceId: [input.traceId] },
    })),
  ];
  const results = done.map(({ input, record, warnings }) => ({
    ...shown(record, Object.keys(input.properties), 'leave-out-empty'),
    ...(warnings.length === 0 ? {} : { warnings }),
  }));
  const ids = done.map(({ input }) => input.id);
  return { ...answer(results, errors, call), applied: done.length > 0, appliedIds: ids };
}

export function batchRead(call: SandboxCall): SandboxResponse {
  const { records, behaviour } = call;
  const { properties, propertiesWithHistory, idProperty } = bodyMembers(call);
  if (!Array.isArray(properties) || !Array.isArray(propertiesWithHistory))
    return badRequest('properties are not a list');
  const inputs = inputsOf(call, true);
  if ('status' in inputs) return inputs;
  const key = typeof idProperty === 'string' ? idProperty : undefined;
  const found = inputs.flatMap(({ id }) => {
    const shownOnes =
      key === undefined ? [records.shown(id, behaviour.readLagMs)] : records.all().filter((one) => one[key] === id);
    return shownOnes.flatMap((record) => (record === undefined ? [] : [{ id, record }]));
  });
  const seen = new Set(found.map(({ id }) => id));
  const missing = inputs.map(({ id }) => id).filter((id) => !seen.has(id));
  const results = found.map(({ record }) => shown(record, properties.map(String), 'null'));
  return answer(results, missing.length === 0 ? [] : [missingEntry(missing)], call);
}

function inputsOf(request: SandboxRequest, ofRead = false): readonly Input[] | SandboxResponse {
  const body = jsonBodyOf(request);
  if ('problem' in body) return badRequest(body.problem);
  const list = isObject(body.value) ? body.value['inputs'] : undefined;
  if (!Array.isArray(list)) return badRequest('there are no inputs');
  if (list.length > most) return badRequest(`more than ${most} inputs`);
  const inputs: Input[] = [];
  for (const entry of list as readonly unknown[]) {
    if (!isObject(entry) || typeof entry['id'] !== 'string') return badRequest('an input has no id');
    const { id, properties, objectWriteTraceId: traceId, ...others } = entry;
    const isWrite = isObject(properties) && (traceId === undefined || typeof traceId === 'string');
    if (Object.keys(others).length > 0 || (ofRead ? properties !== undefined : !isWrite)) {
      return badRequest(`the members of input ${id}`);
    }
    inputs.push({ id, properties: isObject(properties) ? properties : {}, traceId: traceId as string | undefined });
  }
  return inputs;
}

function missingEntry(ids: readonly string[]): unknown {
  return { status: 'error', category: 'OBJECT_NOT_FOUND', message: 'Could not get some deals', context: { ids } };
}

/** The order is not that of the inputs, unless it is wanted so. */
function answer(
  results: readonly { readonly id: string }[],
  errors: readonly unknown[],
  { behaviour }: SandboxCall,
): SandboxResponse {
  const ordered = behaviour.batch.inOrder ? results : results.toSorted((a, b) => hash(a.id) - hash(b.id));
  const at = new Date().toISOString();
  return {
    status: errors.length === 0 ? 200 : 207,
    body: {
      status: 'COMPLETE',
      startedAt: at,
      completedAt: at,
      results: ordered,
      ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
    },
  };
}

/** Deals that meet all filters of the one group. */
export function search(call: SandboxCall): SandboxResponse {
  const body = objectBodyOf(call);
  if ('problem' in body) return badRequest(body.problem);
  const { filterGroups, properties, limit, after = '0' } = body.value;
  const [group = { filters: [] }]: readonly unknown[] = Array.isArray(filterGroups) ? filterGroups : [null];
  const filters =
    isObject(group) && Array.isArray(group['filters']) ? (group['filters'] as readonly unknown[]) : undefined;
  if (filters === undefined || !Array.isArray(properties)) return badRequest('filterGroups or properties');
  if (typeof limit !== 'number' || limit > longestPage || Number(after) >= mostResults)
    return badRequest('limit or after');
  const matching = call.records.all().filter((record) =>
    filters.every((filter) => {
      if (!isObject(filter)) return false;
      const held = record[String(filter['propertyName'])] ?? null;
      return filter['operator'] === 'NOT_HAS_PROPERTY' ? held === null : held === filter['value'];
    }),
  );
  const start = Number(after);
  const end = start + limit;
  const results = matching.slice(start, end).map((record) => shown(record, properties.map(String), 'null'));
  const paging = { next: { after: String(end) } };
  return { status: 200, body: { total: matching.length, results, ...(end < matching.length ? { paging } : {}) } };
}
