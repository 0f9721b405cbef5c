import type { Settings, Vendor } from '../../core/vendor.ts';

/** What the settings are where nobody gives any. */
export function defaultSettings(vendor: Vendor): Settings {
  return Object.fromEntries(vendor.settings.map((setting) => [setting.name, setting.default]));
}
