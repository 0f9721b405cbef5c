import type { Call, CallStep, Reply } from '../../core/call.ts';
import { defined } from '../../core/defined.ts';
import type { FieldType } from '../../core/field.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { Finder, FoundRecord, Lister, Settings } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { textIn } from '../shared/metadata-reads.ts';
import { listBody, listPage, wholePage } from '../shared/record-reads.ts';
import { queryType } from './describe.ts';
import { salesforceOpenField, standardFields } from './fields.ts';
import { numberKey } from './forms.ts';
import { foundRecord, type ShownFields } from './record.ts';
import { allCalls, dataPath } from './write.ts';

/* Queries. https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/, 2026-11. */

/** A query; pages have up to 2,000 records and are followed by `nextRecordsUrl`. */
export function queryCall(settings: Settings, soql: string, step: CallStep): Call {
  return jsonCall({ path: `${dataPath(settings)}/query`, query: [['q', soql]], step, quotaGroup: allCalls });
}

/** The call for the next page, only to an address of the API itself. */
export function nextPage(reply: Reply, { step }: Call): Call | undefined {
  const body = jsonBody(reply);
  const path = isJsonObject(body) && body['done'] === false ? body['nextRecordsUrl'] : undefined;
  if (typeof path !== 'string' || !/^\/services\/data\/v\d{1,3}\.\d\/query\/[\w-]{1,200}$/.test(path)) return undefined;
  return jsonCall({ path, step, quotaGroup: allCalls });
}

/** Whether the page says that others follow, of which {@link nextPage} makes no call. */
export function leadsNowhere(reply: Reply, call: Call): boolean {
  const body = jsonBody(reply);
  return isJsonObject(body) && body['done'] === false && nextPage(reply, call) === undefined;
}

/** The records of a page; undefined for another form. */
export function pageRecords(reply: Reply): readonly JsonObject[] | undefined {
  return listBody(reply, 'records')?.filter(isJsonObject);
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' };

/** A text between single quotes, with all that would end or change it escaped. */
export function quotedText(text: string): string {
  const escaped = text
    .replace(/[\\'"]/g, '\\$&')
    // eslint-disable-next-line no-control-regex
    .replace(/[\n\r\t\u0008\f]/g, (character) => escapes[character] ?? '');
  return `'${escaped}'`;
}

const bareTypes: ReadonlySet<FieldType> = new Set(['decimal', 'integer', 'boolean', 'date', 'date-time']);

/** A value as a condition holds it: numbers, dates and booleans bare, texts between quotes. */
function literal(value: Json, type: FieldType): string {
  const text = scalarText(value);
  if (text === undefined) return 'null';
  return bareTypes.has(type) && /^[\w.:+-]+$/.test(text) ? text : quotedText(text);
}

/** What queries must know of a field. */
interface QueryField {
  readonly type: FieldType;
  /** False where no condition may name it. */
  readonly isFilterable: boolean;
  /** Whether its values tell records apart: an external id or a unique field. */
  readonly isKey: boolean;
  /** Set where its texts are compared with regard to letter case. */
  readonly caseSensitive?: true;
}

interface QueryParts {
  readonly settings: Settings;
  /** Undefined for a name that no field has. */
  readonly fieldOf: (name: string) => QueryField | undefined;
  /** What a list shows where nobody chooses. */
  readonly usualFields: readonly string[];
  readonly found: (record: JsonObject) => FoundRecord | undefined;
}

/** What is known of the fields: from describe, else of the standard ones. */
export function queryParts(
  settings: Settings,
  described: readonly JsonObject[] | undefined,
  shown: ShownFields | undefined,
): QueryParts {
  const entries = new Map(described?.map((entry) => [textIn(entry, 'name') ?? '', entry]));
  const standard = new Map(standardFields.map((field) => [field.name, field]));
  const fieldOf = (name: string): QueryField | undefined => {
    const entry = entries.get(name);
    if (entry !== undefined) {
      const isKey = entry['externalId'] === true || entry['idLookup'] === true || entry['unique'] === true;
      const isFilterable = entry['filterable'] !== false;
      const own = entry['caseSensitive'] === true ? { caseSensitive: true as const } : {};
      return { type: queryType(entry), isFilterable, isKey, ...own };
    }
    if (described !== undefined) return undefined;
    const field = standard.get(name) ?? salesforceOpenField(name);
    // Whether a custom field is a key is not known here; the query will say so.
    return field === undefined
      ? undefined
      : { type: field.form.type, isFilterable: name !== 'Description', isKey: !standard.has(name) };
  };
  const usual = ['StageName', 'Amount', 'CurrencyIsoCode', 'CloseDate', 'OwnerId'];
  return {
    settings,
    fieldOf,
    usualFields: usual.filter((name) => (described === undefined ? name !== 'CurrencyIsoCode' : entries.has(name))),
    found: (record) => foundRecord(record, settings, shown),
  };
}

/** An external id or a unique field to the id. URL and headers have 16,384 bytes together. */
export function salesforceFinder({ settings, fieldOf, found }: QueryParts): Finder {
  const keyOf = (field: string, key: string): string | undefined => {
    const type = fieldOf(field)?.type ?? 'text';
    return type === 'decimal' || type === 'integer' ? numberKey(key) : quotedText(key);
  };
  return {
    problem: (field) => {
      const known = fieldOf(field);
      if (known === undefined) return `${field} is not a field that Salesforce shows this account`;
      return known.isKey ? undefined : `${field} is neither an external id nor unique in this org`;
    },
    most: 200,
    // An address of 16,384 bytes is too long for some of the services before it.
    mostText: 7_000,
    sameKey: (key, field) => {
      const known = fieldOf(field);
      if (known?.type === 'decimal' || known?.type === 'integer') return numberKey(key) ?? key;
      return known?.caseSensitive === true ? key.trim() : key.trim().toLowerCase();
    },
    call: (field, keys) => {
      const literals = keys.flatMap((key) => keyOf(field, key) ?? []);
      // No number, no record: a condition that nothing meets.
      const condition = literals.length === 0 ? 'Id = null' : `${field} IN (${literals.join(',')})`;
      return queryCall(settings, `SELECT Id, Name, ${field} FROM Opportunity WHERE ${condition}`, 'find');
    },
    read: (reply, call) => {
      const records = pageRecords(reply);
      if (records === undefined || leadsNowhere(reply, call)) return undefined;
      const next = nextPage(reply, call);
      return {
        records: records.flatMap((record) => {
          const one = found(record);
          const key = [...(one?.values ?? [])].find(([name]) => name !== 'Id' && name !== 'Name');
          const text = scalarText(key?.[1].value ?? null);
          if (one === undefined || text === undefined) return [];
          return [{ id: one.id, key: text, ...defined({ title: one.title, link: one.link }) }];
        }),
        ...(next === undefined ? {} : { next }),
      };
    },
  };
}

/** Opportunities by SOQL. */
export function salesforceLister({ settings, fieldOf, usualFields, found }: QueryParts): Lister {
  return {
    problem: (field) => {
      const known = fieldOf(field);
      if (known === undefined) return `${field} is not a field that Salesforce shows this account`;
      return known.isFilterable ? undefined : `Salesforce cannot filter by ${field}, a long text`;
    },
    rawLanguage: 'SOQL condition',
    call: ({ conditions, raw, fields }) => {
      const asked = conditions.map(({ field }) => field);
      const shown = [...new Set(['Id', 'Name', ...(fields.length === 0 ? usualFields : fields), ...asked])];
      const all = conditions.map(({ field, value }) => `${field} = ${literal(value, fieldOf(field)?.type ?? 'text')}`);
      if (raw !== undefined) all.push(all.length === 0 ? raw : `(${raw})`);
      const where = all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
      return queryCall(settings, `SELECT ${shown.join(', ')} FROM Opportunity${where}`, 'list');
    },
    read: (reply, call) => {
      const records = wholePage(pageRecords(reply) ?? [undefined], (record) => record && found(record));
      const cut = leadsNowhere(reply, call) ? 'Salesforce does not say where the list goes on' : undefined;
      return listPage(records, nextPage(reply, call), cut);
    },
  };
}
