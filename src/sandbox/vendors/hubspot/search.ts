import type { SandboxRequest, SandboxResponse } from '../../vendor-server.ts';
import type { Records } from '../../records.ts';
import { isObject, jsonBodyOf } from '../../wire.ts';
import { badRequest, shown } from './replies.ts';

const longestPage = 200;
const mostResults = 10_000;

/** Deals that meet all filters of the one group. */
export function search(request: SandboxRequest, records: Records): SandboxResponse {
  const body = jsonBodyOf(request);
  if ('problem' in body) return badRequest(body.problem);
  if (!isObject(body.value)) return badRequest('the body is not an object');
  const { filterGroups, properties, limit, after = '0' } = body.value;
  const [group = { filters: [] }]: readonly unknown[] = Array.isArray(filterGroups) ? filterGroups : [null];
  const filters =
    isObject(group) && Array.isArray(group['filters']) ? (group['filters'] as readonly unknown[]) : undefined;
  if (filters === undefined || !Array.isArray(properties)) return badRequest('filterGroups or properties');
  if (typeof limit !== 'number' || limit > longestPage || Number(after) >= mostResults)
    return badRequest('limit or after');
  const matching = records.all().filter((record) =>
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
