import { randomUUID } from 'node:crypto';
import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { stages, users } from './salesforce-metadata.ts';
import { failure, shown, unknownColumn } from './salesforce-replies.ts';

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

/** As much of SOQL as a client of opportunities needs: conditions with AND, OR, NOT, comparisons, IN and LIKE. */

export interface Query {
  readonly fields: readonly string[];
  readonly object: string;
  readonly matches: (record: Readonly<Record<string, unknown>>) => boolean;
  /** All names that it uses. */
  readonly names: readonly string[];
  readonly limit: number;
}

type Condition = (record: Readonly<Record<string, unknown>>) => boolean;

const token = /\s*(?:('(?:[^'\\]|\\.)*')|([A-Za-z_][\w.]*)|(-?\d[\w:.+-]*)|(<=|>=|!=|[=<>(),]))/y;

/** Undefined for a query that is malformed. */
export function parseQuery(text: string): Query | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const trimmed = text.trim();
  while (token.lastIndex < trimmed.length) {
    const match = token.exec(trimmed);
    if (match === null) return undefined;
    tokens.push(match[0].trim());
  }
  try {
    return new Parser(tokens).query();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #names: string[] = [];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  query(): Query {
    this.#expect('SELECT');
    const fields = [this.#name()];
    while (this.#take(',')) fields.push(this.#name());
    this.#expect('FROM');
    const object = this.#next();
    const matches = this.#take('WHERE') ? this.#either() : () => true;
    const limit = this.#take('LIMIT') ? Number(this.#next()) : Infinity;
    if (this.#at < this.#tokens.length) throw new SyntaxError('left over');
    return { fields, object, matches, names: this.#names, limit };
  }

  #either(): Condition {
    const conditions = [this.#all()];
    while (this.#take('OR')) conditions.push(this.#all());
    return (record) => conditions.some((holds) => holds(record));
  }

  #all(): Condition {
    const conditions = [this.#one()];
    while (this.#take('AND')) conditions.push(this.#one());
    return (record) => conditions.every((holds) => holds(record));
  }

  #one(): Condition {
    if (this.#take('NOT')) {
      const holds = this.#one();
      return (record) => !holds(record);
    }
    if (this.#take('(')) {
      const inner = this.#either();
      this.#expect(')');
      return inner;
    }
    const name = this.#name();
    const operator = this.#next().toUpperCase();
    if (operator === 'IN') {
      this.#expect('(');
      const values = [this.#value()];
      while (this.#take(',')) values.push(this.#value());
      this.#expect(')');
      return (record) => values.some((value) => compare(record[name], value) === 0);
    }
    const value = this.#value();
    if (operator === 'LIKE') {
      const form = new RegExp(
        `^${String(value)
          .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
          .replaceAll('%', '.*')
          .replaceAll('_', '.')}$`,
        'is',
      );
      return (record) => form.test(textOf(record[name]));
    }
    const meets = comparisons[operator];
    if (meets === undefined) throw new SyntaxError(operator);
    return (record) => meets(compare(record[name], value));
  }

  #value(): unknown {
    const text = this.#next();
    if (text.startsWith("'")) {
      return text.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => unescaped[character] ?? character);
    }
    if (/^null$/i.test(text)) return null;
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
    if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    // A date or a moment, without quotes.
    if (/^\d{4}-\d\d-\d\d/.test(text)) return text;
    throw new SyntaxError(text);
  }

  #name(): string {
    const name = this.#next();
    if (!/^[A-Za-z_]/.test(name)) throw new SyntaxError(name);
    this.#names.push(name);
    return name;
  }

  #next(): string {
    const next = this.#tokens[this.#at];
    if (next === undefined) throw new SyntaxError('it ends too early');
    this.#at += 1;
    return next;
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) throw new SyntaxError(word);
  }
}

const unescaped: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

/** Texts are compared without regard to letter case; what cannot be compared differs. */
function compare(held: unknown, asked: unknown): number {
  const [left, right] = [held ?? null, asked ?? null];
  if (left === null || right === null) return left === right ? 0 : Number.NaN;
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right);
  const [one, other] = [textOf(left).toLowerCase(), textOf(right).toLowerCase()];
  return one === other ? 0 : one < other ? -1 : 1;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
