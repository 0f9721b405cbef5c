import { readFileSync } from 'node:fs';
import type { Reply } from '../../../src/core/call.ts';
import type { Change, Edit } from '../../../src/core/edit.ts';
import type { Field } from '../../../src/core/field.ts';
import { parseJson, stringifyJson, type Json } from '../../../src/core/json.ts';
import type { Metadata, Service, Settings, Vendor } from '../../../src/core/vendor.ts';
import { dynamics as declared } from '../../../src/vendors/dynamics/vendor.ts';

export const dynamics: Vendor = declared;

export const settings: Settings = {
  environment: 'northwind.crm4.dynamics.com',
  authority: 'https://login.microsoftonline.com',
};

export const id = '6f1c0a52-3b7e-ee11-8179-000d3ab10001';
export const ada = '0a4d7d11-90aa-ee11-be37-000d3ab1f002';

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
  const reads = dynamics.open(settings).metadata?.reads ?? [];
  return Object.fromEntries(
    reads.map(({ name, items }) => [name, items(reply(200, bodies[name]?.body ?? null)) ?? []]),
  );
}

/** An environment that nobody has asked yet, and one that was asked. */
export const unasked: Service = dynamics.open(settings);
export const asked: Service = dynamics.open(settings, documentedMetadata());

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
  if (input === null) {
    if (field.cleared === undefined) throw new Error(`${column} can't be cleared`);
    return { field: name, action: 'clear', value: field.cleared.value, column };
  }
  const encoded = field.form.encode(input);
  if ('problem' in encoded) throw new Error(`${encoded.problem}. ${encoded.hint ?? ''}`);
  return { field: name, action: field.action ?? 'set', value: encoded.value, column };
}

export function edit(service: Service, input: Readonly<Record<string, Json>>, of = id, row = 1): Edit {
  const changes = Object.entries(input).map(([column, value]) => change(service, column, value));
  return { row, line: row + 1, id: of, changes };
}
