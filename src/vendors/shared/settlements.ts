import type { Call, Reply } from '../../core/call.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { looksSame } from './looks-same.ts';
import type { Settlement } from '../../core/vendor.ts';
import { jsonBody } from './http-status.ts';

/**
 * How each vendor's record shows whether a call that must not be repeated has been applied. A record that shows everything that was asked
 * for counts as applied, also where it stood there before: what was asked for is there.
 */

type Seen = 'applied' | 'absent' | 'unknown';

/** A read of the edit's opportunity. */
export function readCall(
  { edits }: Pick<Call, 'edits'>,
  path: string,
  quotaGroup: string,
  query: Call['query'] = [],
): Call {
  const headers = { accept: 'application/json' };
  return { method: 'GET', path, query, headers, edits, step: 'look', repeatable: true, quotaGroup };
}

function settlement(call: Call, waitsMs: readonly number[], seen: (record: JsonObject) => Seen): Settlement {
  return {
    call,
    waitsMs,
    verdict: (reply) => {
      const record = reply.status === 200 ? jsonBody(reply) : undefined;
      return isJsonObject(record) ? seen(record) : 'unknown';
    },
    again: () => undefined,
  };
}

/**
 * Partner Center: the new members are in the team, and the other fields hold what was asked. Where nothing of it is there, the patch may go again
 * with the eTag of that very look: if the first one lands after it, the eTag has moved and the second is refused.
 */
export function settleReferral(call: Call): Settlement | undefined {
  const operations = (Array.isArray(call.body) ? (call.body as readonly Json[]) : []).filter(isJsonObject);
  const added = operations.filter(({ op }) => op === 'add');
  const emails = added.map(({ path, value }) =>
    path === '/team/-' && isJsonObject(value) ? value['email'] : undefined,
  );
  const replaced = operations.filter(({ op }) => op === 'replace');
  if (added.length + replaced.length === 0 || !emails.every((email) => typeof email === 'string')) return undefined;
  const seen = (record: JsonObject): Seen => {
    const { team } = record;
    if (added.length > 0 && !Array.isArray(team)) return 'unknown';
    const present = new Set(
      (Array.isArray(team) ? (team as readonly Json[]) : []).map((member) =>
        isJsonObject(member) ? lower(member['email']) : '',
      ),
    );
    const found = emails.filter((email) => present.has(lower(email))).length;
    const held = replaced.filter(({ path, value }) => looksSame(at(record, path), value ?? null)).length;
    if (found === emails.length && held === replaced.length) return 'applied';
    // A patch is applied whole or not at all, so that an absent member tells of all of it.
    return found === 0 && (added.length > 0 || held < replaced.length) ? 'absent' : 'unknown';
  };
  return {
    ...settlement(readCall(call, call.path, call.quotaGroup), [0], seen),
    again: (reply: Reply) => {
      const record = jsonBody(reply);
      const eTag = isJsonObject(record) ? record['eTag'] : undefined;
      return typeof eTag === 'string' && eTag !== '' ? { 'if-match': eTag } : undefined;
    },
  };
}

function lower(value: Json | undefined): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function at(record: JsonObject, pointer: Json | undefined): Json | undefined {
  let value: Json | undefined = record;
  for (const part of typeof pointer === 'string' ? pointer.slice(1).split('/') : []) {
    value = isJsonObject(value) ? value[part] : undefined;
  }
  return value;
}

/** Raze: the stage is what was asked. A second `won` at worst moves the moment of the first by seconds, so an absent one may go again. */
export function settleStage(call: Call): Settlement | undefined {
  const status = isJsonObject(call.body) ? call.body['status'] : undefined;
  if (call.step !== 'stage' || status === undefined) return undefined;
  const seen = ({ data }: JsonObject): Seen => {
    if (!isJsonObject(data) || data['status'] === undefined) return 'unknown';
    return data['status'] === status ? 'applied' : 'absent';
  };
  const path = call.path.replace(/\/stage$/, '');
  return { ...settlement(readCall(call, path, call.quotaGroup), [0, 2_000], seen), again: () => ({}) };
}

/** Close: added values are in the lists, removed ones are not, the other fields hold what was asked. */
export function settleOpportunity(call: Call): Settlement | undefined {
  const changes = isJsonObject(call.body) ? Object.entries(call.body) : [];
  const seen = (record: JsonObject): Seen => {
    const done = changes.map(([key, value]) => {
      const [, name = key, how] = /^(custom\..+)\.(add|remove)$/.exec(key) ?? [];
      const there = record[name];
      const list = Array.isArray(there)
        ? (there as readonly Json[])
        : there === undefined || there === null
          ? []
          : [there];
      const listed = list.some((one) => looksSame(one, value ?? null));
      if (how === undefined) return looksSame(there, value ?? null);
      return how === 'add' ? listed : !listed;
    });
    if (done.every(Boolean)) return 'applied';
    return done.some(Boolean) ? 'unknown' : 'absent';
  };
  return settlement(readCall(call, call.path, 'GET /opportunity'), [0, 2_000], seen);
}

/** LeadSquared: note and fields hold what was sent. Reads lag behind writes by seconds. */
export function settleNote(call: Call): Settlement | undefined {
  const body = isJsonObject(call.body) ? call.body : {};
  const { ProspectOpportunityId: id, OpportunityNote: note, Fields: fields } = body;
  if (typeof id !== 'string' || note === undefined) return undefined;
  const sent = (Array.isArray(fields) ? (fields as readonly Json[]) : []).filter(isJsonObject);
  const seen = (record: JsonObject): Seen => {
    const there = new Map(
      (Array.isArray(record['Fields']) ? (record['Fields'] as readonly Json[]) : [])
        .filter(isJsonObject)
        .map((field) => [field['SchemaName'], field['Value']] as const),
    );
    if (record['OpportunityNote'] === undefined) return 'unknown';
    const whole =
      record['OpportunityNote'] === note &&
      sent.every((field) => looksSame(there.get(field['SchemaName']), field['Value'] ?? ''));
    return whole ? 'applied' : 'absent';
  };
  const path = '/OpportunityManagement.svc/GetOpportunityDetails';
  return settlement(readCall(call, path, call.quotaGroup, [['OpportunityId', id]]), [0, 3_000, 5_000], seen);
}
