import type { Answer, Call, Reading, Reply } from '../../core/call.ts';
import type { Rate } from '../../core/duration.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import { jsonBody, settled, statusAnswer, withSigns, type ReplyDetail } from '../shared/http-status.ts';
import { joinedTexts, objectsIn, textIn } from '../shared/metadata-reads.ts';
import { listBody } from '../shared/record-reads.ts';

/*
 * What a reply means: status first, code second, since codes are often empty and texts may be localised.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors, as of 2026-10.
 */

export function readDynamics(reply: Reply, call: Call): Reading {
  const { headers } = reply;
  const requestId = headers['x-ms-service-request-id'] ?? headers['req_id'] ?? headers['x-ms-request-id'];
  return withSigns(answerOf(reply, call), [], requestId);
}

function answerOf(reply: Reply, call: Call): Answer {
  const { status } = reply;
  const body = jsonBody(reply);
  const detail = isJsonObject(body) ? errorDetail(body) : {};
  if (call.method === 'PATCH') {
    // The record as it is now, by `Prefer: return=representation`; without it 204 and nothing.
    if (status === 200 && isJsonObject(body) && typeof body['opportunityid'] === 'string')
      return settled(call, { kind: 'applied', echo: body });
    if (status === 204 && reply.body === '') return settled(call, { kind: 'applied' });
  }
  // An action says nothing: the service's own status is all there is.
  if (call.method === 'POST' && call.edits.length > 0 && status === 204 && reply.body === '')
    return settled(call, { kind: 'applied' });
  if (
    call.method === 'GET' &&
    status === 200 &&
    isJsonObject(body) &&
    (Array.isArray(body['value']) || 'opportunityid' in body)
  )
    return settled(call, { kind: 'applied' });
  if (status === 429) return throttled(reply, call, detail);
  if (status === 403 && detail.code === '0x80072560')
    return {
      kind: 'unauthorised',
      code: '0x80072560',
      message: detail.message ?? 'the user does not belong to the organization',
      hint: 'Add the user, or an application user for the app, to the environment.',
    };
  if (status === 412 && detail.code === '0x80040333')
    return settled(call, {
      kind: 'rejected',
      code: '0x80040333',
      message: detail.message ?? 'a rule for duplicates refuses it',
    });
  // A deadlock was rolled back; what else a 500 means may be a rule of the environment that fails each time.
  if (status === 500 && /sql number: 1205/i.test(detail.message ?? ''))
    return {
      kind: 'transient',
      code: 'deadlock',
      message: 'a deadlock in the database; it was rolled back',
      mayHaveApplied: false,
    };
  return statusAnswer(reply, call, detail);
}

/** Which of the three limits was reached; each comes with Retry-After. https://learn.microsoft.com/power-apps/developer/data-platform/api-limits, 2026-10. */
const limits: Readonly<Record<string, string>> = {
  '0x80072322': 'the limit of requests in five minutes',
  '0x80072321': 'the limit of work time in five minutes',
  '0x80072326': 'the limit of requests at once',
};

function throttled(reply: Reply, call: Call, detail: ReplyDetail): Answer {
  const answer = statusAnswer(reply, call, detail);
  const limit = limits[detail.code ?? ''];
  if (answer.kind !== 'throttled' || limit === undefined) return answer;
  const statedLimit = detail.code === '0x80072322' ? statedRate(detail.message ?? '') : undefined;
  return {
    ...answer,
    message: `Dynamics 365 refuses by ${limit}`,
    ...(statedLimit === undefined ? {} : { statedLimit }),
  };
}

/** `… exceeded the limit of 6000 over time window of 300 seconds.`, in any language: the two numbers that it holds. */
function statedRate(message: string): Rate | undefined {
  const [count, seconds, ...others] = [...message.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const isRate = count !== undefined && count > 0 && count <= 1_000_000 && seconds === 300 && others.length === 0;
  return isRate ? { count, windowMs: seconds * 1_000 } : undefined;
}

/** `{"error":{"code":"0x…","message":"…"}}` */
function errorDetail(body: JsonObject): ReplyDetail {
  const { error } = body;
  if (!isJsonObject(error)) return {};
  const [code, message] = [textIn(error, 'code')?.toLowerCase(), textIn(error, 'message')];
  const known = code !== undefined && /^0x[0-9a-f]{8}$/.test(code) ? code : undefined;
  return {
    code: known,
    message: message === undefined ? undefined : excerpt(message, 500),
    hint: hints[known ?? ''],
  };
}

const hints: Readonly<Record<string, string>> = {
  '0x80040220': 'The role of the user lacks a privilege; an administrator of the environment can give it.',
  '0x80048306': 'The user has no access to this record or column.',
  '0x80048d19': 'A name or a value of the body does not fit the table: `oppatch fields` lists its columns.',
};

/** `Ada Kern, Northwind`: user and business unit. */
export function dynamicsAccount(reply: Reply): string | undefined {
  const user = objectsIn(listBody(reply, 'value'))[0];
  const unit = user?.['businessunitid'];
  return joinedTexts(
    [user?.['fullname'] ?? user?.['internalemailaddress'], isJsonObject(unit) ? unit['name'] : undefined],
    ', ',
  );
}

/** A user without the right to read users has proved who it is all the same. */
export function provesDynamics(reply: Reply): boolean {
  const body = jsonBody(reply);
  const code = isJsonObject(body) ? errorDetail(body).code : undefined;
  return reply.status === 200 || (reply.status === 403 && code === '0x80040220');
}
