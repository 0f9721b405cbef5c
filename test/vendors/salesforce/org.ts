import { readFileSync } from 'node:fs';
import type { Call, Reply } from '../../../src/core/call.ts';
import type { Edit } from '../../../src/core/edit.ts';
import type { Field } from '../../../src/core/field.ts';
import { parseJson, stringifyJson, type Json, type JsonObject } from '../../../src/core/json.ts';
import type { Metadata, Service, Settings } from '../../../src/core/vendor.ts';
import { salesforce } from '../../../src/vendors/salesforce/vendor.ts';

/** An org for unit tests: the vendor opened with settings and with the documented metadata. */

export const ids = ['0065e00000AbCdEAAV', '0065e00000AbCdFAAV', '0065e00000NoNe1AAF'] as const;

export function settingsWith(changed: Settings = {}): Settings {
  return { ...Object.fromEntries(salesforce.settings.map((one) => [one.name, one.default])), ...changed };
}

export function toReply(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers,
    body: typeof body === 'string' ? body : stringifyJson(body),
    receivedAtMs: 1_795_147_800_000,
  };
}

/** What the documented replies to the reads of metadata teach. */
export function documentedMetadata(): Metadata {
  const text = readFileSync(new URL('metadata.json', import.meta.url), 'utf8');
  const bodies = parseJson(text) as Readonly<Record<string, { readonly body: JsonObject }>>;
  const reads = salesforce.open(settingsWith()).metadata?.reads ?? [];
  return Object.fromEntries(
    reads.map(({ name, items }) => [name, items(toReply(200, bodies[name]?.body ?? null)) ?? []]),
  );
}

export function openOrg(changed: Settings = {}, metadata: Metadata | undefined = documentedMetadata()): Service {
  return salesforce.open(settingsWith(changed), metadata);
}

export function fieldNamed(service: Service, name: string): Field {
  const field =
    service.fields.find((one) => one.name === name) ??
    service.fields.find((one) => one.common?.some((common) => common === name)) ??
    service.openField?.(name);
  if (field === undefined) throw new Error(`no field ${name}`);
  return field;
}

/** A row of values that the fields' forms accept; null clears. */
export function edit(service: Service, id: string, input: Readonly<Record<string, Json>>, row = 1): Edit {
  const changes = Object.entries(input).map(([column, value]) => {
    const field = fieldNamed(service, column);
    const name = field.writes ?? field.name;
    if (value === null) return { field: name, action: 'clear' as const, value: field.cleared?.value ?? null, column };
    const encoded = field.form.encode(value);
    if ('problem' in encoded) throw new Error(`${column} ${encoded.problem}`);
    return { field: name, action: field.action ?? ('set' as const), value: encoded.value, column };
  });
  return { row, line: row + 1, id, changes };
}

export function batchOf(service: Service, edits: readonly Edit[]): Call {
  const [first] = edits;
  const key = first === undefined ? undefined : service.batches?.key(first);
  if (service.batches === undefined || key === undefined) throw new Error('no batch');
  return service.batches.call(key, edits);
}
