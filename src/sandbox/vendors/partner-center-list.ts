import type { SandboxRecord } from '../records.ts';
import { isObject } from '../wire.ts';

const pageLength = 100;

/** The reply to a list of referrals: `$filter` of equalities joined by `and`, pages with `$skiptoken`. Undefined for a filter that is not understood. */
export function referralPage(
  query: URLSearchParams,
  records: readonly SandboxRecord[],
): Record<string, unknown> | undefined {
  const matches = filterOf(query.get('$filter'));
  if (matches === undefined) return undefined;
  const matching = records.filter(matches);
  const begin = Number(query.get('$skiptoken') ?? 0);
  const end = begin + Number(query.get('$top') ?? pageLength);
  const next = new URLSearchParams(query);
  next.set('$skiptoken', String(end));
  return {
    '@odata.count': matching.length,
    value: matching.slice(begin, end),
    // As the documented example writes it: another scheme, and a part of the path is missing.
    ...(end < matching.length
      ? { '@odata.nextLink': `http://api.partner.microsoft.com/v1.0/referrals?${next.toString()}` }
      : {}),
  };
}

const equality = /^\(?([A-Za-z][\w/]*) eq ('(?:[^']|'')*'|\d+|true|false)\)?$/;

function filterOf(text: string | null): ((record: SandboxRecord) => boolean) | undefined {
  if (text === null) return () => true;
  const conditions = text.split(/ and (?=\(?[A-Za-z][\w/]* eq )/).map((part) => equality.exec(part.trim()));
  const parsed = conditions.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]));
  if (parsed.length < conditions.length) return undefined;
  return (record) =>
    parsed.every(([path, literal]) => {
      const held = path
        .split('/')
        .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), record);
      return literal.startsWith("'") ? held === literal.slice(1, -1).replaceAll("''", "'") : String(held) === literal;
    });
}
