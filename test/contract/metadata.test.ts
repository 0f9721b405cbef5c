import { existsSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, stringifyJson } from '../../src/core/json.ts';
import type { Metadata, Vendor } from '../../src/core/vendor.ts';
import { vendors } from '../../src/vendors/index.ts';
import { serviceOf, toReply } from './fixtures.ts';
import { documentedMetadata, metadataBodies, wholeSettings } from './metadata-fixtures.ts';

const declaring = (vendors as readonly Vendor[]).filter((vendor) => serviceOf(vendor).metadata !== undefined);

it('is declared by the vendors that have any', () => {
  const withReplies = (vendors as readonly Vendor[]).filter(({ name }) =>
    existsSync(new URL(`../vendors/${name}/metadata.json`, import.meta.url)),
  );
  expect(declaring.map(({ name }) => name)).toEqual(withReplies.map(({ name }) => name));
  expect(declaring.length).toBeGreaterThan(2);
});

describe.each(declaring)('the metadata of $name', (vendor) => {
  const settings = wholeSettings(vendor);
  const reads = vendor.open(settings).metadata?.reads ?? [];

  it('is read by harmless calls, each of which says what is missing without it', () => {
    expect(new Set(reads.map(({ name }) => name)).size).toBe(reads.length);
    for (const { call, without } of reads) {
      expect(call).toMatchObject({ method: 'GET', edits: [], repeatable: true, step: 'metadata' });
      expect(call.body).toBeUndefined();
      expect(call.path).toMatch(/^\/\S+$/);
      expect(without).toMatch(/must be given/);
    }
  });

  it('is understood as it is documented, and can be kept', () => {
    const told = documentedMetadata(vendor);
    expect(Object.keys(told)).toEqual(reads.map(({ name }) => name));
    for (const { source } of Object.values(metadataBodies(vendor))) expect(source).toMatch(/^https:\/\//);
    for (const items of Object.values(told)) expect(items.length).toBeGreaterThan(0);
    expect(JSON.parse(stringifyJson(told as never))).toEqual(told);
  });

  it('is read from any reply without harm, and from none but a success', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.integer({ min: 100, max: 599 }), (body, status) => {
        const reply = toReply(status, body);
        for (const { items, next, call } of reads) {
          if (status !== 200) expect(items(reply)).toBeUndefined();
          const list = items(reply) ?? [];
          // A page without an entry is the last one: else the reading would not end.
          if (list.length === 0) expect(next?.(reply, call)).toBeUndefined();
        }
      }),
    );
  });

  const entries = fc.array(
    fc.object({ maxDepth: 2 }).map((object) => object as JsonObject),
    { maxLength: 4 },
  );
  const ids = fc.constantFrom('cf_A', 'cf_B', 'mx_Custom_1', 'stat_1', '', '__proto__');
  const likely = fc.array(
    fc.record({
      id: ids,
      name: fc.string(),
      type: fc.constantFrom('text', 'number', 'choices', 'user', 'date', 'toString'),
      choices: fc.oneof(fc.array(fc.string()), fc.constant(null)),
      accepts_multiple_values: fc.boolean(),
      statuses: fc.array(fc.record({ id: ids, label: fc.string() })),
      SchemaName: ids,
      DisplayName: fc.string(),
      DataType: fc.constantFrom('String', 'Number', 'SearchableDropdown', 'ActiveUsers', 'DateTime'),
      options: fc.array(fc.string()),
      IsReadOnly: fc.boolean(),
      MaxFieldLength: fc.oneof(fc.integer(), fc.string()),
    }),
    { maxLength: 5 },
  );
  const anyMetadata: fc.Arbitrary<Metadata> = fc.dictionary(
    fc.constantFrom(...reads.map(({ name }) => name)),
    fc.oneof(entries, likely),
  );

  it('of any kind makes a vendor that has all its own fields, coherent ones', () => {
    const own = vendor.open(settings).fields.map(({ name }) => name);
    fc.assert(
      fc.property(anyMetadata, (told) => {
        const named = vendor.open(settings, told);
        const { fields } = named;
        expect(fields.slice(0, own.length).map(({ name }) => name)).toEqual(own);
        expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
        for (const { form, readOnly } of fields) {
          for (const option of form.options ?? []) expect(form.encode(option)).toHaveProperty('value');
          expect(readOnly).not.toBe('');
        }
        const edit = { row: 1, line: 2, id: 'x', changes: [] };
        expect(() => named.audit?.(edit)).not.toThrow();
      }),
    );
  });

  it('keeps what is an id as it is', () => {
    const named = vendor.open(settings, documentedMetadata(vendor));
    const owner = named.fields.find(({ common }) => common?.includes('owner'));
    const ids = [
      'user_nobodyKnows',
      '99999999-2222-4333-8444-555555555555',
      '99999999',
      '99999999222243338444',
      '0055e0000012zzzAAA',
    ];
    // An id of the vendor's own form, that no user of the account has: whether it stands alone, in an object or behind the name of a set.
    const kept = ids.filter((id) => {
      const encoded = owner?.form.encode(id);
      return encoded !== undefined && 'value' in encoded && stringifyJson(encoded.value).includes(id);
    });
    expect(kept).not.toEqual([]);
  });
});
