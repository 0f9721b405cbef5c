import { OppatchError } from '../../core/errors.ts';
import { nearestName } from '../../core/nearest.ts';
import type { Settings, Vendor } from '../../core/vendor.ts';

/** The vendor of this name. Throws `unknown-vendor` with the nearest name. */
export function vendorCalled(name: string, vendors: readonly Vendor[]): Vendor {
  const found = vendors.find((vendor) => vendor.name === name);
  if (found !== undefined) return found;
  const names = vendors.map((vendor) => vendor.name);
  const near = nearestName(name, names);
  throw new OppatchError('unknown-vendor', `There is no vendor ${name}.`, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}Known are ${names.join(', ')}; \`oppatch vendors\` tells what each needs.`,
  });
}

/** What the settings are where nobody gives any. */
export function defaultSettings(vendor: Vendor): Settings {
  return Object.fromEntries(vendor.settings.map((setting) => [setting.name, setting.default]));
}
