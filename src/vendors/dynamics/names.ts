import type { Field } from '../../core/field.ts';
import { scalarText } from '../../core/json.ts';
import type { Metadata } from '../../core/vendor.ts';
import { objectsIn, textIn } from '../shared/metadata-reads.ts';
import { fieldsWith } from './own-fields.ts';
import { isState, standardReasons, type State, type StateOf } from './states.ts';

/** What is known of an environment: its columns, and what is needed to write and read lookups and states. */
export interface DynamicsNames {
  readonly fields: readonly Field[];
  /** The property by which a lookup is written: of a column, and the set of the target; letter case counts. Absent target: of an emptied one. */
  readonly navigation: (column: string, entitySet?: string) => string;
  /** Columns whose values are bound to a record: `ownerid`. */
  readonly isLookup: (column: string) => boolean;
  /** Columns of several choices. */
  readonly isSeveral: (column: string) => boolean;
  readonly stateOf: StateOf;
  /** Logical name of a table to the set that it is addressed by. */
  readonly entitySet: (table: string) => string | undefined;
  /** Whether the table takes a version as a condition. */
  readonly locks: boolean;
}

const standardSets: Readonly<Record<string, string>> = {
  systemuser: 'systemusers',
  team: 'teams',
  account: 'accounts',
  contact: 'contacts',
  transactioncurrency: 'transactioncurrencies',
  campaign: 'campaigns',
  pricelevel: 'pricelevels',
};

const standardLookups: ReadonlySet<string> = new Set([
  'ownerid',
  'transactioncurrencyid',
  'customerid',
  'parentaccountid',
  'parentcontactid',
  'campaignid',
  'pricelevelid',
]);

export function dynamicsNames(metadata: Metadata): DynamicsNames {
  const sets = new Map(Object.entries(standardSets));
  for (const one of metadata['sets'] ?? []) {
    const [name, set] = [textIn(one, 'LogicalName'), textIn(one, 'EntitySetName')];
    if (name !== undefined && set !== undefined) sets.set(name, set);
  }
  const lookups = lookupsOf(metadata, sets);
  const reasons = reasonsOf(metadata);
  const several = new Set((metadata['several-choices'] ?? []).map((one) => one['LogicalName']));
  return {
    fields: fieldsWith(metadata, lookups),
    navigation: (column, entitySet) => navigationName(column, entitySet, lookups),
    isLookup: (column) => standardLookups.has(column) || lookups.has(column),
    isSeveral: (column) => several.has(column),
    stateOf: (reason) => reasons.get(reason) ?? standardReasons[reason],
    entitySet: (table) => sets.get(table),
    locks: !(metadata['sets'] ?? []).some((one) => one['IsOptimisticConcurrencyEnabled'] === false),
  };
}

function reasonsOf(metadata: Metadata): ReadonlyMap<string, State> {
  const reasons = new Map<string, State>();
  for (const option of (metadata['reasons'] ?? []).flatMap((column) => objectsIn(column['options']))) {
    const [reason, state] = [scalarText(option['Value'] ?? null), option['State']];
    if (reason !== undefined && isState(state)) reasons.set(reason, state);
  }
  return reasons;
}

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
