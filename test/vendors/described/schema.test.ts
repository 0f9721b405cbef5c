import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { parseVendorFile } from '../../../src/vendors/described/parse.ts';
import { vendorFileSchema } from '../../../src/vendors/described/form.ts';

/** The schema that is shipped is made of the very declaration that reads the files. `vitest -u` on this file writes it anew. */

const path = join(import.meta.dirname, '..', '..', '..', 'docs', 'vendor-file.schema.json');

it('the shipped schema is that of the reader', async () => {
  const text = await format(JSON.stringify(vendorFileSchema), { ...(await resolveConfig(path)), parser: 'json' });
  await expect(text).toMatchFileSnapshot(path);
});

it('describes every member that a file may have', () => {
  const { properties } = JSON.parse(readFileSync(path, 'utf8')) as {
    properties: Record<string, { description?: string; anyOf?: unknown }>;
  };
  expect(Object.keys(properties).length).toBeGreaterThan(20);
  for (const [name, { description, anyOf }] of Object.entries(properties))
    expect(description ?? anyOf, name).toBeDefined();
});

it('the pieces of the guide make a file without mistakes', () => {
  const guide = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'your-own-vendor.md'), 'utf8');
  const pieces = [...guide.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
    ([, piece = '']) => JSON.parse(piece) as object,
  );
  expect(pieces).toHaveLength(8);
  // What stands inside `read` is shown by itself.
  const { many, ...whole } = Object.assign({}, ...pieces) as { many: object; read: object };
  const parsed = parseVendorFile(JSON.stringify({ ...whole, read: { ...whole.read, many } }));
  expect('mistakes' in parsed ? parsed.mistakes : []).toEqual([]);
});
