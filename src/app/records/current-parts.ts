import { fieldTypes } from '../../core/difference.ts';
import type { Field } from '../../core/field.ts';
import { namesOf } from '../../core/names.ts';
import { printable } from '../../core/printable.ts';
import type { Notice, RunEvent } from '../../core/run-event.ts';
import type { Service } from '../../core/vendor.ts';
import { wholeLists } from '../../core/whole-lists.ts';
import type { Account } from '../../profiles/resolve.ts';
import type { CallSharing } from '../edits/edits-tally.ts';
import { createMerging } from '../edits/merging.ts';
import type { PlannedRecord } from '../../report/plan-text.ts';
import type { ReadParts } from '../../run/record-reader.ts';
import type { PlanParts, RowPlan } from '../../run/row-planner.ts';

type AccountParts = Pick<Account, 'service'>;

/** What was read of the record, for people; undefined where nothing was read. */
export function plannedRecord(plan: RowPlan | undefined): PlannedRecord | undefined {
  if (plan?.kind === 'send') return { about: plan.planned, differences: plan.differences, values: plan.seen };
  return plan?.kind === 'ended' ? { about: plan.name ?? {}, differences: [] } : undefined;
}

/** How this account's opportunities are read and edits planned by what they hold; undefined where they can't be read. */
export function currentParts(
  { service }: AccountParts,
  { bulk = true }: { readonly bulk?: boolean } = {},
): (ReadParts & PlanParts) | undefined {
  const { records, batches, canonicalId } = service;
  if (records === undefined) return undefined;
  const { bulk: bulkReads, ...singly } = records;
  const names = namesOf(service);
  return {
    ...singly,
    ...(bulkReads === undefined || !bulk ? {} : { bulk: bulkReads }),
    ...(canonicalId === undefined ? {} : { canonicalId }),
    ...(batches?.keyField === undefined ? {} : { keyField: batches.keyField }),
    isWritable: writableFields(service),
    plan: service.plan,
    ...(service.audit === undefined ? {} : { editAudit: service.audit }),
    wholeList: wholeLists(service),
    valueText: (field, value) => names.text(field, value),
    currencyField: names.currencyField,
    typeOf: fieldTypes(service.fields, (name) => service.openField?.(name)),
  };
}

/** What of this account's calls serves several edits. */
export function callSharing(
  account: AccountParts,
  options: {
    readonly bulk: boolean;
    readonly merge?: true;
    readonly reads?: boolean;
    readonly failFast?: true;
    readonly maxErrors?: unknown;
  },
): CallSharing {
  const { bulk, merge, reads = true, failFast, maxErrors } = options;
  const makesJobs = bulk && failFast !== true && maxErrors === undefined;
  return {
    ...(merge === true ? { merged: { merging: createMerging(account), plan: account.service.plan } } : {}),
    ...(account.service.canonicalId === undefined ? {} : { canonicalId: account.service.canonicalId }),
    writes: bulk ? account.service.batches : undefined,
    jobs: makesJobs ? account.service.jobs : undefined,
    reads: reads ? currentParts(account, { bulk }) : undefined,
  };
}

/** Whether a field, by the name that changes write it by, is one that edits may write. */
function writableFields(service: Service): (field: string) => boolean {
  const known = new Map(service.fields.map(({ name, writes, readOnly }) => [writes ?? name, readOnly === undefined]));
  return (field) => {
    const writable = known.get(field) ?? isWritable(service.openField?.(field));
    known.set(field, writable);
    return writable;
  };
}

function isWritable(field: Field | undefined): boolean {
  return field !== undefined && field.readOnly === undefined;
}

const notices: Readonly<Record<Notice, (message: string) => string>> = {
  'cannot-read': (message) =>
    `${message}. Edits are sent without reading current values first, and this run can't be undone.`,
  'no-batches': (message) =>
    `Several rows in one call are not accepted (${printable(message)}); each row is sent by itself.`,
  'no-bulk-reads': (message) =>
    `The vendor does not show several opportunities in one read (${printable(message)}); each is read by itself.`,
  'no-jobs': (message) => `A job for many rows is not accepted (${printable(message)}); rows are sent without.`,
  'odd-results': (message) => printable(message),
};

/** What a person is told when an account turns out to be able to do less than its vendor offers. */
export function noticeOf(event: RunEvent): string | undefined {
  return event.kind === 'notice' ? notices[event.notice](event.message) : undefined;
}
