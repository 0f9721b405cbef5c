import type { Call, Reply } from '../../core/call.ts';
import type { FieldType } from '../../core/field.ts';
import { isJsonObject, scalarText, type JsonObject } from '../../core/json.ts';
import type { Finder, Lister, ListQuery, Settings } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { objectsIn } from '../shared/metadata-reads.ts';
import { foundByKey, listPage, wholePage } from '../shared/record-reads.ts';
import { nextPage } from './names.ts';
import { dealsPath, quotaGroup } from './write.ts';
import { foundRecord } from './record.ts';

/**
 * Deals by a property whose values are unique: the batch read by `idProperty`, whose results show the record's own id and the property that was asked.
 * https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis, 2026-10.
 */
export function dealFinder(
  settings: Settings,
  unique: ReadonlySet<string> | undefined,
  types: ReadonlyMap<string, FieldType>,
): Finder {
  return {
    problem: (field) =>
      unique === undefined || unique.has(field)
        ? undefined
        : `the values of ${field} need not be unique in this account${unique.size === 0 ? '; no property of its deals is marked so' : `; those of ${[...unique].slice(0, 5).join(', ')} are`}`,
    most: 100,
    call: (field, keys) =>
      jsonCall({
        method: 'POST',
        path: `${dealsPath(settings)}/batch/read`,
        body: {
          properties: [field, 'dealname'],
          propertiesWithHistory: [],
          idProperty: field,
          inputs: keys.map((id) => ({ id })),
        },
        step: 'find',
        quotaGroup,
      }),
    read: (reply, call) => {
      const field = (call.body as { readonly idProperty?: string } | undefined)?.idProperty;
      const entries = resultsOf(reply, [200, 207]);
      if (entries === undefined || field === undefined) return undefined;
      const records = entries.flatMap((entry) => foundRecord(entry, [], types) ?? []);
      return { records: foundByKey(records, field) };
    },
  };
}

/** The calls of the search, which have a quota of their own: 5 a second for the account. */
export const searchGroup = 'search';

/** Results of one search, over all of its pages. */
const mostResults = 10_000;

/** What a table of deals shows. */
const usual = ['dealname', 'amount', 'deal_currency_code', 'closedate', 'dealstage', 'hubspot_owner_id'];

/**
 * Deals by HubSpot's search: conditions that all must hold, 200 a page, 10,000 in all. It follows writes by some seconds, so nothing is proved by it.
 * https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm, 2026-10.
 */
export function dealLister(settings: Settings, types: ReadonlyMap<string, FieldType>): Lister {
  const firstPage = ({ conditions, fields }: ListQuery): Call => {
    const filters = conditions.map(({ field, value }) => {
      const text = scalarText(value) ?? '';
      return text === ''
        ? { propertyName: field, operator: 'NOT_HAS_PROPERTY' }
        : { propertyName: field, operator: 'EQ', value: text };
    });
    const shown = ['dealname', ...(fields.length === 0 ? usual : fields), ...conditions.map(({ field }) => field)];
    return jsonCall({
      method: 'POST',
      path: `${dealsPath(settings)}/search`,
      body: { filterGroups: filters.length === 0 ? [] : [{ filters }], properties: [...new Set(shown)], limit: 200 },
      step: 'list',
      quotaGroup: searchGroup,
    });
  };
  return {
    problem: () => undefined,
    call: firstPage,
    read: (reply, call) => {
      const entries = resultsOf(reply, [200]);
      const { body } = call;
      if (entries === undefined || !isJsonObject(body ?? null)) return undefined;
      const asked = (body as { readonly properties: readonly string[] }).properties;
      const records = wholePage(entries, (entry) => foundRecord(entry, asked, types));
      const after = nextPage(reply);
      const most = mostResults.toLocaleString('en-US');
      const isLast = after !== undefined && Number(after) >= mostResults;
      const cut = isLast ? `HubSpot's search shows the first ${most} deals only; narrow the conditions` : undefined;
      const next = after === undefined ? undefined : { ...call, body: { ...(body as object), after } };
      return listPage(records, next, cut);
    },
  };
}

function resultsOf(reply: Reply, statuses: readonly number[]): readonly JsonObject[] | undefined {
  const body = statuses.includes(reply.status) ? jsonBody(reply) : undefined;
  return isJsonObject(body) && Array.isArray(body['results']) ? objectsIn(body['results']) : undefined;
}
