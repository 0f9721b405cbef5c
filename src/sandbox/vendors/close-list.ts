import type { SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';

const filters = ['lead_id', 'organization_id', 'user_id', 'status_id', 'status_type', 'value_period'];
const mostOnPage = 100;
/** Close publishes no number. */
const mostSkipped = 100_000;

/** A page of opportunities, with those filters that are plain equality and a text search of the note. `records`: as reads show them. */
export function closeList(
  { query }: SandboxRequest,
  records: readonly SandboxRecord[],
  picked: (record: SandboxRecord, fields: string | null) => SandboxRecord,
): SandboxResponse {
  const [limit, skip] = [Number(query.get('_limit') ?? mostOnPage), Number(query.get('_skip') ?? 0)];
  if (limit > mostOnPage || skip > mostSkipped)
    return { status: 400, body: { error: `The limit is over the max_limit of ${mostOnPage}, or _skip is too high.` } };
  const text = query.get('query')?.toLowerCase() ?? '';
  const matching = records.filter(
    (record) =>
      filters.every((name) => query.get(name) === null || record[name] === query.get(name)) &&
      String(record['note']).toLowerCase().includes(text),
  );
  const data = matching.slice(skip, skip + limit).map((record) => picked(record, query.get('_fields')));
  return {
    status: 200,
    body: { data, has_more: skip + limit < matching.length, total_results: matching.length },
  };
}
