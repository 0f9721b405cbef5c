import type { Answer, Call, QuotaNotice, Reading, Reply } from '../../core/call.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import { jsonBody, settled, statusAnswer, retryAfterMs, throttled, type ReplyDetail } from '../shared/http-status.ts';
import { joinedTexts, textIn } from '../shared/metadata-reads.ts';
import { quotaNotice } from '../shared/rate-limit-header.ts';
import { objectBody } from '../shared/record-reads.ts';

/**
 * What a reply means. The one success that Pipedrive documents is 200 with `success: true` and the deal in `data`.
 * https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes, as of 2026-09.
 */
export function readPipedrive(reply: Reply, call: Call): Reading {
  const quota = notices(reply);
  const requestId = reply.headers['x-correlation-id'];
  const answer = answerOf(reply, call);
  return {
    ...answer,
    ...(quota.length === 0 ? {} : { quota }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function answerOf(reply: Reply, call: Call): Answer {
  const { status } = reply;
  const body = jsonBody(reply);
  const object = isJsonObject(body) ? body : undefined;
  const detail = object === undefined ? {} : errorDetail(object);
  if (status === 403 && object === undefined) return blocked;
  if (status === 429) return refusedForQuota(reply, object);
  if (status === 402 || (status === 403 && isScopeRefusal(object))) {
    const code = status === 402 ? 'account-not-open' : 'scope-missing';
    const hint =
      status === 402
        ? "The company's Pipedrive account is not open (a trial that ended, a bill): see to it there, then resume."
        : 'Give the app the scopes base, deals:full and users:read, and install it again; an API token has all rights of its user.';
    return { kind: 'unauthorised', code, message: detail.message ?? `HTTP ${status}`, hint };
  }
  if (status === 200 && object?.['success'] === true) {
    const { data } = object;
    // A list or the account where the call carries no edit; else the one deal that was meant.
    if (call.edits.length === 0 || call.method === 'GET')
      return data === undefined || data === null ? statusAnswer(reply, call) : settled(call, { kind: 'applied' });
    if (isJsonObject(data) && typeof data['id'] === 'number') return settled(call, { kind: 'applied', echo: data });
  }
  if (status === 200 && object?.['success'] === false)
    return settled(call, {
      kind: 'rejected',
      code: detail.code ?? 'refused',
      message: detail.message ?? 'Pipedrive gives no reason',
    });
  return statusAnswer(reply, call, detail);
}

/** Cloudflare's page, after refusals for lack of quota were not heeded: no call is served until it lets go. */
const blocked: Answer = {
  kind: 'unsupported',
  code: 'blocked',
  message: 'Pipedrive answered with a page instead of data (HTTP 403): its gateway blocks this machine for some time',
  hint: 'It does so after too many calls. Wait an hour, then resume with a lower --rate.',
};

function isScopeRefusal(body: JsonObject | undefined): boolean {
  return typeof body?.['error'] === 'string' && /scope and url mismatch/i.test(body['error']);
}

/** A refusal for lack of quota that asks for a longer pause than this is that of the day. */
const longestBurstPauseMs = 60_000;
const burstPauseMs = 2_000;

/** The day's budget or the burst of two seconds: the reply's own words are the only sign that was seen of the day, 2026-08. */
function refusedForQuota(reply: Reply, body: JsonObject | undefined): Answer {
  const waitMs = retryAfterMs(reply.headers, reply.receivedAtMs);
  const text = typeof body?.['error'] === 'string' ? body['error'] : '';
  const daySpent =
    /daily request budget exceeded/i.test(text) ||
    reply.headers['x-daily-ratelimit-token-remaining'] === '0' ||
    (waitMs ?? 0) > longestBurstPauseMs;
  if (daySpent)
    return {
      kind: 'quota-exhausted',
      message: "Pipedrive's budget of the day is used up for the whole company",
      ...(waitMs === undefined ? {} : { resetMs: waitMs }),
    };
  const resetMs = burstResetMs(reply);
  const message = 'Pipedrive takes no more calls in this window of two seconds';
  const isSpent = reply.headers['x-ratelimit-remaining'] === '0' && resetMs !== undefined;
  return throttled(message, waitMs ?? (isSpent ? Math.max(resetMs, burstPauseMs) : undefined));
}

/** Its unit is not documented; clients take seconds. No window is longer than two. */
function burstResetMs({ headers }: Reply): number | undefined {
  const seconds = wholeNumber(headers['x-ratelimit-reset']);
  return seconds === undefined ? undefined : Math.min(seconds, 10) * 1_000;
}

function notices(reply: Reply): readonly QuotaNotice[] {
  const { headers } = reply;
  const burst = notice('burst', headers['x-ratelimit-limit'], headers['x-ratelimit-remaining'], burstResetMs(reply));
  const day = notice('tokens', headers['x-daily-ratelimit-token-limit'], headers['x-daily-ratelimit-token-remaining']);
  return [...burst, ...day];
}

function notice(meter: string, limitText?: string, remainingText?: string, resetMs?: number): QuotaNotice[] {
  const limit = wholeNumber(limitText);
  const remaining = wholeNumber(remainingText);
  if (limit === undefined && remaining === undefined) return [];
  return [quotaNotice(limit, remaining, resetMs, meter) ?? {}];
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** `{"success":false,"error":"text","code":"ERR_…"}`; any member may be absent, and `error_info` says the same of every refusal. */
function errorDetail(body: JsonObject): ReplyDetail {
  const [code, error] = [textIn(body, 'code'), textIn(body, 'error')];
  return { code, message: error === undefined ? undefined : excerpt(error, 500) };
}

/** `Ada Kern, Northwind` from GET /v1/users/me. */
export function pipedriveAccount(reply: Reply): string | undefined {
  const data = objectBody(reply)?.['data'];
  return isJsonObject(data) ? joinedTexts([data['name'], data['company_name']], ', ') : undefined;
}
