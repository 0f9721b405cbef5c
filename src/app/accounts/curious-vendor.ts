import type { Field } from '../../core/field.ts';
import type { Settings, Vendor } from '../../core/vendor.ts';

/** A vendor to read edits with, which finds out whether they can be judged without metadata. */
export interface CuriousVendor {
  readonly vendor: Vendor;
  /** What metadata is needed for, as far as the edits have been read: to understand a name, or to check what can be sent without it. */
  readonly need: () => 'names' | 'checks' | undefined;
}

/** It reads edits as the vendor does, its own warnings among them. */
export function curiousVendor(vendor: Vendor, settings: Settings): CuriousVendor {
  const { metadata } = vendor;
  let found: 'names' | 'checks' | undefined;
  const doubt = (need: 'name' | 'field' | 'value', name: string): void => {
    if (found !== 'names' && metadata?.helps(need, name, settings) === true)
      found = need === 'field' ? 'checks' : 'names';
  };
  const watched = (field: Field): Field => ({
    ...field,
    form: {
      ...field.form,
      encode: (input) => {
        const name = field.writes ?? field.name;
        const encoded = field.form.encode(input);
        doubt('problem' in encoded ? 'value' : 'field', name);
        return encoded;
      },
    },
  });
  return {
    vendor: {
      ...vendor,
      fields: (given) => vendor.fields(given).map(watched),
      openField: (name, given) => {
        const field = vendor.openField?.(name, given);
        if (field !== undefined) return watched(field);
        doubt('name', name);
        return undefined;
      },
    },
    need: () => found,
  };
}
