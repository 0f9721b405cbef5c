import type { Answer, Call, Reading, Reply, Verdict } from '../../core/call.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import { jsonBody, retryAfterMs, settled, statusAnswer, throttled } from '../shared/http-status.ts';
import { joinedTexts, objectsIn } from '../shared/metadata-reads.ts';
import { listBody } from '../shared/record-reads.ts';

/*
 * What a reply means. https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html, as of 2026-10. A refusal is flat or stands in `data`, whatever
 * the status; the outcome of a deal stands in `data` at the place of its edit.
 */

export function readZoho(reply: Reply, call: Call): Reading {
  const answer = answerOf(reply, call);
  const remaining = reply.headers['x-api-credits-remaining'];
  return remaining !== undefined && /^\d{1,12}$/.test(remaining)
    ? { ...answer, quota: [{ meter: 'credits', remaining: Number(remaining) }] }
    : answer;
}

function answerOf(reply: Reply, call: Call): Answer {
  const { status } = reply;
  const body = jsonBody(reply);
  const object = isJsonObject(body) ? body : undefined;
  const whole = object === undefined ? undefined : wholeRefusal(object);
  if (status === 401) return unauthorised(whole);
  if (status === 429) return refusedForQuota(reply, whole);
  if (status >= 500) return statusAnswer(reply, call, whole);
  if (call.method === 'GET' || call.edits.length === 0) return readAnswer(reply, call, object, whole);
  const entries = object === undefined ? undefined : object['data'];
  if (Array.isArray(entries) && isKnownStatus(status)) {
    const list = entries as readonly Json[];
    if (list.length > 0 && list.length <= call.edits.length)
      return { kind: 'settled', verdicts: verdictsOf(list, call) };
  }
  if (call.edits.length > 1 && whole !== undefined && status < 500)
    return { kind: 'refused-whole', ...whole, ...hintOf(whole.code) };
  if (call.edits.length > 1 && (status === 413 || status === 415))
    return { kind: 'refused-whole', code: `http-${status}`, message: `Zoho refuses the call (HTTP ${status})` };
  return refusedOr(reply, call, whole);
}

function refusedOr(reply: Reply, call: Call, whole: Refusal | undefined): Answer {
  return whole !== undefined && reply.status >= 400 && reply.status < 500
    ? settled(call, { kind: 'rejected', ...whole, ...hintOf(whole.code) })
    : statusAnswer(reply, call, whole);
}

function isKnownStatus(status: number): boolean {
  return [200, 202, 207, 400, 403, 404, 412].includes(status);
}

/** A read without a deal is 204 without a body; whoever reads the record makes of it what it means. */
function readAnswer(reply: Reply, call: Call, object: JsonObject | undefined, whole: Refusal | undefined): Answer {
  if (reply.status === 204) return settled(call, { kind: 'applied' });
  const lists = ['data', 'fields', 'users', 'org', 'currencies'];
  if (reply.status === 200 && object !== undefined && lists.some((name) => Array.isArray(object[name])))
    return settled(call, { kind: 'applied' });
  return refusedOr(reply, call, whole);
}

/** The entry at the place of the edit, unless it names another one; a reply that is shorter leaves the rest unnamed. */
function verdictsOf(entries: readonly Json[], { edits }: Call): readonly Verdict[] {
  const byId = new Map<string, JsonObject>();
  for (const entry of entries) {
    const id = isJsonObject(entry) ? namedId(entry) : undefined;
    if (id !== undefined && isJsonObject(entry)) byId.set(id, entry);
  }
  const whole = entries.length === edits.length;
  return edits.map((edit, index): Verdict => {
    const here = entries[index];
    const named = byId.get(edit.id);
    const entry = named ?? (whole && isJsonObject(here) && namedId(here) === undefined ? here : undefined);
    return entry === undefined ? { kind: 'unnamed' } : verdictOf(entry, edit.id, edits.length > 1 ? index : undefined);
  });
}

function namedId(entry: JsonObject): string | undefined {
  const details = entry['details'];
  const id = isJsonObject(details) ? details['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** `index`: of the edit in a batch, which the path in the refusal must agree with. */
function verdictOf(entry: JsonObject, id: string, index: number | undefined): Verdict {
  const { code, status, message } = entry;
  if (code === 'SUCCESS' && status === 'success')
    return namedId(entry) === id ? { kind: 'applied' } : { kind: 'unnamed' };
  if (typeof code !== 'string' || status === 'success') return { kind: 'unnamed' };
  const details = isJsonObject(entry['details']) ? entry['details'] : {};
  const path = details['json_path'];
  const pointsAt = typeof path === 'string' ? /^\$\.data\[(\d+)\]/.exec(path)?.[1] : undefined;
  if (index !== undefined && pointsAt !== undefined && Number(pointsAt) !== index) return { kind: 'unnamed' };
  if (code === 'ALREADY_MODIFIED') return { kind: 'conflict', code, message: textOf(message, code) };
  const place = typeof details['api_name'] === 'string' ? `${details['api_name']}: ` : '';
  const wanted = details['expected_data_type'];
  const expected = typeof wanted === 'string' ? ` (wanted: ${wanted})` : '';
  return {
    kind: 'rejected',
    code,
    message: excerpt(`${place}${textOf(message, code)}${expected}${innerErrors(details)}`, 500),
    ...hintOf(code),
  };
}

/** Several refusals of one deal. */
function innerErrors(details: JsonObject): string {
  const texts = objectsIn(details['errors']).map((one) => textOf(one['message'], ''));
  return texts.length === 0 ? '' : `: ${texts.filter((text) => text !== '').join('; ')}`;
}

function textOf(message: Json | undefined, otherwise: string): string {
  return typeof message === 'string' && message !== '' ? message : otherwise;
}

const hints: Readonly<Record<string, string>> = {
  RECORD_IN_BLUEPRINT: 'A blueprint moves this deal from stage to stage: make the transition at Zoho.',
  RECORD_LOCKED: 'The deal is locked at Zoho; unlock it there, then retry.',
  NOT_APPROVED: 'The deal waits for approval at Zoho.',
  MANDATORY_NOT_FOUND: 'Zoho wants a value in that field, too: add the column.',
  AUTHORIZATION_FAILED: "The user's profile at Zoho lacks the right to edit deals or this field.",
  NO_PERMISSION: "The user's profile at Zoho lacks the right to edit deals or this field.",
};

function hintOf(code: string): { readonly hint?: string } {
  const hint = hints[code];
  return hint === undefined ? {} : { hint };
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** `{"code","details","message","status":"error"}`, or the same as the only entry of `data`. */
function wholeRefusal(body: JsonObject): Refusal | undefined {
  const data = body['data'];
  const entry = Array.isArray(data) && data.length === 1 ? (data as readonly Json[])[0] : body;
  if (!isJsonObject(entry) || typeof entry['code'] !== 'string' || entry['status'] !== 'error') return undefined;
  return { code: entry['code'], message: excerpt(textOf(entry['message'], entry['code']), 500) };
}

function unauthorised(refusal: Refusal | undefined): Answer {
  const code = refusal?.code ?? 'http-401';
  const scope = code === 'OAUTH_SCOPE_MISMATCH';
  return {
    kind: 'unauthorised',
    code,
    message: refusal?.message ?? 'the token is refused',
    hint: scope
      ? `The token is good, but lacks a scope. Make one with ${scopeList}.`
      : 'Check the credentials with `oppatch profile check`; a token of another data centre is refused, too.',
  };
}

const scopeList =
  'ZohoCRM.modules.deals.READ, ZohoCRM.modules.deals.UPDATE, ZohoCRM.settings.fields.READ, ZohoCRM.users.READ, ZohoCRM.org.READ and ZohoCRM.coql.READ';

/**
 * One status for the credits of the day and for too many calls in flight, and the same code: the header says which, where it comes; else the text, of
 * which no page gives the wording. No Retry-After is documented; one that comes is obeyed. https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html, 2026-10.
 */
function refusedForQuota(reply: Reply, refusal: Refusal | undefined): Answer {
  const remaining = reply.headers['x-api-credits-remaining'];
  const isOfTheDay =
    remaining === undefined
      ? /\bcredits?\b|\bday\b|\bdaily\b|\b24[ -]?h/i.test(refusal?.message ?? '')
      : remaining === '0';
  return isOfTheDay
    ? {
        kind: 'quota-exhausted',
        message: "the organisation's credits of 24 hours are used up at Zoho; they come back hour by hour",
      }
    : throttled(
        refusal?.message ?? 'Zoho takes no more calls at present',
        retryAfterMs(reply.headers, reply.receivedAtMs),
      );
}

/** `Ada Kern` from GET /users?type=CurrentUser. */
export function zohoAccount(reply: Reply): string | undefined {
  const user = objectsIn(listBody(reply, 'users'))[0];
  return joinedTexts([user?.['full_name'] ?? user?.['email']], '');
}
