import { fieldTypes } from '../../core/difference.ts';
import type { Field } from '../../core/field.ts';
import { printable } from '../../core/printable.ts';
import type { RunEvent } from '../../core/run-event.ts';
import type { BulkReads, Settings, Vendor } from '../../core/vendor.ts';
import type { BatchParts } from '../../run/batch-sender.ts';
import type { Together } from '../edits/edits.ts';
import { createMerging } from '../edits/merging.ts';
import type { ReadParts } from '../../run/current-reader.ts';
import type { PlanParts } from '../../run/row-planner.ts';

interface AccountParts {
  readonly vendor: Vendor;
  readonly settings: Settings;
}

/** How this account's opportunities are read and edits planned by what they hold; undefined where the vendor can't be read. */
export function currentParts(
  { vendor, settings }: AccountParts,
  { bulk = true }: { readonly bulk?: boolean } = {},
): (ReadParts & PlanParts) | undefined {
  const { current, batches } = vendor;
  if (current === undefined) return undefined;
  return {
    call: (edit) => current.call(edit, settings),
    read: (reply, call) => current.read(reply, call),
    ...(current.bulk === undefined || !bulk ? {} : { bulk: bulkParts(current.bulk, settings) }),
    ...(batches?.keyField === undefined ? {} : { keyField: batches.keyField }),
    ...(current.together === undefined ? {} : { together: current.together }),
    ...(current.moved === undefined ? {} : { moved: current.moved }),
    ...(current.coupled === undefined ? {} : { coupled: current.coupled }),
    ...(current.echoed === undefined ? {} : { echoed: current.echoed }),
    isWritable: writableFields(vendor, settings),
    ...(current.audit === undefined ? {} : { audit: current.audit }),
    plan: (edit) => vendor.plan([edit], settings),
    typeOf: fieldTypes(vendor.fields(settings), (name) => vendor.openField?.(name, settings)),
  };
}

/** What of this account's calls serves several edits. */
export function togetherParts(
  account: AccountParts,
  { bulk, merge, looks = true }: { readonly bulk: boolean; readonly merge?: true; readonly looks?: boolean },
): Together {
  return {
    ...(merge === true
      ? { merged: { merging: createMerging(account), plan: (edit) => account.vendor.plan([edit], account.settings) } }
      : {}),
    writes: bulk ? batchParts(account) : undefined,
    looks: looks ? currentParts(account, { bulk }) : undefined,
  };
}

/** Whether a field, by the name that changes write it by, is one that edits may write. */
function writableFields(vendor: Vendor, settings: Settings): (field: string) => boolean {
  const known = new Map(
    vendor.fields(settings).map(({ name, writes, readOnly }) => [writes ?? name, readOnly === undefined]),
  );
  return (field) => {
    const writable = known.get(field) ?? isWritable(vendor.openField?.(field, settings));
    known.set(field, writable);
    return writable;
  };
}

function isWritable(field: Field | undefined): boolean {
  return field !== undefined && field.readOnly === undefined;
}

function bulkParts(bulk: BulkReads, settings: Settings): NonNullable<ReadParts['bulk']> {
  return {
    most: bulk.most,
    key: (edit) => bulk.key(edit, settings),
    call: (key, edits) => bulk.call(key, edits, settings),
    read: (reply, call) => bulk.read(reply, call),
  };
}

/** How several edits of this account are written by one call; undefined where each is sent by itself. */
export function batchParts({ vendor: { batches }, settings }: AccountParts): BatchParts | undefined {
  if (batches === undefined) return undefined;
  return {
    most: batches.most,
    waitsMs: batches.waitsMs,
    key: (edit) => batches.key(edit, settings),
    call: (key, edits) => batches.call(key, edits, settings),
  };
}

/** What to say once where an account can't be read. */
function cannotRead(reason: string): string {
  return `${reason}. Edits are sent without a look at what is there, and this run can't be undone.`;
}

/** What a person is told when an account turns out to be able to do less than its vendor offers. */
export function noticeOf(event: RunEvent): string | undefined {
  switch (event.kind) {
    case 'cannot-read':
      return cannotRead(event.message);
    case 'no-batches':
      return `Several rows in one call are not accepted (${printable(event.message)}); each row is sent by itself.`;
    case 'no-bulk-reads':
      return `Several opportunities in one read are not shown (${printable(event.message)}); each is looked at by itself.`;
    case 'call-sent':
    case 'call-replied':
    case 'throttled':
    case 'retry':
    case 'row-settled':
    case 'stopping':
      return undefined;
  }
}
