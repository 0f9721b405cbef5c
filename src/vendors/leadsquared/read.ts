import type { Answer, Call, Reading, Reply, Verdict } from '../../core/call.ts';
import type { Rate } from '../../core/duration.ts';
import { isJsonObject, stringifyJson, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import {
  jsonBody,
  refusedWhole,
  retryAfterMs,
  settled,
  statusAnswer,
  statusMessage,
  throttled,
} from '../shared/http-status.ts';
import { textIn } from '../shared/metadata-reads.ts';
import { objectBody } from '../shared/record-reads.ts';
import { guidForm } from './fields.ts';

/**
 * The order of judgement: done; over the limit, in any of its forms; credentials; a type that begins with MX, which is final whatever the
 * status; what the status normally means. A 200 may hold `Status: "Error"`, and 500 is how most refusals arrive.
 * https://apidocs.leadsquared.com/error-handling/, 2026-10, and clients on live accounts.
 */
export function readLeadsquared(reply: Reply, call: Call): Reading {
  const parsed = jsonBody(reply);
  const body = isJsonObject(parsed) ? parsed : {};
  const done = reply.status === 200 ? (batchAnswer(parsed, call) ?? doneAnswer(body, call)) : undefined;
  return done ?? refusedWhole(refusal(reply, body, call), call, reply);
}

function refusal(reply: Reply, body: JsonObject, call: Call): Reading {
  const type = textIn(body, 'ExceptionType');
  const stated = textIn(body, 'ExceptionMessage');
  const message = stated === undefined ? statusMessage(reply) : excerpt(stated, 500);
  const limited = limitAnswer(reply, type, stated ?? reply.body.slice(0, 4_000), message, call);
  if (limited !== undefined) return limited;

  const { status } = reply;
  if (status === 401 || status === 403) {
    return { kind: 'unauthorised', code: type ?? `http-${status}`, message, hint: credentialsHint(reply) };
  }
  const refusedInside = status === 200 && body['Status'] === 'Error';
  // A success and an exception beside each other say nothing.
  const isPlain = body['Status'] !== 'Success';
  if (type?.startsWith('MX') === true ? (status === 200 && isPlain) || status >= 400 : refusedInside) {
    return settled(call, { kind: 'rejected', code: type ?? 'status-error', message });
  }
  return statusAnswer(reply, call, { code: type, message: stated === undefined ? undefined : message });
}

/** Only the exact text "Success" counts: other calls of LeadSquared answer with numbers, and a 200 alone says nothing. */
function doneAnswer(body: JsonObject, call: Call): Answer | undefined {
  const [edit] = call.edits;
  if (call.step === 'read') return typeof body['ID'] === 'string' ? settled(call, { kind: 'applied' }) : undefined;
  if (edit === undefined) {
    return typeof body['Id'] === 'string' ? settled(call, { kind: 'applied', echo: body }) : undefined;
  }
  if (!isDocumentedSuccess(body)) return undefined;
  // An AutoId is answered with the GUID behind it, which nothing can be compared with.
  return settled(call, guidForm.test(edit.id) ? { kind: 'applied', echo: body } : { kind: 'applied' });
}

/** `{"Status":"Success","Message":{"Id":…}}`, without any member that could be a refusal. */
function isDocumentedSuccess({ Status: status, Message: named, ...others }: JsonObject): boolean {
  const hasId = isJsonObject(named) && textIn(named, 'Id') !== undefined;
  return status === 'Success' && hasId && Object.keys(others).length === 0;
}

const limitType = 'MXAPIRateLimitExceededException';
/** The whole message, from its first character to its last: refusals of other kinds repeat values of fields. */
const limitText =
  /^(?:API calls )?exceeded the limit of\s+(\d{1,9})\s+in\s+(\d{1,6})(?:\s*(second|minute|hour|day)(?:s|\(s\))?)?$/i;
const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: dayMs };

/**
 * Over the limit: 429 (documented); the type of it in any status; 403 with nothing but the sentence (both seen on live accounts). Another type beside the
 * sentence speaks of something else. No header tells how long to wait; the sentence states the account's limit, unless this call sent it as a
 * value. A limit by the day will not come back within the run.
 */
function limitAnswer(
  reply: Reply,
  type: string | undefined,
  text: string,
  message: string,
  call: Call,
): Answer | undefined {
  const stated = type === undefined || type === limitType ? statedRate(text.trim(), call) : undefined;
  const isLimit = reply.status === 429 || type === limitType || (reply.status === 403 && stated !== undefined);
  if (!isLimit) return undefined;
  if (stated !== undefined && stated.windowMs >= dayMs) return { kind: 'quota-exhausted', message };
  const waitMs = retryAfterMs(reply.headers, reply.receivedAtMs);
  const answer = throttled(message, waitMs);
  return stated === undefined ? answer : { ...answer, statedLimit: stated };
}

/** Of 1 s to a day. */
function statedRate(text: string, call: Call): Rate | undefined {
  const [sentence, count = '0', length = '0', unit = 'second'] = limitText.exec(text) ?? [];
  const sent = call.body === undefined ? '' : stringifyJson(call.body).toLowerCase();
  if (sentence === undefined || sent.includes(sentence.toLowerCase())) return undefined;
  const windowMs = Number(length) * (unitMs[unit.toLowerCase()] ?? 0);
  return Number(count) > 0 && windowMs >= 1_000 && windowMs <= dayMs ? { count: Number(count), windowMs } : undefined;
}

/** A key of another region is refused with a text that names the right host. https://apidocs.leadsquared.com/portal-api/, 2026-10. */
function credentialsHint(reply: Reply): string {
  const host = /\bapi[a-z0-9-]{0,20}\.leadsquared\.com\b/i.exec(reply.body.slice(0, 4_000))?.[0];
  return host === undefined
    ? 'Check both keys, and that `--host` is the host of your region. If they are right, try the other way of sending them: --setting keys-in=query (or headers).'
    : `The account belongs to another host: --host ${host.toLowerCase()}`;
}

/** `Ada Kern (NORTHWIND)` from UserByAccessKey.Get. https://apidocs.leadsquared.com/user-authentication/, 2026-10. */
export function leadsquaredAccount(reply: Reply): string | undefined {
  const body = objectBody(reply);
  if (body === undefined) return undefined;
  const name = textIn(body, 'Name') ?? textIn(body, 'EmailAddress');
  const organization = textIn(body, 'OrgShortCode');
  if (name === undefined) return organization;
  return organization === undefined ? name : `${name} (${organization})`;
}

const entryIds = ['ProspectOpportunityId', 'OpportunityId', 'ProspectActivityId', 'Id', 'ID', 'IdentifierValue'];
const entryReasons = ['Reason', 'ErrorMessage', 'ExceptionMessage', 'Error', 'FailureReason', 'ExceptionType'];

/**
 * Each row's verdict as far as the reply names it: what the update of several answers is not documented. A row is refused where an entry of any
 * list that holds its id gives a reason or stands in a list of failures. It is applied only where the entry holds the id and nothing else but a
 * plain success, the form of the sibling call https://apidocs.leadsquared.com/bulk-update-activities/ (2026-10). All else is `unnamed`: the record
 * is read. Undefined for other calls, and for a reply that says that all is refused.
 */
function batchAnswer(body: Json | undefined, call: Call): Answer | undefined {
  if (call.step === 'batch-read') {
    return Array.isArray(body) ? { kind: 'settled', verdicts: call.edits.map(() => ({ kind: 'applied' })) } : undefined;
  }
  if (call.step !== 'batch' || (!Array.isArray(body) && !isJsonObject(body))) return undefined;
  if (isJsonObject(body) && body['Status'] === 'Error') return undefined;
  const named = new Map<string, Verdict>();
  collect(body, false, 0, named);
  return {
    kind: 'settled',
    verdicts: call.edits.map(({ id }) => named.get(id.toLowerCase()) ?? { kind: 'unnamed' }),
  };
}

const deepest = 5;

/** The verdicts of all entries in `value`; where several entries name a row, a refusal counts. */
function collect(value: Json | undefined, failures: boolean, depth: number, into: Map<string, Verdict>): void {
  if (depth > deepest || value === undefined) return;
  if (Array.isArray(value)) {
    for (const entry of value as readonly Json[]) {
      if (isJsonObject(entry)) note(entry, failures, into);
      collect(entry, failures, depth + 1, into);
    }
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value))
      collect(member, failures || /fail|error|unprocess|reject|invalid/i.test(name), depth + 1, into);
  }
}

function note(entry: JsonObject, failures: boolean, into: Map<string, Verdict>): void {
  const id = entryIds.map((name) => entry[name]).find((text) => typeof text === 'string' && text !== '');
  if (typeof id !== 'string') return;
  const reason = entryReasons.map((name) => entry[name]).find((text) => typeof text === 'string' && text !== '');
  const status = entry['Status'] ?? entry['IsSuccess'] ?? entry['Success'];
  const key = id.toLowerCase();
  if (typeof reason === 'string' || failures || isFailure(status)) {
    const code = entry['ExceptionType'];
    into.set(key, {
      kind: 'rejected',
      code: typeof code === 'string' && code !== '' ? code : 'refused-in-bulk',
      message: typeof reason === 'string' ? excerpt(reason, 500) : 'LeadSquared lists it among the failures',
    });
  } else if (!into.has(key) || !isPlainSuccess(entry)) {
    // One entry of an unknown form takes from another of the same row what it is worth.
    if (into.get(key)?.kind !== 'rejected')
      into.set(key, isPlainSuccess(entry) ? { kind: 'applied' } : { kind: 'unnamed' });
  }
}

const successValues: Readonly<Record<string, Json>> = { Status: 'Success', IsSuccess: true, Success: true };

/** The id, and beside it nothing, or what says success in so many words. */
function isPlainSuccess(entry: JsonObject): boolean {
  return Object.entries(entry).every(([name, value]) => entryIds.includes(name) || successValues[name] === value);
}

function isFailure(status: Json | undefined): boolean {
  return status === false || (typeof status === 'string' && !/^(success|succeeded|ok|true)$/i.test(status));
}
