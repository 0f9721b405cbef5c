import type { Answer, Call, Reading, Reply } from '../../core/call.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { jsonBody, settled, statusAnswer } from '../shared/http-status.ts';
import { rateLimitNotice } from '../shared/rate-limit-header.ts';
import { closeErrorDetail } from './errors.ts';

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
    const refusal = closeErrorDetail(reply.status, body);
    if (typeof body['id'] === 'string' && refusal.message === undefined)
      return settled(call, { kind: 'applied', echo: body });
  }
  return statusAnswer(reply, call, isJsonObject(body) ? closeErrorDetail(reply.status, body) : {});
}

/** `Ada Kern, Northwind` from GET /me/. */
export function closeAccount(reply: Reply): string | undefined {
  const body = jsonBody(reply);
  if (reply.status !== 200 || !isJsonObject(body)) return undefined;
  const { organizations } = body;
  const organization = Array.isArray(organizations) ? (organizations as readonly Json[])[0] : undefined;
  const name = joined([body['first_name'], body['last_name']], ' ') ?? body['email'];
  return joined([name, isJsonObject(organization) ? organization['name'] : undefined], ', ');
}

function joined(parts: readonly (Json | undefined)[], separator: string): string | undefined {
  const texts = parts.flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : []));
  return texts.length === 0 ? undefined : texts.join(separator);
}
