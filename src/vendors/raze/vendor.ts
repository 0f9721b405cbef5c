import type { Answer, Call, QuotaNotice, Reading, Reply, Verdict } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { Authorisation, Check, Credentials, Vendor } from '../../core/vendor.ts';
import { clearSetting } from '../shared/clear-setting.ts';
import { razeCurrent } from '../shared/current-values.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { echoVerdict, type Comparison } from '../shared/echo-verdict.ts';
import { jsonBody, retryAfterMs, settled, statusAnswer } from '../shared/http-status.ts';
import { razeFieldHint, razeFields, stageField } from './fields.ts';
import { settleStage } from '../shared/settlements.ts';

/**
 * Raze: a PUT for the fields, which acts as a patch, and a PATCH for the stage. A row with both is two calls, fields first, so that a
 * `won` is stamped when the values are right. https://developer.getraze.co/api-reference/opportunities/update, as of 2026-10.
 */
export const raze = {
  name: 'raze',
  title: 'Raze',
  documentation: [
    'https://developer.getraze.co/api-reference/opportunities/update',
    'https://developer.getraze.co/api-reference/opportunities/update-stage',
    'https://developer.getraze.co/api-reference/rate-limits',
    'https://developer.getraze.co/api-reference/errors',
  ],
  credentials: [
    {
      title: 'API key',
      fields: [
        {
          name: 'apiKey',
          secret: true,
          description: 'Made in Raze under Settings > API Keys with the permission opportunities:write; shown once.',
          doubt: (value) =>
            value.startsWith('gr_live_') ? undefined : 'does not begin with gr_live_, as keys of Raze do',
        },
      ],
    },
  ],
  settings: [clearSetting('Raze', 'record')],
  baseUrl: () => 'https://app.getraze.com/external/v1',
  authorise,
  // Free 100, Pro 1,000, Business 5,000 an hour; a key may have its own. https://developer.getraze.co/api-reference/rate-limits, 2026-10.
  meters: [
    {
      name: 'calls',
      count: 100,
      windowMs: 3_600_000,
      window: 'fixed',
      evidence: 'documented',
      description: 'The Free plan; the X-RateLimit-Limit header of the first reply replaces it by what the key may do.',
    },
  ],
  concurrency: 4,

  idNames: ['opportunity_id'],
  fields: razeFields,
  unknownFieldHint: razeFieldHint,
  audit: doubledFields,

  plan: (edits) => edits.flatMap(callsOf),
  read,
  settle: settleStage,
  current: razeCurrent,
  check: (): Check => ({
    // The one list that the documentation shows a call of; a key without contacts:read is known all the same.
    call: {
      method: 'GET',
      path: '/contacts',
      headers: { accept: 'application/json' },
      edits: [],
      step: 'check',
      repeatable: true,
      quotaGroup: 'calls',
    },
    account: () => undefined,
    proves: provesKey,
  }),
} as const satisfies Vendor;

function authorise({ apiKey = '' }: Credentials): Authorisation {
  return { headers: { 'X-API-Key': apiKey }, query: [] };
}

function callsOf(edit: Edit): readonly Call[] {
  const stage = edit.changes.find(({ field }) => field === stageField);
  const fields = edit.changes.filter(({ field }) => field !== stageField);
  const calls: Call[] = [];
  if (fields.length > 0) calls.push(fieldsCall(edit, fields));
  if (stage !== undefined) calls.push(stageCall(edit, stage));
  return calls;
}

const writeHeaders = { 'content-type': 'application/json', accept: 'application/json' };

function fieldsCall(edit: Edit, changes: readonly Change[]): Call {
  return {
    method: 'PUT',
    path: `/opportunities/${encodeURIComponent(edit.id)}`,
    headers: writeHeaders,
    body: Object.fromEntries(changes.map(({ field, value }) => [field, value])),
    edits: [edit],
    step: 'fields',
    repeatable: true,
    quotaGroup: 'calls',
  };
}

function stageCall(edit: Edit, { value }: Change): Call {
  return {
    method: 'PATCH',
    path: `/opportunities/${encodeURIComponent(edit.id)}/stage`,
    headers: writeHeaders,
    body: { status: value },
    edits: [edit],
    step: 'stage',
    // `won` and `lost` stamp won_at and lost_at; whether a second one moves the stamp is not documented.
    repeatable: value !== 'won' && value !== 'lost',
    quotaGroup: 'calls',
  };
}

function read(reply: Reply, call: Call): Reading {
  const answer = answerOf(reply, call);
  const quota = quotaNotice(reply);
  return quota === undefined ? answer : { ...answer, quota };
}

function answerOf(reply: Reply, call: Call): Answer {
  const body = jsonBody(reply);
  const error = errorOf(body);
  if ((reply.status === 200 || reply.status === 201) && isJsonObject(body)) {
    const { success, data } = body;
    if (success === true && isRecordOf(call, data)) return settled(call, doneVerdict(call, data));
    if (success === false || (success === undefined && error !== undefined)) {
      return settled(call, { kind: 'rejected', ...(error ?? silentRefusal) });
    }
  }
  if (reply.status === 429) return throttled(reply, body);
  if (error === undefined) return statusAnswer(reply, call);
  switch (reply.status) {
    case 401:
      return statusAnswer(reply, call, { ...error, hint: keyHints[error.code] });
    case 403:
      return error.code === 'INSUFFICIENT_PERMISSIONS' ? notPermitted(call, error) : statusAnswer(reply, call, error);
    case 409:
      return settled(call, { kind: error.code === 'ALREADY_EXISTS' ? 'rejected' : 'conflict', ...error });
    default:
      return statusAnswer(reply, call, error);
  }
}

/** Fields that come back in the form in which they were sent. */
const comparisons: Readonly<Record<string, Comparison>> = {
  deal_value: 'decimal',
  deal_currency: 'code',
  responsible_user_id: 'code',
  [stageField]: 'code',
};

/** Each call shows the whole record, and has to answer for its own half of the edit only. */
function doneVerdict({ edits, step }: Call, data: Json | undefined): Verdict {
  if (data === undefined) return { kind: 'applied' };
  const written = (edits[0]?.changes ?? []).filter(({ field }) => step === (field === stageField ? 'stage' : 'fields'));
  const held = (field: string): Json | undefined => (isJsonObject(data) ? data[field] : undefined);
  return echoVerdict(written, { title: 'Raze', record: data, held, comparisons });
}

function provesKey(reply: Reply): boolean {
  const body = jsonBody(reply);
  const listed = reply.status === 200 && isJsonObject(body) && body['success'] === true;
  return listed || (reply.status === 403 && errorOf(body)?.code === 'INSUFFICIENT_PERMISSIONS');
}

const silentRefusal = { code: 'refused', message: 'Raze says success: false and gives no reason' };

const newKeyHint = 'Make a new one in Raze under Settings > API Keys and store it with `oppatch profile add`.';
const keyHints: Readonly<Record<string, string>> = {
  EXPIRED_API_KEY: `The key has expired. ${newKeyHint}`,
  INVALID_API_KEY: `Raze does not know the key; it may have been revoked. ${newKeyHint}`,
  MISSING_API_KEY: 'The key did not reach Raze: check --base-url and what stands between, such as a proxy.',
};

/** A key that may write need not be allowed to read: a read that is refused says nothing against the run. */
function notPermitted(call: Call, error: { readonly code: string; readonly message: string }): Answer {
  const permission = call.method === 'GET' ? 'opportunities:read' : 'opportunities:write';
  const hint = `The key needs the permission ${permission}: Settings > API Keys in Raze.`;
  return call.method === 'GET'
    ? settled(call, { kind: 'rejected', ...error, hint })
    : { kind: 'unauthorised', ...error, hint };
}

/** A reply without an id is taken at its word; one that names another record is not the answer to this call. */
function isRecordOf({ edits }: Call, data: Json | undefined): boolean {
  const edit = edits[0];
  if (edit === undefined || !isJsonObject(data) || data['id'] === undefined) return true;
  return scalarText(data['id'] ?? null) === edit.id;
}

/** `{"success":false,"error":{"code","message","details":{"fields":{name:message}}}}`; messages may be in Portuguese, codes are not. */
function errorOf(body: Json | undefined): { readonly code: string; readonly message: string } | undefined {
  const error = isJsonObject(body) ? body['error'] : undefined;
  if (!isJsonObject(error)) return undefined;
  const { code, message, details } = error;
  const fields = isJsonObject(details) && isJsonObject(details['fields']) ? fieldMessages(details['fields']) : [];
  const told = [typeof message === 'string' ? message : '', ...fields].filter((part) => part !== '').join('; ');
  return {
    code: typeof code === 'string' && code !== '' ? code : 'refused',
    message: told === '' ? 'no reason given' : excerpt(told, 500),
  };
}

function fieldMessages(fields: JsonObject): string[] {
  return Object.entries(fields).map(([name, message]) => `${name}: ${scalarText(message ?? null) ?? 'refused'}`);
}

const sampleClientWaitMs = 60_000;

/**
 * Header, else body, else the reset time, else the 60 s that the vendor's own sample client waits; a page from something in between states no wait.
 * https://developer.getraze.co/api-reference/rate-limits, 2026-10.
 */
function throttled(reply: Reply, body: Json | undefined): Answer {
  const error = isJsonObject(body) ? body['error'] : undefined;
  const seconds = isJsonObject(error) ? countOf(scalarText(error['retry_after'] ?? null)) : undefined;
  const waitMs =
    retryAfterMs(reply.headers, reply.receivedAtMs) ??
    (seconds === undefined ? undefined : Math.min(Math.ceil(seconds * 1000), longestWaitMs)) ??
    // A reset that has passed tells nothing of a refusal that came after it.
    (quotaNotice(reply)?.resetMs || undefined) ??
    (isJsonObject(error) ? sampleClientWaitMs : undefined);
  const message = errorOf(body)?.message ?? 'rate limit exceeded';
  return { kind: 'throttled', message, ...(waitMs === undefined ? {} : { waitMs }) };
}

const longestWaitMs = 86_400_000;

/**
 * `X-RateLimit-Reset` is in Unix seconds, counted from the server's own clock where the reply shows it; a number too small for that is taken as
 * seconds from now.
 */
function quotaNotice({ headers, receivedAtMs }: Reply): QuotaNotice | undefined {
  const limit = countOf(headers['x-ratelimit-limit']);
  const remaining = countOf(headers['x-ratelimit-remaining']);
  const reset = countOf(headers['x-ratelimit-reset']);
  if (limit === undefined && remaining === undefined && reset === undefined) return undefined;
  const serverNowMs = httpDateMs(headers['date']) ?? receivedAtMs;
  const resetMs = reset === undefined ? undefined : reset < 100_000_000 ? reset * 1000 : reset * 1000 - serverNowMs;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs: Math.min(Math.max(0, Math.ceil(resetMs)), longestWaitMs) }),
  };
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,12}(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function httpDateMs(text = ''): number | undefined {
  const dateMs = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : dateMs;
}
