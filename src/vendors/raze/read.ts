import type { Answer, Call, QuotaNotice, Reading, Reply } from '../../core/call.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import {
  boundedWaitMs,
  httpDateMs,
  jsonBody,
  retryAfterMs,
  settled,
  statusAnswer,
  throttled,
  withSigns,
} from '../shared/http-status.ts';
import { quotaNotice } from '../shared/rate-limit-header.ts';
import { objectBody } from '../shared/record-reads.ts';

/** What a reply means: `{"success":true,"data":{…}}` with the record is the one success that Raze documents. */
export function readRaze(reply: Reply, call: Call): Reading {
  const quota = noticeOf(reply);
  return withSigns(answerOf(reply, call), quota === undefined ? [] : [quota]);
}

function answerOf(reply: Reply, call: Call): Answer {
  const body = jsonBody(reply);
  const error = errorOf(body);
  if ((reply.status === 200 || reply.status === 201) && isJsonObject(body)) {
    const { success, data } = body;
    if (success === true && error === undefined && isRecord(data))
      return settled(call, { kind: 'applied', echo: data });
    if (data === undefined && (success === false || (success === undefined && error !== undefined))) {
      return settled(call, { kind: 'rejected', ...(error ?? silentRefusal) });
    }
  }
  if (reply.status === 429) return overTheLimit(reply, body);
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

/** A list, or a record that says which it is. */
function isRecord(data: Json | undefined): data is Json {
  return Array.isArray(data) || (isJsonObject(data) && (scalarText(data['id'] ?? null) ?? '') !== '');
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
function overTheLimit(reply: Reply, body: Json | undefined): Answer {
  const error = isJsonObject(body) ? body['error'] : undefined;
  const seconds = isJsonObject(error) ? countOf(scalarText(error['retry_after'] ?? null)) : undefined;
  const waitMs =
    retryAfterMs(reply.headers, reply.receivedAtMs) ??
    (seconds === undefined ? undefined : boundedWaitMs(seconds * 1000)) ??
    // A reset that has passed tells nothing of a refusal that came after it.
    (noticeOf(reply)?.resetMs || undefined) ??
    (isJsonObject(error) ? sampleClientWaitMs : undefined);
  return throttled(errorOf(body)?.message ?? 'rate limit exceeded', waitMs);
}

/**
 * `X-RateLimit-Reset` is in Unix seconds, counted from the server's own clock where the reply shows it; a number too small for that is taken as
 * seconds from now.
 */
function noticeOf({ headers, receivedAtMs }: Reply): QuotaNotice | undefined {
  const limit = countOf(headers['x-ratelimit-limit']);
  const remaining = countOf(headers['x-ratelimit-remaining']);
  const reset = countOf(headers['x-ratelimit-reset']);
  const serverNowMs = httpDateMs(headers['date']) ?? receivedAtMs;
  const resetMs = reset === undefined ? undefined : reset < 100_000_000 ? reset * 1000 : reset * 1000 - serverNowMs;
  return quotaNotice(limit, remaining, resetMs === undefined ? undefined : boundedWaitMs(resetMs));
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,12}(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

/** Whether a reply to the check proves the key: one without contacts:read is known all the same. */
export function provesRazeKey(reply: Reply): boolean {
  const isRefused = reply.status === 403 && errorOf(jsonBody(reply))?.code === 'INSUFFICIENT_PERMISSIONS';
  return isRefused || objectBody(reply)?.['success'] === true;
}
