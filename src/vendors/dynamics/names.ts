import type { Field } from '../../core/field.ts';
import { scalarText } from '../../core/json.ts';
import type { Metadata } from '../../core/vendor.ts';
import { textIn } from '../shared/metadata-reads.ts';
import { lookupsOf, navigationName } from './lookups.ts';
import { optionsOf } from './metadata.ts';
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
  for (const option of (metadata['reasons'] ?? []).flatMap(optionsOf)) {
    const [reason, state] = [scalarText(option['Value'] ?? null), option['State']];
    if (reason !== undefined && isState(state)) reasons.set(reason, state);
  }
  return reasons;
}
