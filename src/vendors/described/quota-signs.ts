import type { QuotaNotice, Reply } from '../../core/call.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { boundedWaitMs, httpDateMs, retryAfterMs } from '../shared/http-status.ts';
import { quotaNotice } from '../shared/rate-limit-header.ts';
import type { VendorForm, WaitForm } from './form.ts';
import { lookUp } from './pointers.ts';

/** What replies say of the quota, in the headers and members that the file names. */

/** A notice for each quota whose headers the reply has. */
export function quotaNotices({ quotas = [] }: VendorForm, reply: Reply): readonly QuotaNotice[] {
  return quotas.flatMap(({ headers }, index): QuotaNotice | readonly QuotaNotice[] => {
    if (headers === undefined) return [];
    const header = (name: string | undefined): string | undefined =>
      name === undefined ? undefined : reply.headers[name.toLowerCase()];
    const limit = countOf(header(headers.limit));
    const remaining = countOf(header(headers.remaining));
    const resetMs = waitOf(header(headers.reset), headers.unit ?? 's', reply);
    const meter = quotas.length === 1 ? undefined : meterName({ quotas }, index);
    return quotaNotice(limit, remaining, resetMs, meter) ?? [];
  });
}

/** The name of a quota; the first without one is `calls`. */
export function meterName({ quotas = [] }: Pick<VendorForm, 'quotas'>, index: number): string {
  const quota = quotas[index];
  return quota?.name ?? (index === 0 ? 'calls' : quota?.of === 'batches' ? 'batches' : `calls-${index + 1}`);
}

/**
 * How long a refusal asks to wait: Retry-After, else the first place of the file that says something, else the end of the window, else the file's own
 * pause. A page from something in between has no part in that, but for `ownMs`, the pause of the rule that the reply fits.
 */
export function pauseMs(form: VendorForm, reply: Reply, body: Json | undefined, ownMs?: number): number | undefined {
  const { wait = [], pause } = form.throttled ?? {};
  const stated = wait.map(({ header, at, unit }) => {
    const text =
      header === undefined
        ? (scalarText(lookUp(body, at ?? '') ?? null) ?? undefined)
        : reply.headers[header.toLowerCase()];
    return waitOf(text, unit, reply);
  });
  const resets = quotaNotices(form, reply).map(({ resetMs }) => resetMs || undefined);
  return (
    retryAfterMs(reply.headers, reply.receivedAtMs) ??
    stated.find((waitMs) => waitMs !== undefined) ??
    resets.find((waitMs) => waitMs !== undefined) ??
    ownMs ??
    (/^\s*</.test(reply.body) ? undefined : pause)
  );
}

function countOf(text: string | undefined): number | undefined {
  const first = text === undefined ? undefined : /^\s*(\d{1,12})(?:\.\d+)?\s*(?:[,;].*)?$/.exec(text)?.[1];
  return first === undefined ? undefined : Number(first);
}

/** Milliseconds from now, a day at most. A moment is counted from the server's own clock where the reply shows it; one too small for that is taken as a time. */
function waitOf(
  text: string | undefined,
  unit: WaitForm['unit'],
  { headers, receivedAtMs }: Reply,
): number | undefined {
  if (text === undefined) return undefined;
  const nowMs = httpDateMs(headers['date']) ?? receivedAtMs;
  if (unit === 'iso') {
    const momentMs = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/.test(text.trim())
      ? Date.parse(text.trim())
      : Number.NaN;
    return Number.isNaN(momentMs) ? undefined : boundedWaitMs(momentMs - nowMs);
  }
  if (!/^\s*\d{1,15}(?:\.\d+)?\s*$/.test(text)) return undefined;
  const number = Number(text);
  if (unit === 's' || unit === 'ms') return boundedWaitMs(unit === 's' ? number * 1000 : number);
  const scale = unit === 'epoch-s' ? 1000 : 1;
  return boundedWaitMs(number * scale < 100_000_000_000 ? number * scale : number * scale - nowMs);
}
