import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../src/profiles/resolve.ts';
import { askedSettings } from '../../../src/vendors/shared/asked-settings.ts';
import { findVendor } from '../../../src/vendors/index.ts';

describe('the settings that a person is asked for', () => {
  it.each(Object.entries(askedSettings))('are those of %s, and their choices are accepted', (vendorName, asked) => {
    const vendor = findVendor(vendorName);
    if (vendor === undefined) throw new Error(`There is no vendor ${vendorName}`);
    for (const { name, choices = [] } of asked) {
      expect(vendor.settings.map((setting) => setting.name)).toContain(name);
      for (const { value } of choices) checkSettings(vendor, { [name]: value });
    }
  });
});
