import type { QuotaState, SandboxRequest, SandboxResponse, VendorServer } from './vendor-server.ts';
import type { SandboxRecord } from './records.ts';
import type { SandboxQuota } from './quota-window.ts';
import { isObject, jsonBodyOf } from './wire.ts';
import { at, put } from './described-values.ts';

/** A vendor file as the sandbox reads it: written from the form's description, apart from the adapter that it is to test. Checked before. */
export interface DescribedFile {
  readonly name: string;
  readonly title: string;
  readonly credentials: Readonly<Record<string, CredentialPart>>;
  readonly id?: { readonly form?: 'token' | 'digits' | 'uuid'; readonly at?: string };
  readonly quotas?: readonly {
    readonly rate: string;
    readonly window?: 'fixed' | 'sliding';
    readonly headers?: QuotaHeaders;
  }[];
  readonly update: WritePart;
  readonly extra?: readonly WritePart[];
  readonly lists?: Readonly<Record<string, ListPart>>;
  readonly fields: Readonly<Record<string, string | FieldPart>>;
  readonly success?: {
    readonly status?: readonly number[];
    readonly at?: string;
    readonly equals?: unknown;
    readonly record?: string;
    readonly empty?: true;
  };
  readonly refusals?: readonly { readonly at?: string; readonly code?: string; readonly message?: string }[];
  readonly read?: {
    readonly path: string;
    readonly record?: string;
    readonly absent?: readonly { readonly status?: number; readonly code?: string }[];
  };
  readonly check: { readonly path: string; readonly shows?: string; readonly account?: readonly string[] };
}

interface CredentialPart {
  readonly header?: string;
  readonly prefix?: string;
  readonly query?: string;
  readonly as?: 'bearer' | 'basic-user' | 'basic-password';
  readonly beginsWith?: string;
}

interface QuotaHeaders {
  readonly limit?: string;
  readonly remaining?: string;
  readonly reset?: string;
  readonly unit?: 's' | 'ms' | 'epoch-s' | 'epoch-ms' | 'iso';
}

interface WritePart {
  readonly method: string;
  readonly path: string;
  readonly under?: string;
  readonly idAt?: string;
  readonly patch?: unknown;
}

interface ListPart {
  readonly at: string;
  readonly readAt?: string;
  readonly entry: unknown;
  readonly readKey?: string;
  readonly readValue?: string;
}

interface FieldPart {
  readonly type: string;
  readonly member?: string;
  readonly at?: string;
  readonly readAt?: string;
  readonly list?: string;
  readonly key?: unknown;
  readonly options?: readonly string[] | string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly sent?: string;
}

/** A server that takes and shows what the file says, for one vendor of the sandbox. */
export function describedServer(file: DescribedFile, greeting: VendorServer['greeting']): VendorServer {
  const credentials = Object.fromEntries(
    Object.entries(file.credentials).map(([name, { beginsWith = '' }]) => [
      name,
      `${beginsWith}sandbox-${name}-5f2c91`,
    ]),
  );
  const idPointer = file.id?.at ?? '/id';
  const blank = (id: string): SandboxRecord & { readonly id: string } => {
    const record = Object.entries(file.fields).reduce<unknown>(
      (whole, [name, field]) => withSample(whole, file, name, field),
      {},
    );
    return {
      ...(put(record, idPointer, file.id?.form === 'digits' && idPointer === '/id' ? Number(id) : id) as SandboxRecord),
      id,
    };
  };
  return {
    name: file.name,
    ...(greeting === undefined ? {} : { greeting }),
    basePath: `/${file.name}`,
    credentials,
    quota: (file.quotas ?? [{ rate: '1/1s' }]).map(quotaOf),
    sample: (number) => blank(sampleId(file, number)),
    blank,
    writtenId: (request) => writeOf(file, request)?.id,
    handle: (request, records) => {
      const write = writeOf(file, request);
      if (write !== undefined) {
        const record = records.get(write.id);
        if (record === undefined) return notFound(file);
        const body = jsonBodyOf({
          ...request,
          headers: {
            ...request.headers,
            'content-type': (request.headers['content-type'] ?? '').replace('json-patch+json', 'json'),
          },
        });
        if ('problem' in body) return { ...refusal(file, 400, 'invalid', body.problem), violation: body.problem };
        const next = applied(file, write.part, record, body.value);
        if (typeof next === 'string') return { ...refusal(file, 400, 'invalid', next), violation: next };
        records.put(write.id, next);
        return { ...success(file, shown(file, next, write.id)), applied: true };
      }
      const id = file.read === undefined ? undefined : idIn(file.read.path, request.path);
      if (request.method === 'GET' && id !== undefined) {
        const record = records.get(id);
        return record === undefined
          ? notFound(file)
          : { status: 200, body: envelope(file, put({}, file.read?.record ?? '', shown(file, record, id))) };
      }
      if (request.method === 'GET' && request.path === file.check.path)
        return { status: 200, body: envelope(file, checkBody(file)) };
      return { ...refusal(file, 404, 'NOT_FOUND', 'no such call'), violation: `${request.method} ${request.path}` };
    },
    unauthorised: (request) =>
      Object.entries(file.credentials).every(([name, part]) => isGiven(request, part, credentials, name, file))
        ? undefined
        : refusal(file, 401, 'unauthorised', 'the credentials are refused'),
    throttled: ({ resetMs }) => {
      const answer = refusal(file, 429, 'rate-limit', 'too many requests');
      return { ...answer, headers: { 'retry-after': String(Math.max(1, Math.ceil(resetMs / 1000))) } };
    },
    refused: (code = 'invalid', message = 'the value is out of range') => refusal(file, 400, code, message),
    failed: () => refusal(file, 500, 'internal', 'internal error'),
    quotaHeaders: (quota) => quotaHeaders(file, quota),
  };
}

function sampleId({ id }: DescribedFile, number: number): string {
  const digits = String(number);
  if (id?.form === 'digits') return digits.padStart(4, '1000');
  return id?.form === 'uuid' ? `5ca5b042-51ea-4699-b6f0-${digits.padStart(12, '0')}` : `sandbox-${digits}`;
}

function quotaOf({ rate, window }: { readonly rate: string; readonly window?: 'fixed' | 'sliding' }): SandboxQuota {
  const [, count = '1', length = '1', unit = 's'] = /^(\d+)\/(\d*)(ms|s|m|h|d)$/.exec(rate) ?? [];
  const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 1_000;
  return {
    count: Number(count),
    windowMs: Number(length || '1') * unitMs,
    ...(window === undefined ? {} : { window }),
  };
}

/** The id of a path by its template; undefined where it is another path. */
function idIn(template: string, path: string): string | undefined {
  const [before = '', after = ''] = template.split('{id}');
  if (!path.startsWith(before) || !path.endsWith(after) || path.length <= before.length + after.length)
    return undefined;
  const id = path.slice(before.length, path.length - after.length);
  return id.includes('/') ? undefined : decodeURIComponent(id);
}

/** Which of the file's calls a request is, and for which record. */
function writeOf(
  file: DescribedFile,
  { method, path, body }: SandboxRequest,
): { readonly part: WritePart; readonly id: string } | undefined {
  for (const part of [file.update, ...(file.extra ?? [])]) {
    if (part.method !== method) continue;
    const id = part.path.includes('{id}')
      ? idIn(part.path, path)
      : path === part.path && part.idAt !== undefined
        ? idInBody(body, part.idAt)
        : undefined;
    if (id !== undefined) return { part, id };
  }
  return undefined;
}

function idInBody(body: string, pointer: string): string | undefined {
  try {
    const id = at(JSON.parse(body), pointer);
    return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
  } catch {
    return undefined;
  }
}

/** The record with what the body asks, or what is wrong with it. */
function applied(file: DescribedFile, part: WritePart, record: SandboxRecord, body: unknown): SandboxRecord | string {
  let next: unknown = record;
  for (const [name, short] of Object.entries(file.fields)) {
    const field = partOf(short);
    const list = field.list === undefined ? undefined : file.lists?.[field.list];
    const value =
      part.patch === undefined
        ? sentValue(part.under ?? '', name, field, list, body)
        : patchedValue(body, writtenAt(name, field));
    if (value === undefined) continue;
    const wrong = problemOf(field, value);
    if (wrong !== undefined) return `${name}: ${wrong}`;
    next = shownValue(next, name, field, list, value);
  }
  return next as SandboxRecord;
}

function partOf(short: string | FieldPart): FieldPart {
  return typeof short === 'string' ? { type: short } : short;
}

function writtenAt(name: string, { at: pointer, member }: FieldPart): string {
  return pointer ?? `/${(member ?? name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function sentValue(under: string, name: string, field: FieldPart, list: ListPart | undefined, body: unknown): unknown {
  if (list === undefined) return at(body, under + writtenAt(name, field));
  const entries = at(body, under + list.at);
  const [keyName, valueName] = [memberHolding(list.entry, '{key}'), memberHolding(list.entry, '{value}')];
  const own: unknown = Array.isArray(entries) ? entries.find((entry) => at(entry, keyName) === field.key) : undefined;
  return own === undefined ? undefined : at(own, valueName);
}

function patchedValue(body: unknown, pointer: string): unknown {
  const operation: unknown = Array.isArray(body) ? body.findLast((one) => at(one, '/path') === pointer) : undefined;
  if (operation === undefined) return undefined;
  return at(operation, '/op') === 'remove' ? null : at(operation, '/value');
}

function memberHolding(template: unknown, text: string): string {
  const found = isObject(template) ? Object.keys(template).find((name) => template[name] === text) : undefined;
  return `/${found ?? ''}`;
}

/** Puts a value where records show it. */
function shownValue(
  record: unknown,
  name: string,
  field: FieldPart,
  list: ListPart | undefined,
  value: unknown,
): unknown {
  if (list === undefined) return put(record, field.readAt ?? writtenAt(name, field), value);
  const pointer = list.readAt ?? list.at;
  const [keyAt, valueAt] = [
    list.readKey ?? memberHolding(list.entry, '{key}'),
    list.readValue ?? memberHolding(list.entry, '{value}'),
  ];
  const before = at(record, pointer);
  const others: readonly unknown[] = Array.isArray(before)
    ? before.filter((entry) => at(entry, keyAt) !== field.key)
    : [];
  return put(record, pointer, [...others, put(put({}, keyAt, field.key), valueAt, value)]);
}

/** Types are held to, so that a wrong form on the wire is seen. */
function problemOf({ type, sent, values, options }: FieldPart, value: unknown): string | undefined {
  if (value === null || value === '') return undefined;
  if (
    (type === 'number' || type === 'integer') &&
    (sent === undefined || sent === 'number') &&
    typeof value !== 'number'
  )
    return 'is not a number';
  if (type === 'number' && sent === 'text' && typeof value !== 'string') return 'is not a text';
  if (type === 'integer' && typeof value === 'number' && !Number.isInteger(value)) return 'is not a whole number';
  if (type === 'boolean' && typeof value !== 'boolean') return 'is not true or false';
  if (type === 'choice' && values !== undefined && !Object.values(values).includes(value)) return 'is not an option';
  return type === 'choice' && options !== undefined && ![options].flat().some((option) => option === value)
    ? 'is not an option'
    : undefined;
}

/** A record begins with a value in each field, in the form in which it would be sent. */
function withSample(record: unknown, file: DescribedFile, name: string, short: string | FieldPart): unknown {
  const field = partOf(short);
  return shownValue(
    record,
    name,
    field,
    field.list === undefined ? undefined : file.lists?.[field.list],
    sampleOf(field),
  );
}

function sampleOf({ type, sent, options, values }: FieldPart): unknown {
  if (values !== undefined) return Object.values(values)[0];
  const [option] = [options ?? []].flat();
  if (type === 'list') return option === undefined ? [] : [option];
  if (option !== undefined) return option;
  if (type === 'number' || type === 'integer') return sent === 'text' ? '1000' : sent === 'minor' ? 100_000 : 1000;
  const plain: Readonly<Record<string, unknown>> = {
    boolean: false,
    email: 'ada@northwind.example',
    currency: 'EUR',
    id: sent === 'number' ? 7 : 'user-7',
    json: null,
    text: 'Northwind',
  };
  return type in plain ? plain[type] : null;
}

function shown({ id }: DescribedFile, record: SandboxRecord, own: string): unknown {
  // The sandbox knows its records by the member `id`; the file may show it elsewhere, or as a number.
  const value = id?.form === 'digits' ? Number(own) : own;
  return (id?.at ?? '/id') === '/id' ? { ...record, id: value } : put(record, id?.at ?? '/id', value);
}

/** What every reply says beside its contents: the member of success. */
function envelope({ success: said }: DescribedFile, body: unknown): unknown {
  return said?.at === undefined ? body : put(body, said.at, said.equals);
}

function success(file: DescribedFile, record: unknown): SandboxResponse {
  const { status = [200], empty, record: place } = file.success ?? {};
  return {
    status: status[0] ?? 200,
    ...(empty === true ? {} : { body: envelope(file, place === undefined ? {} : put({}, place, record)) }),
  };
}

function refusal(
  { refusals = [], success: said }: DescribedFile,
  status: number,
  code: string,
  message: string,
): SandboxResponse {
  const [place] = refusals;
  if (place === undefined) return { status, body: { message } };
  let inner: unknown = place.message === undefined && place.code === undefined ? message : {};
  if (place.message !== undefined) inner = put(inner, place.message, message);
  if (place.code !== undefined) inner = put(inner, place.code, code);
  const body = put({}, place.at ?? '', inner);
  return {
    status,
    body: said?.at !== undefined && typeof said.equals === 'boolean' ? put(body, said.at, !said.equals) : body,
  };
}

function notFound(file: DescribedFile): SandboxResponse {
  const { status = 404, code = 'NOT_FOUND' } = file.read?.absent?.[0] ?? {};
  return refusal(file, status, code, 'there is no such record');
}

function checkBody({ check }: DescribedFile): unknown {
  const named = (check.account ?? []).reduce<unknown>((body, pointer) => put(body, pointer, 'Sandbox'), {});
  return check.shows === undefined ? named : put(named, check.shows, []);
}

function isGiven(
  { headers, query }: SandboxRequest,
  part: CredentialPart,
  all: Readonly<Record<string, string>>,
  name: string,
  file: DescribedFile,
): boolean {
  const value = all[name] ?? '';
  if (part.query !== undefined) return query.get(part.query) === value;
  if (part.header !== undefined) return headers[part.header.toLowerCase()] === `${part.prefix ?? ''}${value}`;
  const authorization = headers['authorization'] ?? '';
  if (part.as === 'bearer') return authorization === `Bearer ${value}`;
  const of = (as: CredentialPart['as']): string =>
    all[Object.keys(file.credentials).find((one) => file.credentials[one]?.as === as) ?? ''] ?? '';
  return authorization === `Basic ${Buffer.from(`${of('basic-user')}:${of('basic-password')}`).toString('base64')}`;
}

function quotaHeaders(
  { quotas = [] }: DescribedFile,
  { limit, remaining, resetMs, windowMs }: QuotaState,
): Readonly<Record<string, string>> {
  const own = quotas.find(({ rate }) => quotaOf({ rate }).windowMs === windowMs)?.headers;
  if (own === undefined) return {};
  const moment = Date.now() + resetMs;
  const reset = {
    s: Math.ceil(resetMs / 1000),
    ms: resetMs,
    'epoch-s': Math.ceil(moment / 1000),
    'epoch-ms': moment,
    iso: new Date(moment).toISOString(),
  }[own.unit ?? 's'];
  return {
    ...(own.limit === undefined ? {} : { [own.limit.toLowerCase()]: String(limit) }),
    ...(own.remaining === undefined ? {} : { [own.remaining.toLowerCase()]: String(remaining) }),
    ...(own.reset === undefined ? {} : { [own.reset.toLowerCase()]: String(reset) }),
  };
}
