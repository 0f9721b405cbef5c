import { randomUUID } from 'node:crypto';
import type { SandboxResponse } from '../vendor-server.ts';
import type { Records, SandboxRecord } from '../records.ts';
import { fields } from './salesforce-metadata.ts';
import { fullId } from './salesforce-write.ts';

/** What the calls of the Salesforce sandbox have in common. */

export const fieldNames: ReadonlySet<string> = new Set(fields.map(({ name }) => name));

export const idForm = /^006[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/;

/** `violation`: what was wrong with the request on the wire. */
export function failure(status: number, errorCode: string, message: string, violation?: string): SandboxResponse {
  return {
    status,
    headers: { 'x-request-id': randomUUID() },
    body: [{ message, errorCode }],
    ...(violation === undefined ? {} : { violation }),
  };
}

export function unknownResource(violation?: string): SandboxResponse {
  return failure(404, 'NOT_FOUND', 'The requested resource does not exist', violation);
}

export function find(id: string, records: Records): SandboxRecord | undefined {
  return idForm.test(id) && (id.length === 15 || fullId(id.slice(0, 15)) === id) ? records.get(fullId(id)) : undefined;
}

export function shown(record: SandboxRecord, names: Iterable<string>): SandboxRecord {
  const url = `/services/data/v66.0/sobjects/Opportunity/${String(record['Id'])}`;
  return {
    attributes: { type: 'Opportunity', url },
    ...Object.fromEntries([...new Set(names)].map((name) => [name, record[name] ?? null])),
  };
}

export function unknownColumn(names: Iterable<string>): SandboxResponse | undefined {
  const unknown = [...names].find((name) => !fieldNames.has(name));
  return unknown === undefined
    ? undefined
    : failure(400, 'INVALID_FIELD', `No such column '${unknown}' on sobject of type Opportunity`);
}
