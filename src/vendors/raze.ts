import type { Answer, Call, QuotaNotice, Reading, Reply, Verdict } from '../core/call.ts';
import { decimalText } from '../core/decimal.ts';
import type { Change, Edit } from '../core/edit.ts';
import type { Field, ValueForm } from '../core/field.ts';
import { exactNumber, isJsonObject, scalarText, type Json, type JsonObject } from '../core/json.ts';
import type { Authorisation, Check, Credentials, Settings, Vendor } from '../core/vendor.ts';
import { checkedTextForm, choiceForm, decimalForm, emailForm, idForm, textForm } from '../core/value-forms.ts';
import { doubledFields } from './doubled-fields.ts';
import { jsonBody, retryAfterMs, settled, statusAnswer } from './http-status.ts';
import { settleStage } from './settlements.ts';

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
  settings: [
    {
      name: 'clear',
      description:
        'How a field is cleared, which the documentation of Raze does not tell: refuse (not at all), null, or empty (an empty text). Try it on one record first.',
      default: 'refuse',
      options: ['refuse', 'null', 'empty'],
    },
  ],
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
  unknownFieldHint,
  audit: doubledFields,

  plan: (edits) => edits.flatMap(callsOf),
  read,
  settle: settleStage,
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
    proves: (reply) => reply.status === 200 || errorOf(jsonBody(reply))?.code === 'INSUFFICIENT_PERMISSIONS',
  }),
} as const satisfies Vendor;

function authorise({ apiKey = '' }: Credentials): Authorisation {
  return { headers: { 'X-API-Key': apiKey }, query: [] };
}

/** The seven stages; there is no other list. https://developer.getraze.co/api-reference/opportunities/update-stage, 2026-10. */
const stages = ['new', 'contacted', 'qualified', 'proposal', 'negotiation', 'won', 'lost'] as const;

function razeFields(settings: Settings): readonly Field[] {
  const how = settings['clear'] ?? 'refuse';
  const clearing: Pick<Field, 'cleared' | 'clearingHint'> =
    how === 'refuse'
      ? {
          clearingHint:
            'Raze does not document how a field is cleared. Once you have tried it on one record, add --setting clear=null (or clear=empty).',
        }
      : { cleared: { value: how === 'null' ? null : '' } };
  const field = (name: string, form: ValueForm, description: string, more: Partial<Field> = {}): Field => ({
    name,
    form,
    description,
    evidence: 'documented',
    ...clearing,
    ...more,
  });
  return [
    field('name', textForm(), "The person's full name; not a title of the deal."),
    field('email', emailForm(), 'E-mail address.'),
    field('phone', textForm(), 'Phone number, with the country code.'),
    field('company', textForm(), 'Company name.'),
    field('position', textForm(), 'Job title.'),
    field(
      'deal_value',
      decimalForm((decimal) => exactNumber(decimalText(decimal))),
      'Value of the deal, a plain decimal.',
      { common: ['amount'] },
    ),
    field(
      'deal_currency',
      currencyForm,
      'Currency code, three letters. Whether the value is converted is not documented.',
      {
        common: ['currency'],
      },
    ),
    field('notes', textForm(), 'Notes; the new text takes the place of the old.', { common: ['note'] }),
    field('responsible_user_id', idForm(), 'Id of the user who is responsible.', { common: ['owner'] }),
    {
      name: 'status',
      form: choiceForm(stages),
      description: 'The stage; sent as a call of its own, after the fields.',
      common: ['stage', 'status'],
      clearingHint: 'An opportunity always has a stage.',
      evidence: 'documented',
    },
    ...['won_at', 'lost_at', 'created_at', 'updated_at'].map((name) => readOnly(name, 'is set by Raze itself')),
    ...['tags', 'custom_fields'].map((name) => readOnly(name, 'is a field of contacts only')),
  ];
}

const currencyForm = checkedTextForm('text', (text) =>
  /^[A-Z]{3}$/.test(text) ? undefined : 'is not a currency code of three capitals, such as BRL',
);

function readOnly(name: string, reason: string): Field {
  return { name, form: textForm(), description: `Read-only: ${reason}.`, readOnly: reason, evidence: 'documented' };
}

function unknownFieldHint(name: string): string | undefined {
  return /^(owner_?email|responsible_user)$/i.test(name)
    ? 'Raze has no call that finds a user by e-mail; give the id in responsible_user_id.'
    : undefined;
}

function callsOf(edit: Edit): readonly Call[] {
  const stage = edit.changes.find(({ field }) => field === 'status');
  const fields = edit.changes.filter(({ field }) => field !== 'status');
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
  if ((reply.status === 200 || reply.status === 201) && isJsonObject(body)) {
    const { success, data } = body;
    if (success === true && isRecordOf(call, data)) {
      return settled(call, data === undefined ? { kind: 'applied' } : { kind: 'applied', echo: data });
    }
    if (success === false) return settled(call, refusal(body, 'refused'));
  }
  const error = errorOf(body);
  switch (reply.status) {
    case 429:
      return { kind: 'throttled', message: error?.message ?? 'rate limit exceeded', ...waitOf(reply, body) };
    case 403:
      if (error?.code !== 'INSUFFICIENT_PERMISSIONS') break;
      return {
        kind: 'unauthorised',
        code: error.code,
        message: error.message,
        hint: 'The key needs the permission opportunities:write: Settings > API Keys in Raze.',
      };
    case 409:
      return settled(call, {
        ...refusal(body, 'CONFLICT'),
        kind: error?.code === 'ALREADY_EXISTS' ? 'rejected' : 'conflict',
      });
  }
  return statusAnswer(reply, call, error ?? {});
}

/** A reply without an id is taken at its word; one that names another record is not the answer to this call. */
function isRecordOf({ edits }: Call, data: Json | undefined): boolean {
  const edit = edits[0];
  if (edit === undefined || !isJsonObject(data) || data['id'] === undefined) return true;
  return scalarText(data['id'] ?? null) === edit.id;
}

function refusal(body: Json | undefined, code: string): Verdict & { kind: 'rejected' } {
  const error = errorOf(body);
  return {
    kind: 'rejected',
    code: error?.code ?? code,
    message: error?.message ?? 'Raze says success: false and gives no reason',
  };
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
    message: told === '' ? 'no reason given' : told,
  };
}

function fieldMessages(fields: JsonObject): string[] {
  return Object.entries(fields).map(([name, message]) => `${name}: ${scalarText(message ?? null) ?? 'refused'}`);
}

/** Header, else body, else the reset time, else what the vendor's own sample client waits. */
function waitOf(reply: Reply, body: Json | undefined): { readonly waitMs: number } {
  const error = isJsonObject(body) ? body['error'] : undefined;
  const seconds = isJsonObject(error) ? Number(scalarText(error['retry_after'] ?? null)) : Number.NaN;
  const stated = Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 86_400) * 1000 : undefined;
  return { waitMs: retryAfterMs(reply.headers, reply.receivedAtMs) ?? stated ?? quotaNotice(reply)?.resetMs ?? 60_000 };
}

/** `X-RateLimit-Reset` is in Unix seconds; a number too small for that is taken as seconds from now. */
function quotaNotice({ headers, receivedAtMs }: Reply): QuotaNotice | undefined {
  const limit = countHeader(headers['x-ratelimit-limit']);
  const remaining = countHeader(headers['x-ratelimit-remaining']);
  const reset = countHeader(headers['x-ratelimit-reset']);
  if (limit === undefined && remaining === undefined && reset === undefined) return undefined;
  const serverDateMs = Date.parse(headers['date'] ?? '');
  const serverNowMs = Number.isNaN(serverDateMs) ? receivedAtMs : serverDateMs;
  const resetMs = reset === undefined ? undefined : reset < 100_000_000 ? reset * 1000 : reset * 1000 - serverNowMs;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs: Math.min(Math.max(0, resetMs), 86_400_000) }),
  };
}

function countHeader(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,12}(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
