import type { SandboxQuota } from '../quota-window.ts';
import type { QuotaState } from '../vendor-server.ts';
import type { DescribedFile, QuotaPart } from './described-file.ts';

/** The quotas of a vendor file, as the sandbox counts and states them. */
export function sandboxQuotas({ quotas = [{ rate: '1/1s' }] }: DescribedFile): readonly SandboxQuota[] {
  return quotas.map(quotaOf);
}

function quotaOf({ rate, window, of }: QuotaPart): SandboxQuota {
  const [, count = '1', length = '1', unit = 's'] = /^(\d+)\/(\d*)(ms|s|m|h|d)$/.exec(rate) ?? [];
  const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 1_000;
  return {
    count: Number(count),
    windowMs: Number(length || '1') * unitMs,
    ...(window === undefined ? {} : { window }),
    ...(of === undefined ? {} : { group: of }),
  };
}

/** The headers of the quota that has this window. */
export function statedQuota(
  { quotas = [] }: DescribedFile,
  { limit, remaining, resetMs, windowMs }: QuotaState,
): Readonly<Record<string, string>> {
  const own = quotas.find((quota) => quotaOf(quota).windowMs === windowMs)?.headers;
  if (own === undefined) return {};
  const moment = Date.now() + resetMs;
  const reset = {
    s: Math.ceil(resetMs / 1000),
    ms: resetMs,
    'epoch-s': Math.ceil(moment / 1000),
    'epoch-ms': moment,
    iso: new Date(moment).toISOString(),
  }[own.unit ?? 's'];
  return {
    ...(own.limit === undefined ? {} : { [own.limit.toLowerCase()]: String(limit) }),
    ...(own.remaining === undefined ? {} : { [own.remaining.toLowerCase()]: String(remaining) }),
    ...(own.reset === undefined ? {} : { [own.reset.toLowerCase()]: String(reset) }),
  };
}
