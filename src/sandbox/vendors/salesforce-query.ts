import { randomUUID } from 'node:crypto';
import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { stages, users } from './salesforce-metadata.ts';
import { failure, shown, unknownColumn } from './salesforce-replies.ts';
import { parseQuery, type Query } from './salesforce-soql.ts';

/** Queries of the Salesforce sandbox, in pages. */

const pageSize = 200;

/** What is left of queries that go on, by the name of the next page. */
const pages = new Map<string, { readonly total: number; readonly rest: readonly unknown[] }>();

export function query(call: SandboxCall, version: string): SandboxResponse {
  const soql = call.query.get('q') ?? '';
  const parsed = parseQuery(soql);
  if (parsed === undefined) return failure(400, 'MALFORMED_QUERY', `unexpected token: ${soql.slice(0, 80)}`);
  const found = rowsOf(parsed, call);
  if (!Array.isArray(found)) return found as SandboxResponse;
  const rows = (found as readonly SandboxRecord[]).filter((row) => parsed.matches(row)).slice(0, parsed.limit);
  const shownRows = rows.map((row) =>
    parsed.object === 'Opportunity' ? shown(row, parsed.fields) : other(parsed, row),
  );
  return pageOf(shownRows, shownRows.length, version);
}

function rowsOf(
  { object, names }: Query,
  { records, behaviour: { metadata } }: SandboxCall,
): readonly SandboxRecord[] | SandboxResponse {
  if (object === 'Opportunity') return unknownColumn(names) ?? records.all();
  if (object === 'Organization') return [organization];
  if (object !== 'OpportunityStage' && object !== 'User')
    return failure(400, 'INVALID_TYPE', `sObject type '${object}' is not supported.`);
  if (metadata === 'forbidden') return failure(403, 'INSUFFICIENT_ACCESS', 'insufficient access rights on object id');
  if (metadata === 'odd') return { status: 200, body: { done: true } };
  return object === 'User' ? users : stages;
}

const organization = {
  Id: '00D5e0000001abcEAA',
  Name: 'Northwind',
  OrganizationType: 'Developer Edition',
  IsSandbox: true,
  InstanceName: 'EU1',
};

export function page(locator: string, version: string): SandboxResponse {
  const left = pages.get(locator);
  if (left === undefined) return failure(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  return pageOf(left.rest, left.total, version);
}

function pageOf(rest: readonly unknown[], total: number, version: string): SandboxResponse {
  const records = rest.slice(0, pageSize);
  if (rest.length <= pageSize) return { status: 200, body: { totalSize: total, done: true, records } };
  const locator = `01g${randomUUID().replaceAll('-', '')}-${pageSize}`;
  if (pages.size > 100) pages.delete(pages.keys().next().value ?? '');
  pages.set(locator, { total, rest: rest.slice(pageSize) });
  const nextRecordsUrl = `/services/data/v${version}.0/query/${locator}`;
  return { status: 200, body: { totalSize: total, done: false, nextRecordsUrl, records } };
}

function other({ object, fields }: Query, row: SandboxRecord): SandboxRecord {
  return Object.fromEntries([
    ['attributes', { type: object }],
    ...fields.map((name) => [name, row[name] ?? null] as const),
  ]);
}
