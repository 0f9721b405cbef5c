import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/core/field.ts';
import { textForm } from '../../src/core/value-forms.ts';
import type { Service } from '../../src/core/vendor.ts';
import { createFieldLookup } from '../../src/input/field-lookup.ts';
import { sampleService } from './sample-vendor.ts';

const labelled = (name: string, label: string, rest: Partial<Field> = {}): Field => ({
  name,
  label,
  description: 'A field of the account.',
  form: textForm(),
  evidence: 'documented',
  ...rest,
});

const service: Service = {
  ...sampleService,
  fields: [
    ...sampleService.fields,
    labelled('x_1', 'Deal  Region'),
    labelled('x_2', 'Segment'),
    labelled('x_3', 'segment'),
    labelled('x_4', 'note'),
    labelled('x_5', 'value'),
    labelled('x_6', 'Days.add', { writes: 'x_7', action: 'add' }),
    labelled('x_8', 'Score', { readOnly: 'It is computed' }),
  ],
};
const { find } = createFieldLookup(service, 'Sample CRM');

describe("an account's own name of a field", () => {
  it.each([
    ['deal region', 'x_1'],
    ['Days.add', 'x_6'],
    ['days .ADD', 'x_6'],
    // The vendor's own names and the common ones come first.
    ['note', 'note'],
    ['value', 'value'],
  ])('%s leads to %s', (header, name) => {
    expect(find(header)).toMatchObject({ name });
  });

  it('is an error with all candidates where several fields have it', () => {
    expect(find('Segment')).toMatchObject({ code: 'ambiguous-field', reason: /x_2, x_3/ });
    expect(find('x_3')).toMatchObject({ name: 'x_3' });
  });

  it('is suggested where it is near, and refused where the field cannot be written', () => {
    expect(find('Deal Regoin')).toMatchObject({ code: 'unknown-field', nearest: 'Deal  Region' });
    expect(find('Score')).toMatchObject({ code: 'read-only-field', hint: 'It is computed.' });
  });
});
