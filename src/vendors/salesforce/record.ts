import type { Guard, Reply } from '../../core/call.ts';
import { parseMoment } from '../../core/dates.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { Field, ListForm } from '../../core/field.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type {
  Audit,
  BulkReads,
  FieldValue,
  FieldValues,
  FoundRecord,
  RecordReads,
  Settings,
} from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { textIn } from '../shared/metadata-reads.ts';
import { followers, notShown, objectBody, recordCall, titleIn } from '../shared/record-reads.ts';
import { longId } from './ids.ts';
import { allCalls, dataPath, recordPath } from './write.ts';

/* How opportunities are read. https://developer.salesforce.com/docs/platform/api-rest/guide/, as of 2026-11. */

/** What the org has shown of its fields; absent: nothing is known of them. */
export interface ShownFields {
  readonly names: ReadonlySet<string>;
  /** Fields that hold money, which a new currency converts. */
  readonly money: readonly string[];
  /** Fields of several values. The order in which they are read is not documented, so that they are put into the one in which they are written. */
  readonly lists: ReadonlyMap<string, ListForm>;
}

/** What describe shows of the fields, and the forms that were made of it. */
export function shownFields(described: readonly JsonObject[], fields: readonly Field[]): ShownFields {
  const named = described.flatMap((entry) => textIn(entry, 'name') ?? []);
  const money = described.filter(
    ({ type, calculated, updateable }) => type === 'currency' && calculated !== true && updateable === true,
  );
  const lists = fields.flatMap(({ name, form, action }) =>
    form.list === undefined || action !== undefined ? [] : [[name, form.list] as const],
  );
  return { names: new Set(named), money: money.flatMap((entry) => textIn(entry, 'name') ?? []), lists: new Map(lists) };
}

export function salesforceRecords(settings: Settings, shown: ShownFields | undefined): RecordReads {
  const isShown = (name: string): boolean => shown === undefined || shown.names.has(name);
  const money = shown?.money ?? ['Amount'];
  const asked = (edits: readonly Edit[]): readonly string[] =>
    askedFields(
      edits.flatMap(({ changes }) => changes),
      settings,
      shown,
    );
  return {
    call: (edit) =>
      recordCall(
        edit,
        recordPath(settings, edit.id),
        allCalls,
        edit.changes.length === 0 ? [] : [['fields', asked([edit]).join(',')]],
      ),
    read: (reply) => {
      const record = foundRecord(objectBody(reply) ?? null, settings, shown);
      return record === undefined
        ? notShown(reply, 'Salesforce', { anyIsAbsent: isAbsent(reply) })
        : { kind: 'found', record };
    },
    bulk: bulkReads(settings, shown, asked),
    // Reads follow writes at once (seen in the live tests of https://github.com/forcedotcom/SalesforceMobileSDK-Android, 2026-11).
    waitsMs: [0],
    // A stage sets what follows from it unless it stands in the same call; an amount counts in the currency of the same call.
    sentTogether: [
      ['StageName', 'Probability', 'ForecastCategoryName', 'CloseDate'],
      ['CurrencyIsoCode', ...money],
    ],
    sideEffectFields: (changes) => sideEffects(changes).filter(isShown),
    linkedFields: (changes) => linkedFields(changes, money),
    audit: recordAudit,
  };
}

/** What a stage sets: kept for undo, since going back to an open stage restores neither. https://help.salesforce.com/s/articleView?id=004517774, 2026-11. */
function sideEffects(changes: readonly Change[]): readonly string[] {
  return followers(changes, moved);
}

const moved = { StageName: ['Probability', 'ForecastCategoryName', 'CloseDate'] };

const linked: Readonly<Record<string, readonly string[]>> = {
  StageName: [
    'IsClosed',
    'IsWon',
    'ForecastCategory',
    'ExpectedRevenue',
    'LastStageChangeDate',
    'Fiscal',
    'FiscalQuarter',
    'FiscalYear',
  ],
  ForecastCategoryName: ['ForecastCategory'],
  Amount: ['ExpectedRevenue'],
  Probability: ['ExpectedRevenue'],
  CloseDate: ['Fiscal', 'FiscalQuarter', 'FiscalYear', 'PushCount'],
};

function linkedFields(changes: readonly Change[], money: readonly string[]): readonly string[] {
  const fields = changes.map(({ field }) => field);
  const converted = fields.includes('CurrencyIsoCode') ? [...money, 'ExpectedRevenue'] : [];
  return [...new Set([...fields.flatMap((field) => linked[field] ?? []), ...sideEffects(changes), ...converted])];
}

/** Fields that products decide. https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunity.htm, 2026-11. */
const ruledByProducts: Readonly<Record<string, string>> = {
  Amount: 'its products decide the amount, and Salesforce would leave it as it is and answer that all is well',
  Pricebook2Id: 'Salesforce refuses another price book while there are products',
};

function recordAudit(edit: Edit, values: FieldValues): readonly Audit[] {
  if (values.get('HasOpportunityLineItem')?.value !== true) return [];
  return edit.changes.flatMap(({ field, column }): Audit[] => {
    const reason = Object.hasOwn(ruledByProducts, field) ? ruledByProducts[field] : undefined;
    if (reason === undefined) return [];
    const message = `The opportunity has products: ${reason}`;
    const hint = `Change the products, or leave ${column} empty in this row.`;
    return [{ severity: 'error', code: 'has-products', message, hint, column }];
  });
}

/** The fields that the changes write, what moves with them, and what a look needs besides. */
function askedFields(
  changes: readonly Change[],
  settings: Settings,
  shown: ShownFields | undefined,
): readonly string[] {
  const fields = new Set(changes.map(({ field }) => field));
  const besides = [
    'Name',
    ...sideEffects(changes),
    ...(Object.keys(ruledByProducts).some((field) => fields.has(field)) ? ['HasOpportunityLineItem'] : []),
    ...(shown !== undefined && fields.has('Amount') ? ['CurrencyIsoCode'] : []),
    ...(settings['lock'] === 'each' ? guardFields : []),
  ];
  // One name that is hidden refuses the whole read.
  return [
    'Id',
    ...fields,
    ...besides.filter((name) => !fields.has(name) && (shown === undefined || shown.names.has(name))),
  ];
}

const guardFields = ['LastModifiedDate', 'SystemModstamp'] as const;

/** The record of a body; undefined where it does not show whose it is. */
export function foundRecord(record: Json, settings: Settings, shown: ShownFields | undefined): FoundRecord | undefined {
  const id = isJsonObject(record) ? record['Id'] : undefined;
  if (!isJsonObject(record) || typeof id !== 'string' || id === '') return undefined;
  const values = new Map<string, FieldValue>();
  for (const [name, value] of Object.entries(record))
    if (value !== undefined && !isJsonObject(value))
      values.set(name, { value: inOrder(value, shown?.lists.get(name)) });
  const link = pageUrl(id, settings);
  const guard = settings['lock'] === 'each' ? guardOf(record) : undefined;
  return {
    id,
    values,
    ...titleIn(record, 'Name'),
    ...(link === undefined ? {} : { link }),
    ...(guard === undefined ? {} : { guard }),
  };
}

function inOrder(value: Json, list: ListForm | undefined): Json {
  return list === undefined || typeof value !== 'string' ? value : list.of(list.items(value));
}

/**
 * Which of the two moments Salesforce compares is not confirmed: the later one passes with either, and a change after the read is later than both.
 * A change within the same second slips through. https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/intro_rest_conditional_requests.htm, 2026-11.
 */
function guardOf(record: JsonObject): Guard | undefined {
  const moments = guardFields.flatMap((name) => {
    const value = record[name];
    const moment = typeof value === 'string' ? parseMoment(value) : undefined;
    return moment === undefined ? [] : [moment.epochMs];
  });
  if (moments.length === 0) return undefined;
  return { in: 'header', name: 'if-unmodified-since', value: new Date(Math.max(...moments)).toUTCString() };
}

/** The record's page. The host as https://github.com/forcedotcom/sfdx-core (util/sfdcUrl.ts) makes it of a My Domain, 2026-11. */
function pageUrl(id: string, settings: Settings): string | undefined {
  const host = (settings['instance'] ?? '').toLowerCase();
  if (!host.endsWith('.my.salesforce.com')) return undefined;
  return `https://${host.replace(/\.my\.salesforce\.com$/, '.lightning.force.com')}/lightning/r/Opportunity/${encodeURIComponent(id)}/view`;
}

function isAbsent(reply: Reply): boolean {
  return reply.status === 404 || (reply.status === 400 && /"errorCode"\s*:\s*"MALFORMED_ID"/.test(reply.body));
}

/**
 * Up to 2,000 records in the order of the ids; null for one that is invalid, deleted or hidden.
 * https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-retrieve-post.html, 2026-11.
 */
function bulkReads(
  settings: Settings,
  shown: ShownFields | undefined,
  asked: (edits: readonly Edit[]) => readonly string[],
): BulkReads {
  return {
    most: 2_000,
    // Without changes all fields are wanted, which this call must name.
    key: ({ changes }) => (changes.length > 0 ? 'changed' : shown === undefined ? undefined : 'all'),
    call: (key, edits) =>
      jsonCall({
        method: 'POST',
        path: `${dataPath(settings)}/composite/sobjects/Opportunity`,
        body: {
          ids: [...new Set(edits.map(({ id }) => longId(id)))],
          fields: key === 'all' && shown !== undefined ? [...shown.names] : asked(edits),
        },
        edits,
        step: 'batch-read',
        quotaGroup: allCalls,
      }),
    read: (reply, { body: sent }) => {
      const body = reply.status === 200 ? jsonBody(reply) : undefined;
      if (!Array.isArray(body)) return undefined;
      const ids = isJsonObject(sent ?? null) ? (sent as JsonObject)['ids'] : undefined;
      const asked = (Array.isArray(ids) ? (ids as readonly Json[]) : []).filter((id) => typeof id === 'string');
      const records = (body as readonly Json[]).map((entry) => foundRecord(entry, settings, shown));
      // An entry without a record stands for the id in its place, as long as all others stand in theirs.
      const isInOrder =
        records.length === asked.length &&
        records.every((record, index) => record === undefined || longId(record.id) === asked[index]);
      const absent = isInOrder ? asked.filter((_, index) => body[index] === null) : [];
      return { found: records.flatMap((record) => record ?? []), absent };
    },
  };
}
