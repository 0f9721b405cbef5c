import { environmentName } from '../../profiles/environment-name.ts';
import { listed } from '../../app/session/setting-flags.ts';
import { vendorOutlines } from '../../app/session/vendor-outlines.ts';

/** `A, B and C`: the vendors, for people. */
export const vendorTitles = listed(vendorOutlines.map(({ title }) => title));

/** A vendor for the examples of help, as its own declaration gives them. `number`: 0 for the last of the list, 1 for the one before it. */
export function exampleVendor(number: number): {
  readonly name: string;
  readonly id: string;
  readonly change: string;
  /** `NAME=… NAME=…`: the environment of its simplest credentials. */
  readonly environment: string;
} {
  const vendor = vendorOutlines.at(-1 - (number % vendorOutlines.length));
  if (vendor === undefined) throw new Error('there are no vendors');
  const { name, example, credentials } = vendor;
  return {
    name,
    ...example,
    environment: credentials.map((credential) => `${environmentName(name, credential)}=…`).join(' '),
  };
}
