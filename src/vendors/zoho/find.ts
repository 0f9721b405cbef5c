import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import type { Call, Reply } from '../../core/call.ts';
import type { Finder, Lister } from '../../core/vendor.ts';
import { jsonCall } from '../shared/json-call.ts';
import { foundByKey, listBody, listPage, memberRecord, objectBody, wholePage } from '../shared/record-reads.ts';
import { dealRecord } from './record.ts';

/*
 * Deals by what they hold, by COQL: https://www.zoho.com/crm/developer/docs/api/v8/COQL-Overview.html and …/COQL-Limitations.html, as of 2026-10. The
 * search call is not used: its index follows the writes late.
 */

const mostKeys = 50;
const pageLength = 200;
/** COQL goes no further than this many records of one condition. */
const mostListed = 100_000;

const fieldName = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

export const zohoFind: Finder = {
  problem: (field) => (fieldName.test(field) ? undefined : 'is not an API name of a field at Zoho'),
  most: mostKeys,
  call: (field, keys) =>
    coql(
      `select id, Deal_Name, ${field} from Deals where ${field} in (${keys.map(quoted).join(', ')}) limit ${pageLength}`,
      'find',
    ),
  read: (reply, call) => {
    const page = pageOf(reply);
    if (page === undefined) return undefined;
    const field = /select id, Deal_Name, (\w+) /.exec(queryOf(call))?.[1] ?? '';
    const records = foundByKey(
      page.data.flatMap((one) => shownDeal(one) ?? []),
      field,
    );
    return page.more ? { records, next: nextPage(call) } : { records };
  },
  // Texts are compared without regard to case: survived where they are not, as the key that came back is compared again.
  sameKey: (key) => key.trim().toLowerCase(),
};

export const zohoList: Lister = {
  problem: (field) => (fieldName.test(field) ? undefined : 'is not an API name of a field at Zoho'),
  rawLanguage: "a condition in COQL: Amount > 1000 and Stage != 'Closed Won'",
  call: ({ conditions, raw, fields }) => {
    const parts = conditions.map(
      ({ field, value }) => `${field}${isJsonObject(value) ? '.id' : ''} = ${literal(value)}`,
    );
    const all = raw === undefined ? parts : [...parts, `(${raw})`];
    const where = all.length === 0 ? 'id is not null' : nested(all);
    const shown = [...new Set(['id', 'Deal_Name', ...(fields.length === 0 ? usual : fields)])].slice(0, 50);
    return coql(`select ${shown.join(', ')} from Deals where ${where} order by id asc limit ${pageLength}`, 'list');
  },
  read: (reply, call) => {
    const page = pageOf(reply);
    if (page === undefined) return undefined;
    const records = wholePage(page.data, (one) => dealRecord(one, () => true));
    const isLast = offsetOf(call) + pageLength >= mostListed;
    const cut = page.more && isLast ? `Zoho lists no more than ${mostListed} deals of one condition` : undefined;
    return listPage(records, page.more ? nextPage(call) : undefined, cut);
  },
};

const shownDeal = memberRecord('id', 'Deal_Name');

const usual = ['Stage', 'Amount', 'Closing_Date', 'Owner'];

/** COQL takes two conditions between brackets: `((a and b) and c)`. */
function nested(conditions: readonly string[]): string {
  return conditions.reduce((left, right) => `(${left} and ${right})`);
}

function literal(value: Json): string {
  if (isJsonObject(value)) return quoted(scalarText(value['id'] ?? null) ?? '');
  return typeof value === 'string' ? quoted(value) : (scalarText(value) ?? '');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

/** One credit a page of up to 200 records. */
function coql(query: string, step: 'find' | 'list'): Call {
  return jsonCall({
    method: 'POST',
    path: '/coql',
    body: { select_query: query },
    step,
    quotaGroup: 'api',
    cost: 1,
  });
}

function queryOf({ body }: Call): string {
  const query = isJsonObject(body ?? null) ? (body as { readonly select_query?: Json }).select_query : undefined;
  return typeof query === 'string' ? query : '';
}

function offsetOf(call: Call): number {
  return Number(/ offset (\d+)$/.exec(queryOf(call))?.[1] ?? '0');
}

function nextPage(call: Call): Call {
  const query = queryOf(call).replace(/ offset \d+$/, '');
  return { ...call, body: { select_query: `${query} offset ${offsetOf(call) + pageLength}` } };
}

/** 204 without a body where nothing matches. */
function pageOf(reply: Reply): { readonly data: readonly Json[]; readonly more: boolean } | undefined {
  if (reply.status === 204) return { data: [], more: false };
  const [data, info] = [listBody(reply, 'data'), objectBody(reply)?.['info']];
  return data === undefined ? undefined : { data, more: isJsonObject(info) && info['more_records'] === true };
}
