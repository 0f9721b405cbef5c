import type { Call } from '../../core/call.ts';
import { scalarText, type Json } from '../../core/json.ts';
import type { Lister } from '../../core/vendor.ts';
import { jsonCall } from '../shared/json-call.ts';
import { listBody, listPage, objectBody, wholePage } from '../shared/record-reads.ts';
import { referral } from './record.ts';

/** Conditions of these stand in examples of the documentation. https://learn.microsoft.com/en-us/partner-center/developer/get-a-list-of-referrals, 2026-10. */
const filters = [
  '/status',
  '/substatus',
  '/qualification',
  '/direction',
  '/type',
  '/engagementId',
  '/customerProfile/address/country',
] as const;

/** Referrals that this user may see and that match, in pages that the service names. The referrals come whole. */
export const partnerCenterList: Lister = {
  problem: (field) =>
    (filters as readonly string[]).includes(field)
      ? undefined
      : `Partner Center documents conditions of ${filters.join(', ')}`,
  rawLanguage: 'an OData $filter',
  call: ({ conditions, raw }) => {
    const all = conditions.map(({ field, value }) => `${field.slice(1)} eq ${literal(value)}`);
    if (raw !== undefined) all.push(all.length === 0 ? raw : `(${raw})`);
    return pageOf(all.length === 0 ? [] : [['$filter', all.join(' and ')]]);
  },
  read: (reply) => {
    const records = wholePage(listBody(reply, 'value') ?? [null], referral);
    const link = objectBody(reply)?.['@odata.nextLink'] ?? '';
    const next = followed(link);
    const isLost = link !== '' && next === undefined;
    const cut = isLost ? 'the address of the next page that Partner Center names is not understood' : undefined;
    return listPage(records, next, cut);
  },
};

/** A text between single quotes, which are doubled in it (OData 4.01, 5.1.1.11). */
function literal(value: Json): string {
  return `'${(scalarText(value) ?? '').replaceAll("'", "''")}'`;
}

function pageOf(query: NonNullable<Call['query']>): Call {
  return jsonCall({ path: '/engagements/referrals', query, step: 'list', quotaGroup: 'calls' });
}

/** Only the query of the link is taken: its documented example names another scheme and path, and the token goes nowhere else. */
function followed(link: Json): Call | undefined {
  if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
  const query = [...new URL(link).searchParams];
  return query.length === 0 ? undefined : pageOf(query);
}
