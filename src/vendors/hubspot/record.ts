import type { Call, Reply } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { Field, FieldType } from '../../core/field.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { BulkRead, FieldValue, FoundRecord, RecordRead, RecordReads, Settings } from '../../core/vendor.ts';
import { jsonBody, statusMessage } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { objectsIn, textIn } from '../shared/metadata-reads.ts';
import { followers, objectBody, recordCall } from '../shared/record-reads.ts';
import { recordAudit } from './audit.ts';
import { entriesOf, hubspotErrors, notFound } from './errors.ts';
import { momentText, partsOf } from './forms.ts';
import { dealsPath, quotaGroup } from './write.ts';

/** The ids of deals that were merged into one, as one text with semicolons. */
export const mergedIdsField = 'hs_merged_object_ids';

/** Besides the fields of an edit: the name, and what anybody would miss if a write changed it, too. */
const watched = [
  'dealname',
  'amount',
  'deal_currency_code',
  'closedate',
  'pipeline',
  'dealstage',
  'hubspot_owner_id',
  'hs_object_id',
  mergedIdsField,
];

/** Longer lists of names go in a body. */
const longestQuery = 4_000;

/** How deals are read, one by one and 100 at a time. https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis, 2026-10. */
export function dealReads(
  settings: Settings,
  fields: readonly Field[],
  types: ReadonlyMap<string, FieldType>,
): RecordReads {
  const all = fields.filter(({ writes }) => writes === undefined).map(({ name }) => name);
  const asked = (edits: readonly Edit[]): readonly string[] => {
    const whole = edits.some(({ changes }) => changes.length === 0);
    const named = edits.flatMap(({ changes }) => [...changes.map(({ field }) => field), ...sideEffectFields(changes)]);
    return [...new Set([...(whole ? all : named), ...watched])];
  };
  const bulkCall = (edits: readonly Edit[]): Call =>
    jsonCall({
      method: 'POST',
      path: `${dealsPath(settings)}/batch/read`,
      body: {
        properties: asked(edits),
        propertiesWithHistory: [],
        inputs: [...new Set(edits.map(({ id }) => id))].map((id) => ({ id })),
      },
      edits,
      step: 'batch-read',
      quotaGroup,
    });
  return {
    call: (edit) => {
      const names = asked([edit]).join(',');
      return names.length > longestQuery
        ? bulkCall([edit])
        : recordCall(edit, `${dealsPath(settings)}/${encodeURIComponent(edit.id)}`, quotaGroup, [
            ['properties', names],
          ]);
    },
    read: (reply, call) => readOne(reply, call, asked(call.edits), types),
    bulk: {
      most: 100,
      key: ({ changes }) => (changes.length === 0 ? 'all' : 'named'),
      call: (_key, edits) => bulkCall(edits),
      read: (reply, call) => readBulk(reply, asked(call.edits), types),
    },
    echoed: (echo) => (isJsonObject(echo) ? foundRecord(echo, [], types) : undefined),
    // Reading by id after a write is nowhere described as delayed.
    waitsMs: [0, 1_000, 3_000],
    sentTogether: [['pipeline', 'dealstage']],
    sideEffectFields,
    linkedFields,
    audit: recordAudit,
  };
}

/**
 * HubSpot sets the close date on a move into a closed stage, or between two of them. Said of moves by users
 * (https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties, 2026-10); of moves by the API it is not confirmed.
 */
function sideEffectFields(changes: readonly Change[]): readonly string[] {
  return followers(changes, moved);
}

const moved = { dealstage: ['closedate'] };
const always = ['hs_lastmodifieddate', mergedIdsField];
const ofStage = ['pipeline', 'closedate', 'hs_is_closed', 'hs_is_closed_won', 'hs_is_closed_lost'];
const ofAmount = [
  'amount_in_home_currency',
  'hs_deal_stage_probability',
  'hs_closed_amount',
  'hs_projected_amount',
  'days_to_close',
];

/** What HubSpot computes from these. */
const computed: Readonly<Record<string, readonly string[]>> = {
  dealstage: [...ofStage, ...ofAmount],
  pipeline: ofStage,
  amount: ofAmount,
  deal_currency_code: ofAmount,
  closedate: ofAmount,
};

function linkedFields(changes: readonly Change[]): readonly string[] {
  const named = new Set(changes.map(({ field }) => field));
  return [...always.filter((name) => !named.has(name)), ...followers(changes, computed)];
}

function readOne(
  reply: Reply,
  call: Call,
  asked: readonly string[],
  types: ReadonlyMap<string, FieldType>,
): RecordRead {
  if (call.step === 'batch-read') {
    const [first] = readBulk(reply, asked, types)?.found ?? [];
    if (first !== undefined) return { kind: 'found', record: first };
    const [entry] = entriesOf(reply);
    return entry?.category === notFound
      ? { kind: 'absent', code: notFound, message: noSuchDeal }
      : { kind: 'unknown', message: statusMessage(reply) };
  }
  const body = objectBody(reply);
  const record = body === undefined ? undefined : foundRecord(body, asked, types);
  if (record !== undefined) return { kind: 'found', record };
  const { code, message } = hubspotErrors(reply);
  // A 404 without the category is a wrong path, and says nothing of the deal.
  if (reply.status === 404 && code === notFound) return { kind: 'absent', code, message: noSuchDeal };
  return { kind: 'unknown', message: message ?? statusMessage(reply) };
}

const noSuchDeal = 'HubSpot shows no such deal to this key.';

/**
 * Deals that are missing stand in one entry of `errors`. An id that was merged into another deal is said to be found by itself only, so these are
 * in neither list, and are read one by one.
 */
function readBulk(reply: Reply, asked: readonly string[], types: ReadonlyMap<string, FieldType>): BulkRead | undefined {
  const body = reply.status === 200 || reply.status === 207 ? jsonBody(reply) : undefined;
  if (!isJsonObject(body) || !Array.isArray(body['results'])) return undefined;
  return { found: objectsIn(body['results']).flatMap((entry) => foundRecord(entry, asked, types) ?? []), absent: [] };
}

/** A record of a reply. `asked`: an unset property is null or absent, so those that are left out are empty. */
export function foundRecord(
  entry: JsonObject,
  asked: readonly string[],
  types: ReadonlyMap<string, FieldType>,
): FoundRecord | undefined {
  const id = textIn(entry, 'id');
  const { properties } = entry;
  if (id === undefined || !isJsonObject(properties)) return undefined;
  const values = new Map<string, FieldValue>();
  for (const name of asked) values.set(name, fieldValue(null, types.get(name)));
  for (const [name, value] of Object.entries(properties)) values.set(name, fieldValue(value ?? null, types.get(name)));
  const formerIds = partsOf(properties[mergedIdsField] ?? null);
  const [title, link] = [textIn(properties, 'dealname'), linkOf(entry)];
  return {
    id,
    ...(formerIds.length === 0 ? {} : { formerIds }),
    values,
    ...(title === undefined ? {} : { title }),
    ...(link === undefined ? {} : { link }),
  };
}

/** Several values come as `a;b`, moments as ISO texts or as milliseconds since 1970. */
function fieldValue(value: Json, type: FieldType | undefined): FieldValue {
  if (type === 'list') {
    const parts = partsOf(value);
    return { value: parts.length === 0 ? null : parts, type };
  }
  const text = scalarText(value) ?? '';
  const isEpoch = (type === 'date' || type === 'date-time') && /^\d{9,14}$/.test(text);
  const moment = isEpoch ? momentText(Number(text)) : undefined;
  const shown = moment === undefined ? value : type === 'date' ? moment.slice(0, 10) : moment;
  return { value: shown === '' ? null : shown, ...(type === undefined ? {} : { type }) };
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide, 2026-10: replies carry the record's address. */
function linkOf(entry: JsonObject): string | undefined {
  const url = textIn(entry, 'url') ?? '';
  return /^https:\/\/[a-z0-9.-]+\.hubspot\.com\/[\w/.-]+$/.test(url) ? url : undefined;
}
