import { readFileSync } from 'node:fs';
import { parseJson, type Json, type JsonObject } from '../../src/core/json.ts';
import type { Metadata, Settings, Vendor } from '../../src/core/vendor.ts';
import { settingsOf, toReply } from './fixtures.ts';

/** `test/vendors/<name>/metadata.json`: by the name of a read, a reply's body as the vendor documents it, and where that is shown. */
export function metadataBodies(vendor: Vendor): Readonly<Record<string, { source: string; body: Json }>> {
  const url = new URL(`../vendors/${vendor.name}/metadata.json`, import.meta.url);
  return parseJson(readFileSync(url, 'utf8')) as unknown as Record<string, { source: string; body: Json }>;
}

/** Settings with which a vendor has all of its metadata. */
export function wholeSettings(vendor: Vendor): Settings {
  return settingsOf(vendor, vendor.settings.some(({ name }) => name === 'event-code') ? { 'event-code': '12000' } : {});
}

export function documentedMetadata(vendor: Vendor): Metadata {
  const bodies = metadataBodies(vendor);
  const parts = (vendor.open(wholeSettings(vendor)).metadata?.reads ?? []).map(
    ({ name, items }): [string, readonly JsonObject[]] => {
      const found = items(toReply(200, bodies[name]?.body ?? null));
      if (found === undefined) throw new Error(`${vendor.name} does not understand its documented ${name}`);
      return [name, found];
    },
  );
  return Object.fromEntries(parts);
}

/** The vendor as an account with the documented metadata knows it. */
export function documentedVendor(vendor: Vendor): Vendor {
  const metadata = documentedMetadata(vendor);
  return { ...vendor, open: (settings) => vendor.open(settings, metadata) };
}
