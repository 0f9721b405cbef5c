import { fieldTypes } from '../core/difference.ts';
import type { Settings, Vendor } from '../core/vendor.ts';
import type { ReadParts } from '../run/current-reader.ts';
import type { PlanParts } from '../run/row-planner.ts';

/** How this account's opportunities are read and edits planned by what they hold; undefined where the vendor can't be read. */
export function currentParts({
  vendor,
  settings,
}: {
  readonly vendor: Vendor;
  readonly settings: Settings;
}): (ReadParts & PlanParts) | undefined {
  const { current } = vendor;
  if (current === undefined) return undefined;
  return {
    call: (edit) => current.call(edit, settings),
    read: (reply, call) => current.read(reply, call),
    ...(current.together === undefined ? {} : { together: current.together }),
    ...(current.moved === undefined ? {} : { moved: current.moved }),
    ...(current.audit === undefined ? {} : { audit: current.audit }),
    plan: (edit) => vendor.plan([edit], settings),
    typeOf: fieldTypes(vendor.fields(settings), (name) => vendor.openField?.(name, settings)),
  };
}

/** What to say once where an account can't be read. */
export function cannotRead(reason: string): string {
  return `${reason}. Edits are sent without a look at what is there, and this run can't be undone.`;
}
