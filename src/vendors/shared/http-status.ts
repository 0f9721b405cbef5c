import type { Answer, Call, QuotaNotice, Reading, Reply, Verdict } from '../../core/call.ts';
import { jsonIn, type Json } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';

/** What the vendor's own body says of a reply, where it says something. */
export interface ReplyDetail {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * What a status normally means (RFC 9110, RFC 6585, RFC 8470), for everything that the vendor gives no other meaning. It fits any
 * status: one that says "done" but came with a body that the vendor's file did not understand is `transient`, perhaps applied.
 */
export function statusAnswer(reply: Reply, call: Call, detail: ReplyDetail = {}): Reading {
  const answer = answerOf(reply, call, detail);
  return detail.requestId === undefined ? answer : { ...answer, requestId: detail.requestId };
}

function answerOf(reply: Reply, call: Call, detail: ReplyDetail): Answer {
  const { status } = reply;
  const code = detail.code ?? `http-${status}`;
  const message = detail.message ?? statusMessage(reply);
  const hint = detail.hint === undefined ? {} : { hint: detail.hint };
  const waitMs = retryAfterMs(reply.headers, reply.receivedAtMs);
  const wait = waitMs === undefined ? {} : { waitMs };

  if (status === 401) return { kind: 'unauthorised', code, message, hint: detail.hint ?? credentialsHint };
  if (status === 429) return { kind: 'throttled', message, ...wait };
  if (status === 412) return settled(call, { kind: 'conflict', code, message, ...hint });
  // 408: whoever answers may have cut off a request that went through; 425: the request was not processed (RFC 8470).
  if (status === 408 || status === 425) {
    return { kind: 'transient', code, message, mayHaveApplied: status === 408, ...wait };
  }
  if (status >= 300 && status < 400) return settled(call, redirected(reply));
  if ((status >= 400 && status < 500) || finalServerErrors.has(status)) {
    return settled(call, { kind: 'rejected', code, message, ...hint });
  }
  if (status >= 200 && status < 300) {
    return { kind: 'transient', code: detail.code ?? 'unreadable-reply', message, mayHaveApplied: true, ...wait };
  }
  // A repeat under a guard would be refused if the first one went through after all.
  const mayHaveApplied = !(status === 503 && call.repeatable === true && call.guard === undefined);
  return { kind: 'transient', code, message, mayHaveApplied, ...wait };
}

/** The method or the version of HTTP is not known there, or the storage is full: the same call will be refused again. */
const finalServerErrors: ReadonlySet<number> = new Set([501, 505, 507]);

export const credentialsHint = 'Check the credentials with `oppatch profile check`.';

/** The same verdict for every edit of the call, and one for the call itself where it carries no edit. */
export function settled(call: Call, verdict: Verdict): Answer {
  return { kind: 'settled', verdicts: call.edits.length > 1 ? call.edits.map(() => verdict) : [verdict] };
}

/** The answer with what the reply says of the quota besides, and the vendor's name for the exchange. */
export function withSigns(answer: Reading, quota: readonly QuotaNotice[], requestId?: string): Reading {
  return {
    ...answer,
    ...(quota.length === 0 ? {} : { quota }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/**
 * A refusal of a batch as one of the whole; any other answer as it is. `suspects`: the edits that the reply points at. `status`: of the reply, where one
 * that is not found or not allowed means that no call of several edits is accepted.
 */
export function refusedWhole(
  answer: Reading,
  call: Call,
  { suspects = [], status }: { readonly suspects?: readonly number[]; readonly status?: number } = {},
): Reading {
  const [verdict] = answer.kind === 'settled' && call.step === 'batch' ? answer.verdicts : [];
  if (verdict?.kind !== 'rejected') return answer;
  return {
    ...verdict,
    kind: 'refused-whole',
    ...(status === 404 || status === 405 ? { unsupported: true } : {}),
    ...(suspects.length === 0 ? {} : { suspects }),
  };
}

export function throttled(
  message: string,
  waitMs: number | undefined,
): Extract<Answer, { readonly kind: 'throttled' }> {
  return { kind: 'throttled', message, ...(waitMs === undefined ? {} : { waitMs }) };
}

/** Redirects are never followed: the credentials would go with them. Only the origin of the target is told, its query may hold keys. */
function redirected(reply: Reply): Verdict {
  const target = reply.headers['location'] ?? '';
  const origin = URL.canParse(target) ? new URL(target).origin : undefined;
  return {
    kind: 'rejected',
    code: 'redirected',
    message: `the address answered with a redirect (HTTP ${reply.status}${origin === undefined ? '' : ` to ${origin}`}), which is not followed`,
    hint: 'Check --base-url: it must be the address of the API itself.',
  };
}

/** `the vendor answered HTTP 502: Bad gateway`, with the beginning of what the body shows to people. */
export function statusMessage(reply: Reply): string {
  const page = pageExcerpt(reply);
  const unreadable = reply.status >= 200 && reply.status < 300 ? ' with a body that is not understood' : '';
  return `the vendor answered HTTP ${reply.status}${unreadable}${page === undefined ? '' : `: ${page}`}`;
}

const longestWaitMs = 86_400_000;

/** Milliseconds that may be waited: whole, not below 0, a day at most. */
export function boundedWaitMs(waitMs: number): number {
  return Math.min(Math.max(0, Math.ceil(waitMs)), longestWaitMs);
}

/** The moment of an HTTP date in its usual form, in milliseconds; undefined for another text. */
export function httpDateMs(text = ''): number | undefined {
  const dateMs = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : dateMs;
}

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: seconds (decimals too, which some vendors send) or an HTTP date. A
 * date in the past is 0, more than a day is a day; anything else is undefined.
 */
export function retryAfterMs(headers: Reply['headers'], receivedAtMs: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) return boundedWaitMs(Number(text) * 1000);
  if (!httpDateForm.test(text)) return undefined;
  const dateMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(dateMs) ? undefined : boundedWaitMs(dateMs - receivedAtMs);
}

/** IMF-fixdate and the two obsolete forms of RFC 9110 all begin with the name of a day. */
const httpDateForm = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [A-Za-z0-9 :-]{8,40}$/;

/** The body as JSON, a byte order mark tolerated; undefined for anything that is not JSON, such as a proxy's page or a cut body. */
export function jsonBody(reply: Reply): Json | undefined {
  const text = (reply.body.startsWith('\ufeff') ? reply.body.slice(1) : reply.body).trim();
  return text === '' || text.startsWith('<') ? undefined : jsonIn(text);
}

/** The title of a page, else the first words of a body as a person would see it; short and printable. Undefined for an empty body. */
export function pageExcerpt(reply: Reply): string | undefined {
  const start = reply.body.slice(0, 8_000);
  const title = /<title[^<>]*>([^<]+)/i.exec(start)?.[1];
  const text = /^\s*</.test(start) ? withoutMarkup(start) : start;
  const words = excerpt((title ?? text).replace(/\s+/g, ' ').trim(), 120);
  return words === '' ? undefined : words;
}

function withoutMarkup(page: string): string {
  return page.replace(/<(script|style)\b[^<]*(?:<(?!\/\1)[^<]*)*/gi, ' ').replace(/<[^<>]*>/g, ' ');
}
