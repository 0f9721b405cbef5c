import type { Answer, Call, Reading, Reply } from '../../core/call.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import { jsonBody, settled, statusAnswer, type ReplyDetail } from '../shared/http-status.ts';
import { joinedTexts, objectsIn } from '../shared/metadata-reads.ts';
import { rateLimitNotice } from '../shared/rate-limit-header.ts';

/** What a reply means: 200 with the whole opportunity is the one success that Close documents. */
export function readClose(reply: Reply, call: Call): Reading {
  const quota = rateLimitNotice(reply.headers);
  const answer = answerOf(reply, call);
  if (quota === undefined) return answer;
  // Close prefers the reset of RateLimit, which may be a decimal, to retry-after, which is rounded up. The body of a 429 is not to be read.
  return answer.kind === 'throttled' && quota.resetMs !== undefined
    ? { ...answer, waitMs: quota.resetMs, quota: [quota] }
    : { ...answer, quota: [quota] };
}

function answerOf(reply: Reply, call: Call): Answer {
  const body = jsonBody(reply);
  if (reply.status === 200 && isJsonObject(body)) {
    const refusal = errorDetail(reply.status, body);
    if (typeof body['id'] === 'string' && refusal.message === undefined)
      return settled(call, { kind: 'applied', echo: body });
  }
  return statusAnswer(reply, call, isJsonObject(body) ? errorDetail(reply.status, body) : {});
}

/** `Ada Kern, Northwind` from GET /me/. */
export function closeAccount(reply: Reply): string | undefined {
  const body = jsonBody(reply);
  if (reply.status !== 200 || !isJsonObject(body)) return undefined;
  const [organization] = objectsIn(body['organizations']);
  const name = joinedTexts([body['first_name'], body['last_name']], ' ') ?? body['email'];
  return joinedTexts([name, organization?.['name']], ', ');
}

/**
 * `{"errors":[…],"field-errors":{"value":"text"}}` or `{"error":"text"}`; either key may be absent, and a field's error may be nested.
 * Seen in the tests of https://github.com/closeio/closeio-api and in https://github.com/closeio/flask-mongorest, 2026-10.
 */
function errorDetail(status: number, body: JsonObject): ReplyDetail {
  const fieldErrors = errorTexts(body['field-errors'], '');
  const texts = [...fieldErrors, ...errorTexts(body['errors'], ''), ...errorTexts(body['error'], '')];
  const badRequest = fieldErrors.length > 0 ? 'field-errors' : 'bad-request';
  const code = status === 400 ? badRequest : status === 402 ? 'plan-limit' : undefined;
  return {
    ...(code === undefined ? {} : { code }),
    ...(texts.length === 0 ? {} : { message: excerpt(texts.join('; '), 500) }),
  };
}

function errorTexts(errors: Json | undefined, place: string, depth = 0): readonly string[] {
  if (errors === undefined || errors === null || depth > 5) return [];
  const text = scalarText(errors);
  if (text !== undefined) return text === '' ? [] : [place === '' ? text : `${place}: ${text}`];
  const members: readonly [string, Json | undefined][] = Object.entries(errors as JsonObject | readonly Json[]);
  return members.flatMap(([key, value]) => {
    const anonymous = Array.isArray(errors) || key === 'errors' || key === 'field-errors';
    return errorTexts(value, anonymous ? place : place === '' ? key : `${place}.${key}`, depth + 1);
  });
}
