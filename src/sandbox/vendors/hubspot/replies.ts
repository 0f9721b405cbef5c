import { randomUUID } from 'node:crypto';
import type { SandboxResponse } from '../../vendor-server.ts';
import type { SandboxRecord } from '../../records.ts';
import type { WriteError } from './write.ts';

/** Properties that a reply shows without being asked for them. */
const usual = [
  'dealname',
  'amount',
  'closedate',
  'pipeline',
  'dealstage',
  'createdate',
  'hs_lastmodifieddate',
  'hs_object_id',
];

export const portalId = 4_242_424;

/** The record as a reply shows it. `empty`: whether an unset property is null or left out; guides disagree. */
export function shown(
  record: SandboxRecord,
  asked: readonly string[],
  empty: 'null' | 'leave-out-empty',
): Record<string, unknown> & { readonly id: string } {
  const id = String(record['id']);
  const members = [...new Set([...usual, ...asked])].flatMap((name): [string, unknown][] => {
    const value = name === 'hs_object_id' ? id : record[name];
    if (value === undefined && !asked.includes(name)) return [];
    if ((value ?? null) === null && empty === 'leave-out-empty') return [];
    return [[name, value ?? null]];
  });
  return {
    id,
    properties: Object.fromEntries(members),
    createdAt: record['createdate'],
    updatedAt: record['hs_lastmodifieddate'],
    archived: false,
    url: `https://app.hubspot.com/contacts/${portalId}/record/0-3/${id}`,
  };
}

export function errorBody(message: string, members: Readonly<Record<string, unknown>>): unknown {
  return { status: 'error', message, correlationId: randomUUID(), ...members };
}

/** A refusal for the properties, which names no row; the same list stands as JSON in the message. */
export function invalidBody(errors: readonly WriteError[]): SandboxResponse {
  const unique = [...new Map(errors.map((one) => [`${one.code} ${one.property}`, one])).values()];
  const listed = unique.map(({ message, code, property }) => ({
    isValid: false,
    message,
    error: code,
    name: property,
  }));
  const violation = errors.find((one) => one.violation !== undefined)?.violation;
  return {
    status: 400,
    body: errorBody(`Property values were not valid: ${JSON.stringify(listed)}`, {
      errors: unique.map(({ message, code, property }) => ({ message, code, context: { propertyName: [property] } })),
      category: 'VALIDATION_ERROR',
    }),
    ...(violation === undefined ? {} : { violation }),
  };
}

export function badRequest(violation: string): SandboxResponse {
  return { status: 400, body: errorBody('Invalid input JSON', { category: 'VALIDATION_ERROR' }), violation };
}

export function notFound(id: string): SandboxResponse {
  return {
    status: 404,
    body: errorBody('resource not found', { category: 'OBJECT_NOT_FOUND', context: { id: [id] } }),
  };
}
