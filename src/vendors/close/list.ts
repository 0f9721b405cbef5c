import { scalarText, type Json } from '../../core/json.ts';
import type { Call } from '../../core/call.ts';
import type { Lister } from '../../core/vendor.ts';
import { jsonCall } from '../shared/json-call.ts';
import { listPage, objectBody, wholePage } from '../shared/record-reads.ts';
import { closeRecord, watchedFields } from './record.ts';

/** GET /opportunity/ filters by these, each for equality. https://developer.close.com/api/resources/opportunities/list, 2026-10. */
const filters = ['lead_id', 'user_id', 'status_id', 'status_type', 'value_period', 'organization_id'] as const;

/** The most that the open-source server allows by default; more is a 400. https://github.com/closeio/flask-mongorest, 2026-10. */
const pageLength = 100;

/** Opportunities that match, 100 a page. `_skip` has a ceiling that Close does not publish: a page beyond it is refused. */
export const closeList: Lister = {
  problem: (field) =>
    (filters as readonly string[]).includes(field) ? undefined : `Close filters opportunities by ${filters.join(', ')}`,
  rawLanguage: "a text for Close's search of opportunities (`query`)",
  call: ({ conditions, raw, fields }) => {
    const shown = [...(fields.length === 0 ? watchedFields : fields), ...conditions.map(({ field }) => field)];
    return pageAt(
      jsonCall({
        path: '/opportunity/',
        query: [
          ...conditions.map(({ field, value }) => [field, scalarText(value) ?? ''] as const),
          ...(raw === undefined ? [] : [['query', raw] as const]),
          ['_fields', [...new Set(['id', 'lead_name', ...shown])].join(',')],
          ['_limit', String(pageLength)],
        ],
        step: 'list',
        quotaGroup: 'GET /opportunity',
      }),
      0,
    );
  },
  read: (reply, call) => {
    const body = objectBody(reply);
    if (body === undefined || !Array.isArray(body['data']) || typeof body['has_more'] !== 'boolean') return undefined;
    const data = body['data'] as readonly Json[];
    const end = skipOf(call) + data.length;
    const total = Number(scalarText(body['total_results'] ?? null) ?? end);
    const next = body['has_more'] && data.length > 0 ? pageAt(call, end) : undefined;
    const isCut = next === undefined && end < total;
    const cut = isCut ? `Close counts ${total} opportunities and shows ${end}` : undefined;
    return listPage(wholePage(data, closeRecord), next, cut);
  },
};

/** The entries before those of the page. */
export function skipOf({ query = [] }: Call): number {
  return Number(query.find(([name]) => name === '_skip')?.[1] ?? 0);
}

export function pageAt(call: Call, skip: number): Call {
  return { ...call, query: [...(call.query ?? []).filter(([name]) => name !== '_skip'), ['_skip', String(skip)]] };
}
