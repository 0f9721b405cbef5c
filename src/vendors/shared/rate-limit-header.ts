import type { QuotaNotice, Reply } from '../../core/call.ts';
import { boundedWaitMs } from './http-status.ts';

/**
 * What the `RateLimit` header fields say, in each form that is in use:
 * `limit=100, remaining=50, reset=5` (https://developer.close.com/api/overview/rate-limits, 2026-10; `reset` in seconds, may be a decimal),
 * `"default";r=50;t=5` with `RateLimit-Policy: "default";q=100;w=60` (draft-ietf-httpapi-ratelimit-headers-10), of which the policy with
 * the least left counts, and the older three fields `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`.
 * Undefined where none of them holds a number.
 */
export function rateLimitNotice(headers: Reply['headers']): QuotaNotice | undefined {
  const text = (headers['ratelimit'] ?? '').slice(0, 2_000);
  // Each reply of a bulk run comes through here.
  const plain = plainForm.exec(text);
  if (plain !== null) return notice(Number(plain[1]), Number(plain[2]), Number(plain[3]));
  const structured = text === '' ? undefined : leastLeft(text);
  if (structured !== undefined) {
    return notice(policyQuota(headers, structured), structured.get('r'), structured.get('t'));
  }
  const flat: Parameters = text === '' ? none : parameters(text.replaceAll(',', ';'));
  return notice(
    flat.get('limit') ?? numberOf(headers['ratelimit-limit']),
    flat.get('remaining') ?? numberOf(headers['ratelimit-remaining']),
    flat.get('reset') ?? numberOf(headers['ratelimit-reset']),
  );
}

/** The first form, as its vendor writes it. */
const plainForm = /^limit=(\d{1,12}), remaining=(\d{1,12}), reset=(\d{1,12}(?:\.\d{1,9})?)$/;

/** Of `"name";r=50;t=5, …` the policy with the least left; undefined where none tells what is left. */
function leastLeft(text: string): Parameters | undefined {
  if (!/(?:^|[;,\s])r\s*=/i.test(text)) return undefined;
  const policies = text.split(',').map(parameters);
  return policies.filter((policy) => policy.has('r')).sort((a, b) => (a.get('r') ?? 0) - (b.get('r') ?? 0))[0];
}

const none: Parameters = new Map();

type Parameters = ReadonlyMap<string, number> & { readonly name?: string };

/** The numbers of `"name";r=50;t=5`, names in lower case. */
function parameters(item: string): Parameters {
  const parts = item.split(';');
  const found = new Map<string, number>();
  for (const part of parts) {
    const [key = '', value = ''] = part.split('=', 2);
    const number = numberOf(value);
    if (number !== undefined) found.set(key.trim().toLowerCase(), number);
  }
  return Object.assign(found, { name: (parts[0] ?? '').trim() });
}

function policyQuota(headers: Reply['headers'], limit: Parameters): number | undefined {
  const policies = (headers['ratelimit-policy'] ?? '').slice(0, 2_000).split(',').map(parameters);
  return policies.find(({ name }) => name === limit.name)?.get('q');
}

function numberOf(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  const plain = trimmed.startsWith('"') ? trimmed.replace(/^"(.*)"$/, '$1') : trimmed;
  return /^\d{1,12}(?:\.\d{1,9})?$/.test(plain) ? Number(plain) : undefined;
}

function notice(limit?: number, remaining?: number, resetSeconds?: number): QuotaNotice | undefined {
  return quotaNotice(limit, remaining, resetSeconds === undefined ? undefined : boundedWaitMs(resetSeconds * 1000));
}

/** What a reply says of a quota; undefined where it says nothing. `meter`: its name, where there are several. */
export function quotaNotice(
  limit: number | undefined,
  remaining: number | undefined,
  resetMs?: number,
  meter?: string,
): QuotaNotice | undefined {
  if (limit === undefined && remaining === undefined && resetMs === undefined) return undefined;
  return {
    ...(meter === undefined ? {} : { meter }),
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs }),
  };
}
