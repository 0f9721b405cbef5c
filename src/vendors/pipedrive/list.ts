import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import type { Call } from '../../core/call.ts';
import type { Lister } from '../../core/vendor.ts';
import { listBody, listPage, objectBody, wholePage } from '../shared/record-reads.ts';
import { pipedriveRecord } from './record.ts';
import { customKey, pipedriveCall } from './write.ts';

/** GET /v2/deals filters by these. https://developers.pipedrive.com/docs/api/v1/openapi-v2.yaml, as of 2026-09. */
const filters = ['owner_id', 'person_id', 'org_id', 'pipeline_id', 'stage_id', 'status'] as const;

const pageLength = '500';

/** Deals that match, 500 a page. Archived deals are not among them. */
export const pipedriveList: Lister = {
  problem: (field) =>
    (filters as readonly string[]).includes(field)
      ? undefined
      : `Pipedrive filters deals by ${filters.join(', ')} only; make a filter there for others, and give its id with --where-raw`,
  rawLanguage: 'the id of a filter that is stored at Pipedrive',
  rawAlone: true,
  call: ({ conditions, raw, fields }) => {
    const keys = fields.filter((field) => customKey.test(field));
    return pipedriveCall('/v2/deals', {
      query: [
        ...(raw === undefined ? [] : [['filter_id', raw] as const]),
        ...conditions.map(({ field, value }) => [field, scalarText(value) ?? ''] as const),
        ...(keys.length === 0 || keys.length > 15 ? [] : [['custom_fields', keys.join(',')] as const]),
        ['limit', pageLength],
      ],
      step: 'list',
      cost: 10,
    });
  },
  read: (reply, call) => {
    const [body, data] = [objectBody(reply), listBody(reply, 'data')];
    const records =
      body?.['success'] === true && data !== undefined ? wholePage(data, (one) => pipedriveRecord(one)) : undefined;
    const cursor = nextCursor(body?.['additional_data']);
    return listPage(records, cursor === undefined ? undefined : withCursor(call, cursor));
  },
};

/** Undefined on the last page, where it is null, absent or empty. */
export function nextCursor(additional: Json | undefined): string | undefined {
  const cursor = isJsonObject(additional) ? additional['next_cursor'] : undefined;
  return typeof cursor === 'string' && cursor !== '' ? cursor : undefined;
}

/** The same call for the page that begins there: all other parameters are repeated. */
export function withCursor(call: Call, cursor: string): Call {
  return { ...call, query: [...(call.query ?? []).filter(([name]) => name !== 'cursor'), ['cursor', cursor]] };
}
