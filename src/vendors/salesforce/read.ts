import type { Answer, Call, QuotaNotice, Reading, Reply, Verdict } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import {
  jsonBody,
  refusedWhole,
  settled,
  statusAnswer,
  statusMessage,
  throttled,
  withSigns,
} from '../shared/http-status.ts';
import { partsBetween, textIn } from '../shared/metadata-reads.ts';
import { listBody } from '../shared/record-reads.ts';
import { longId } from './ids.ts';

/*
 * What replies mean. Envelope and codes: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm and the StatusCode of
 * the partner WSDL, 2026-11. Messages are localised: codes decide, and the text only where two limits share one code.
 */

/** One entry of `[{"message","errorCode","fields":[]}]`, or of the errors of a collection, whose code is called `statusCode`. */
interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly fields: readonly string[];
}

export function readSalesforce(reply: Reply, call: Call): Reading {
  const quota = usage(reply);
  const requestId = reply.headers['x-request-id'] || undefined;
  return withSigns(
    answerOf(reply, call, quota),
    quota === undefined ? [] : [quota],
    requestId === undefined ? undefined : excerpt(requestId, 100),
  );
}

/** The name of the one quota of an org. */
export const dayMeter = 'day';

/** `Sforce-Limit-Info: api-usage=18/5000`; used may exceed the limit, and more may follow after `;`. …/api_rest/headers_api_usage.htm, 2026-11. */
function usage(reply: Reply): QuotaNotice | undefined {
  const [, used = '', limit = ''] =
    /\bapi-usage=(\d{1,12})\/(\d{1,12})/.exec(reply.headers['sforce-limit-info'] ?? '') ?? [];
  if (limit === '' || Number(limit) === 0) return undefined;
  return { meter: dayMeter, limit: Number(limit), remaining: Math.max(0, Number(limit) - Number(used)) };
}

function answerOf(reply: Reply, call: Call, quota: QuotaNotice | undefined): Answer {
  const body = jsonBody(reply);
  return doneAnswer(reply, body, call) ?? refusalAnswer(reply, refusalsIn(body), call, quota);
}

/** A success in the form that each call documents; undefined for anything else. */
function doneAnswer(reply: Reply, body: Json | undefined, call: Call): Answer | undefined {
  if (call.step === 'update')
    return reply.status === 204 && reply.body === '' ? settled(call, { kind: 'applied' }) : undefined;
  if (call.step.startsWith('job-')) return jobAnswer(reply, body, call);
  if (reply.status !== 200) return undefined;
  if (call.step === 'batch') return batchAnswer(body, call.edits);
  if (call.step === 'batch-read') return Array.isArray(body) ? settled(call, { kind: 'applied' }) : undefined;
  if (!isJsonObject(body)) return undefined;
  const known =
    call.step === 'read' ? typeof body['Id'] === 'string' : Array.isArray(body['records'] ?? body['fields']);
  return known ? settled(call, { kind: 'applied', echo: body }) : undefined;
}

/** https://developer.salesforce.com/docs/platform/api-asynch/guide/bulk-api-2-0-ingest.html, 2026-11: a job as JSON, 201 for its content, CSV files for its results. */
function jobAnswer(reply: Reply, body: Json | undefined, call: Call): Answer | undefined {
  const { status } = reply;
  const isDone =
    call.step === 'job-upload'
      ? status === 201
      : call.step === 'job-results'
        ? status === 200 && /^\s*$|^\ufeff?[^<{\n]*\bId\b/.test(reply.body)
        : status === 200 && isJsonObject(body) && typeof body['id'] === 'string' && typeof body['state'] === 'string';
  return isDone ? settled(call, { kind: 'applied' }) : undefined;
}

/**
 * One verdict for each row: by the id that an entry shows, else by its position. An entry that failed usually shows no id, so where another one
 * stands out of its place, those without an id say nothing of any row.
 */
function batchAnswer(body: Json | undefined, edits: readonly Edit[]): Answer | undefined {
  const entries = Array.isArray(body) ? (body as readonly Json[]) : [];
  // A refusal of the whole call comes as a list, too, whose entries have no `success`.
  if (!entries.some((entry) => isJsonObject(entry) && typeof entry['success'] === 'boolean')) return undefined;
  const places = new Map(edits.map(({ id }, index) => [longId(id), index]));
  const placeOf = (entry: Json): number | undefined => {
    const id = isJsonObject(entry) ? entry['id'] : undefined;
    return typeof id === 'string' && id !== '' ? (places.get(longId(id)) ?? -1) : undefined;
  };
  const isInOrder =
    entries.length === edits.length && entries.every((entry, index) => (placeOf(entry) ?? index) === index);
  const verdicts: Verdict[] = edits.map(() => ({ kind: 'unnamed' }));
  for (const [index, entry] of entries.entries()) {
    const place = isInOrder ? index : placeOf(entry);
    if (place !== undefined && place >= 0 && isJsonObject(entry)) verdicts[place] = entryVerdict(entry);
  }
  return { kind: 'settled', verdicts };
}

function entryVerdict(entry: JsonObject): Verdict {
  const refusals = refusalsIn(entry['errors']);
  if (entry['success'] === true && typeof entry['id'] === 'string' && refusals.length === 0) return { kind: 'applied' };
  return entry['success'] === false && refusals.length > 0 ? refusedVerdict(refusals) : { kind: 'unnamed' };
}

/** Not done, and not the row's fault. The rest of a call that is rolled back has these codes, too. */
const passing: ReadonlySet<string> = new Set([
  'UNABLE_TO_LOCK_ROW',
  'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  'PROCESSING_HALTED',
  'SERVER_UNAVAILABLE',
]);

const changedSince = 'ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE';

function refusedVerdict(refusals: readonly Refusal[]): Verdict {
  const [first] = refusals;
  const blamed = refusals.find(({ code }) => !passing.has(code)) ?? first;
  const { code = 'refused' } = blamed ?? {};
  const message = messageOf(refusals);
  if (passing.has(code)) return { kind: 'again', code, message };
  if (code === changedSince) return { kind: 'conflict', code, message };
  const hint = hints[code];
  return { kind: 'rejected', code, message, ...(hint === undefined ? {} : { hint }) };
}

/**
 * What a job says of a row that failed: `REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --`, the code, the text, the fields. Anything else
 * is a refusal without a code.
 */
export function errorVerdict(error: string): Verdict {
  const [, code, rest = ''] = /^\s*([A-Z][A-Z0-9_]*)\s*:([^]*)$/.exec(error) ?? [];
  if (code === undefined)
    return { kind: 'rejected', code: 'refused', message: messageOf([refusalOf('refused', error, [])]) };
  const [, text = rest, named = ''] = /^([^]*):([\w., ]*)--\s*$/.exec(rest) ?? [];
  return refusedVerdict([refusalOf(code, text, partsBetween(',', named))]);
}

function refusalOf(code: string, message: string, fields: readonly string[]): Refusal {
  return { code: excerpt(code, 80), message, fields };
}

const hints: Readonly<Record<string, string>> = {
  CANNOT_EXECUTE_FLOW_TRIGGER: 'A flow of this org failed on the change; its admin finds it in Setup > Flows.',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'A trigger of this org refuses the change; the text is what its author wrote.',
  ENTITY_IS_LOCKED: 'The opportunity is locked, as a rule by an approval under way.',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'A validation rule of this org refuses it; the text is what its admin wrote.',
  INVALID_FIELD:
    'The field does not exist, or this user cannot see it; `oppatch fields` lists those that can be written.',
  INVALID_FIELD_FOR_INSERT_UPDATE: 'This user may see the field but not change it (field-level security).',
  INACTIVE_OWNER_OR_USER: 'The user is not active; give the opportunity to another one.',
  INSUFFICIENT_ACCESS_OR_READONLY: 'The user that oppatch signs in as may not change this opportunity.',
  MALFORMED_ID: 'The id belongs to another kind of record, or its letter case was changed.',
  NOT_FOUND: 'Check the id and that this account may see it.',
};

/** Credentials or an app that the org does not accept, whatever the row. */
const refusedAccess: ReadonlySet<string> = new Set([
  'API_DISABLED_FOR_ORG',
  'API_CURRENTLY_DISABLED',
  'CLIENT_NOT_ACCESSIBLE_FOR_USER',
]);

function refusalAnswer(reply: Reply, refusals: readonly Refusal[], call: Call, quota: QuotaNotice | undefined): Answer {
  const { status } = reply;
  const codes = refusals.map(({ code }) => code);
  const [code = `http-${status}`] = codes;
  const message = refusals.length === 0 ? statusMessage(reply) : messageOf(refusals);
  const detail = refusals.length === 0 ? {} : { code, message };
  if (status >= 400 && codes.includes('REQUEST_LIMIT_EXCEEDED')) return limitAnswer(message, quota);
  if (
    status === 401 ||
    (status >= 400 && codes.some((one) => refusedAccess.has(one) || one.startsWith('TXN_SECURITY_')))
  ) {
    const hint =
      'Check the credentials with `oppatch profile check`. A token lives as long as a session; the app and the user need the permission "API Enabled".';
    return { kind: 'unauthorised', code, message, hint };
  }
  if (status === 410 || (status >= 400 && codes.includes('UNSUPPORTED_API_VERSION'))) {
    const hint =
      'Salesforce retires versions after some years; set a newer one with --setting api-version=66.0 (or later).';
    return { kind: 'unsupported', code, message, hint };
  }
  if (status === 412) return settled(call, { kind: 'conflict', code, message });
  // The edge does not know the host: nothing reached the org.
  if (status === 420) {
    const unknown = `Salesforce does not know this host (HTTP 420); check the setting instance`;
    return { kind: 'transient', code: 'unknown-host', message: unknown, mayHaveApplied: false };
  }
  if (status >= 400 && codes.some((one) => one === 'QUERY_TIMEOUT' || (passing.has(one) && call.edits.length !== 1)))
    return { kind: 'transient', code, message, mayHaveApplied: false };
  const isRefused = status >= 400 && status !== 429 && status < 500;
  const isPassing = status >= 400 && status !== 503 && codes.some((one) => passing.has(one));
  if ((isRefused || isPassing) && refusals.length > 0) {
    if (call.step !== 'batch') return settled(call, refusedVerdict(refusals));
    const hint = hints[code];
    const rejected: Verdict = { kind: 'rejected', code, message, ...(hint === undefined ? {} : { hint }) };
    return refusedWhole(settled(call, rejected), call, { status, suspects: suspectsOf(refusals, call.edits) });
  }
  return refusedWhole(statusAnswer(reply, call, detail), call, { status });
}

/** Two limits share one code: requests at once, which pass, and those of 24 hours. https://github.com/SalesforceLabs/OrgCheck/issues/432 and /181, 2026-11. */
function limitAnswer(message: string, quota: QuotaNotice | undefined): Answer {
  if (!/concurrent/i.test(message) && (/TotalRequests/i.test(message) || quota?.remaining === 0))
    return { kind: 'quota-exhausted', message };
  return throttled(message, 30_000);
}

/** The edits that change a field that is named, where that are not all of them. */
function suspectsOf(refusals: readonly Refusal[], edits: readonly Edit[]): readonly number[] {
  const named = new Set(refusals.flatMap(({ fields }) => fields));
  const suspects = edits.flatMap(({ changes }, index) =>
    changes.some(({ field }) => named.has(field)) ? [index] : [],
  );
  return suspects.length < edits.length ? suspects : [];
}

/** What a body says of refusals, at the top level or in the errors of an entry. */
function refusalsIn(body: Json | undefined): readonly Refusal[] {
  const entries = Array.isArray(body) ? (body as readonly Json[]) : [];
  return entries.slice(0, 20).flatMap((entry): Refusal[] => {
    if (!isJsonObject(entry)) return [];
    const code = entry['statusCode'] ?? entry['errorCode'];
    const { message, fields } = entry;
    if (typeof code !== 'string' || code === '') return [];
    const names = Array.isArray(fields) ? (fields as readonly Json[]).filter((one) => typeof one === 'string') : [];
    return [{ code: excerpt(code, 80), message: typeof message === 'string' ? message : '', fields: names }];
  });
}

/** All texts, each with the fields that it does not name itself: messages often hold the label only. */
function messageOf(refusals: readonly Refusal[]): string {
  const texts = refusals.map(({ code, message, fields }) => {
    const text = message.trim() === '' ? code : message.trim();
    const unnamed = fields.filter((field) => !text.includes(field));
    return unnamed.length === 0 ? text : `${text} (${unnamed.join(', ')})`;
  });
  return excerpt(texts.join('; '), 500);
}

/** `Northwind`, with its kind where it is a sandbox, from the query of Organization. */
export function organizationName(reply: Reply): string | undefined {
  const [first] = listBody(reply, 'records') ?? [];
  const name = isJsonObject(first) ? textIn(first, 'Name') : undefined;
  return name !== undefined && isJsonObject(first) && first['IsSandbox'] === true ? `${name} (sandbox)` : name;
}
