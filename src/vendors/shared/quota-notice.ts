import type { QuotaNotice } from '../../core/call.ts';

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
