import type { Metadata } from '../../core/vendor.ts';
import { textIn } from '../shared/metadata-reads.ts';

/*
 * How lookups are written. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-navigation-properties and
 * …/webapi/associate-disassociate-entities-using-web-api, as of 2026-10.
 */

/** A table that a lookup leads to, and the property by which it is written then. */
export interface LookupTarget {
  readonly entitySet: string | undefined;
  readonly navigation: string;
}

/** By the name of the column. */
export type Lookups = ReadonlyMap<string, readonly LookupTarget[]>;

export function lookupsOf(metadata: Metadata, sets: ReadonlyMap<string, string>): Lookups {
  const lookups = new Map<string, LookupTarget[]>();
  for (const one of metadata['lookups'] ?? []) {
    const column = textIn(one, 'ReferencingAttribute');
    const navigation = textIn(one, 'ReferencingEntityNavigationPropertyName');
    if (column === undefined || navigation === undefined) continue;
    const target = { entitySet: sets.get(textIn(one, 'ReferencedEntity') ?? ''), navigation };
    lookups.set(column, [...(lookups.get(column) ?? []), target]);
  }
  return lookups;
}

/** Lookups to several tables have a name for each; those to one are named like the column, but for the capitals of custom ones. */
export function navigationName(column: string, entitySet: string | undefined, lookups: Lookups): string {
  const targets = lookups.get(column) ?? [];
  const [first, ...others] = targets;
  const fitting = targets.find((one) => one.entitySet === entitySet) ?? (others.length === 0 ? first : undefined);
  if (fitting !== undefined) return fitting.navigation;
  if (column === 'customerid') return entitySet === 'contacts' ? 'customerid_contact' : 'customerid_account';
  return column;
}
