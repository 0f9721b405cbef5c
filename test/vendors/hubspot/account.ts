import { readFileSync } from 'node:fs';
import type { Change, Edit } from '../../../src/core/edit.ts';
import { parseJson, stringifyJson, type Json } from '../../../src/core/json.ts';
import type { Reply } from '../../../src/core/call.ts';
import type { Field } from '../../../src/core/field.ts';
import type { Metadata, Service, Settings, Vendor } from '../../../src/core/vendor.ts';
import { hubspot as declared } from '../../../src/vendors/hubspot/vendor.ts';

export const hubspot: Vendor = declared;

export const settings: Settings = { 'api-version': '2026-09' };

export function reply(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers,
    body: typeof body === 'string' ? body : stringifyJson(body),
    receivedAtMs: 1_795_147_800_000,
  };
}

/** What the documented replies of metadata.json say. */
export function documentedMetadata(): Metadata {
  const text = readFileSync(new URL('metadata.json', import.meta.url), 'utf8');
  const bodies = parseJson(text) as unknown as Record<string, { readonly body: Json }>;
  const reads = hubspot.open(settings).metadata?.reads ?? [];
  return Object.fromEntries(
    reads.map(({ name, items }) => [name, items(reply(200, bodies[name]?.body ?? null)) ?? []]),
  );
}

/** HubSpot as nobody has asked it yet, and as an account that was asked. */
export const unasked: Service = hubspot.open(settings);
export const account: Service = hubspot.open(settings, documentedMetadata());

export function fieldOf(service: Service, name: string): Field {
  const field = service.fields.find(
    (one) => one.name === name || one.common?.some((common) => common === name) === true,
  );
  if (field === undefined) throw new Error(`no field ${name}`);
  return field;
}

/** A change as a cell makes it; null clears. Throws where the value is refused. */
export function change(service: Service, column: string, input: Json): Change {
  const field = fieldOf(service, column);
  const name = field.writes ?? field.name;
  if (input === null) return { field: name, action: 'clear', value: field.cleared?.value ?? null, column };
  const encoded = field.form.encode(input);
  if ('problem' in encoded) throw new Error(`${encoded.problem}. ${encoded.hint ?? ''}`);
  return { field: name, action: field.action ?? 'set', value: encoded.value, column };
}

export function edit(service: Service, id: string, input: Readonly<Record<string, Json>>, row = 1): Edit {
  return {
    row,
    line: row + 1,
    id,
    changes: Object.entries(input).map(([column, value]) => change(service, column, value)),
  };
}
