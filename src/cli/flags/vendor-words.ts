import type { Vendor } from '../../core/vendor.ts';
import { environmentName } from '../../profiles/environment-name.ts';
import { vendors } from '../../vendors/index.ts';
import { listed } from '../../app/session/setting-flags.ts';

const all: readonly Vendor[] = vendors;

/** `A, B and C`: the vendors, for people. */
export const vendorTitles = listed(all.map(({ title }) => title));

/** A vendor for the examples of help, as its own declaration gives them. `number`: 0 for the last of the list, 1 for the one before it. */
export function exampleVendor(number: number): {
  readonly name: string;
  readonly id: string;
  readonly change: string;
  /** `NAME=… NAME=…`: the environment of its simplest credentials. */
  readonly environment: string;
} {
  const vendor = all.at(-1 - (number % all.length));
  if (vendor === undefined) throw new Error('there are no vendors');
  const { name, example, credentials } = vendor;
  const fields = (credentials[0]?.fields ?? []).filter(({ optional }) => optional !== true);
  return {
    name,
    ...example,
    environment: fields.map((field) => `${environmentName(name, field.name)}=…`).join(' '),
  };
}
