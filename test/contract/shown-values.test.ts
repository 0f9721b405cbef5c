import { existsSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/core/field.ts';
import { parseJson, stringifyJson, type Json } from '../../src/core/json.ts';
import { namesOf } from '../../src/core/names.ts';
import { sameValue } from '../../src/core/same-value.ts';
import type { Service, Vendor } from '../../src/core/vendor.ts';
import { vendors } from '../../src/vendors/index.ts';
import { serviceOf } from './fixtures.ts';
import { documentedMetadata, wholeSettings } from './metadata-fixtures.ts';

/** What is shown of a value, read back as a person reads it, is the value that is sent: for each field of each vendor, with and without the account's names. */

const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: 0, max: 99 }))
  .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`);
const moment = fc
  .date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2090-01-01T00:00:00Z'), noInvalidDate: true })
  .chain((date) =>
    fc.constantFrom(date.toISOString(), `${date.toISOString().slice(0, 19)}Z`, date.toISOString().slice(0, 10)),
  );

/** What a cell may hold for such a field; what the form refuses is passed over. */
function cellsFor({ form }: Field): fc.Arbitrary<Json> {
  const texts = fc.oneof(fc.string({ minLength: 1 }), amount, moment, fc.constantFrom('Won', '007', '1e3', 'true'));
  if (form.options !== undefined && form.options.length > 0) return fc.constantFrom(...form.options);
  switch (form.type) {
    case 'decimal':
      return fc.oneof(amount, fc.bigInt({ min: 0n, max: 100n }).map(String));
    case 'integer':
      return fc.oneof(
        fc.bigInt({ min: 0n, max: 100n }).map(String),
        fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }).map(String),
      );
    case 'boolean':
      return fc.constantFrom('true', 'false', 'yes', 'no');
    case 'date':
    case 'date-time':
      return moment;
    case 'email':
      return fc.emailAddress();
    case 'text':
    case 'choice':
    case 'list':
    case 'id':
    case 'object':
    case 'any':
      return texts;
  }
}

/** A person takes the name in front for the label, the brackets for the id, groups and the currency for what they are. */
function readBack(text: string, value: Json, isAmount: boolean): Json {
  if (isAmount) return text.replace(/ [A-Z]{3}$/, '').replaceAll(',', '');
  if (typeof value !== 'string') {
    if (Array.isArray(value) || text.startsWith('{')) return parseJson(text);
    return /^[+-]?[\d,]+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  }
  return text.replace(/ UTC$/, '');
}

function check(service: Service): Set<string> {
  const names = namesOf(service);
  const tried = new Set<string>();
  for (const field of service.fields) {
    if (field.readOnly !== undefined || field.action !== undefined) continue;
    const name = field.writes ?? field.name;
    // A field with two columns is shown in the unit of the one that people write.
    const reader =
      service.fields.find(
        (one) => (one.writes ?? one.name) === name && one.form.show !== undefined && one.action === undefined,
      ) ?? field;
    fc.assert(
      fc.property(cellsFor(field), (cell) => {
        const encoded = field.form.encode(cell);
        if ('problem' in encoded) return;
        tried.add(field.name);
        const { value } = encoded;
        const label = names.ofValue(name, value);
        const text = names.text(name, value, 'USD');
        if (label !== undefined) {
          // Either half is enough.
          const id = text.slice(label.length).replace(/^ \((.*)\)$/s, '$1');
          const read = reader.form.encode(id === '' ? text : Array.isArray(value) ? parseJson(id) : id);
          expect('value' in read && sameValue(read.value, value, field.form.type), `${field.name}: ${text}`).toBe(true);
          return;
        }
        const read = reader.form.encode(readBack(text, value, names.isAmount(name)));
        const told = `${field.name}: ${stringifyJson(cell)} is sent as ${stringifyJson(value)} and shown as ${text}`;
        expect('value' in read ? stringifyJson(read.value) : read.problem, told).toBe(stringifyJson(value));
      }),
      { numRuns: 60 },
    );
  }
  return tried;
}

describe.each(vendors as readonly Vendor[])('the values of $name', (vendor) => {
  it('are shown as what they are', () => {
    expect(check(serviceOf(vendor)).size).toBeGreaterThan(3);
  });

  it('show an amount in major units, with both digits and its currency', () => {
    const service = serviceOf(vendor);
    const field = service.fields.find(({ common }) => common?.includes('amount') === true);
    if (field === undefined) return;
    const encoded = field.form.encode('42000.50');
    if ('problem' in encoded) throw new Error(encoded.problem);
    expect(namesOf(service).text(field.writes ?? field.name, encoded.value, 'USD')).toBe('42,000.50 USD');
  });
});

const named = (vendors as readonly Vendor[]).filter(({ name }) =>
  existsSync(new URL(`../vendors/${name}/metadata.json`, import.meta.url)),
);

it.each(named)('the values of $name are shown as what they are with the names of the account, too', (vendor) => {
  const service = vendor.open(wholeSettings(vendor), documentedMetadata(vendor));
  // A documented list of fields may be a short one, and what it lacks can't be written.
  const writable = service.fields.filter(({ readOnly, action }) => readOnly === undefined && action === undefined);
  expect(check(service).size).toBeGreaterThan(Math.min(3, writable.length / 3));
});
