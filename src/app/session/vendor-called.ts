import { OppatchError } from '../../core/errors.ts';
import { nearestHint } from '../../core/nearest.ts';
import type { Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { knownVendor, knownVendors } from './known-vendors.ts';

/** The vendor of this name, built in or described by a file. Throws `unknown-vendor` with the nearest name, or what is wrong with the file. */
export function vendorCalled({ env }: Pick<Host, 'env'>, name: string): Vendor {
  const found = knownVendor(env, name);
  if (found !== undefined) return found;
  const names = knownVendors(env).map((vendor) => vendor.name);
  throw new OppatchError('unknown-vendor', `There is no vendor ${name}.`, {
    hint: `${nearestHint(name, names)}Known are ${names.join(', ')}; \`oppatch vendors\` shows what each needs.`,
  });
}
