import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import { wholePage } from '../shared/whole-page.ts';
import type { Call } from '../../core/call.ts';
import type { Finder, Lister } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { idIn, titleIn } from '../shared/record-reads.ts';

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
    const records = page.data.flatMap((one) => {
      const id = isJsonObject(one) ? idIn(one, 'id') : undefined;
      const key = isJsonObject(one) ? scalarText(one[field] ?? null) : undefined;
      return !isJsonObject(one) || id === undefined || key === undefined
        ? []
        : [{ id, key, ...titleIn(one, 'Deal_Name') }];
    });
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
    const records = wholePage(page.data, (one) => {
      const id = isJsonObject(one) ? idIn(one, 'id') : undefined;
      if (!isJsonObject(one) || id === undefined) return undefined;
      const values = new Map(
        Object.entries(one).flatMap(([name, value]) =>
          value === undefined || name === 'id'
            ? []
            : [
                [
                  name,
                  { value: isJsonObject(value) && typeof value['id'] === 'string' ? { id: value['id'] } : value },
                ] as const,
              ],
        ),
      );
      return { id, values, ...titleIn(one, 'Deal_Name') };
    });
    if (records === undefined) return undefined;
    if (!page.more) return { records };
    return offsetOf(call) + pageLength >= mostListed
      ? { records, cut: `Zoho lists no more than ${mostListed} deals of one condition` }
      : { records, next: nextPage(call) };
  },
};

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
  return {
    method: 'POST',
    path: '/coql',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: { select_query: query },
    edits: [],
    step,
    repeatable: true,
    quotaGroup: 'api',
    cost: 1,
  };
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
function pageOf(reply: { readonly status: number; readonly body: string } & Parameters<typeof jsonBody>[0]) {
  if (reply.status === 204) return { data: [] as readonly Json[], more: false };
  const body = reply.status === 200 ? jsonBody(reply) : undefined;
  const data = isJsonObject(body) ? body['data'] : undefined;
  const info = isJsonObject(body) ? body['info'] : undefined;
  if (!Array.isArray(data)) return undefined;
  return { data: data as readonly Json[], more: isJsonObject(info) && info['more_records'] === true };
}
