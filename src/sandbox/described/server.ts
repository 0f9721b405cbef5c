import { plainJsonIn } from '../../core/plain-json.ts';
import type { SandboxRecord } from '../records.ts';
import type { SandboxCall, SandboxRequest, SandboxResponse, VendorServer } from '../vendor-server.ts';
import { jsonBodyOf } from '../wire.ts';
import { askedId, askedWrite, idPlace, isCall, textAt } from './asked.ts';
import { hasCredentials, sandboxCredentials } from './credentials.ts';
import type { BatchPart, DescribedFile, ReadPart, WritePart } from './described-file.ts';
import { applied, sampleRecord } from './fields.ts';
import { isOutdated, nextVersion, versionHeader } from './guard.ts';
import { listRecords } from './listing.ts';
import { sandboxQuotas, statedQuota } from './quota.ts';
import { checkBody, envelope, notFound, refusal, shown, success } from './replies.ts';
import { batchWrite, readSeveral } from './several.ts';
import { at, put } from './values.ts';

/** A server that takes and shows what the file says, for one vendor of the sandbox. */
export function describedServer(file: DescribedFile, greeting: VendorServer['greeting']): VendorServer {
  const blank = (id: string): SandboxRecord & { readonly id: string } => {
    const { form, at: place = '/id' } = file.id ?? {};
    const named = put(sampleRecord(file, id), place, form === 'digits' && place === '/id' ? Number(id) : id);
    return { ...nextVersion(file.read, named as SandboxRecord), id };
  };
  return {
    name: file.name,
    ...(greeting === undefined ? {} : { greeting }),
    basePath: `/${file.name}`,
    credentials: sandboxCredentials(file),
    quota: sandboxQuotas(file),
    sample: (number) => blank(sampleId(file, number)),
    blank,
    writtenId: (request) => askedWrite(file, request)?.id ?? batchIds(file.batch, request)[0],
    quotaGroup: (request) => (isBatch(file.batch, request) ? 'batches' : undefined),
    refusesRows: (request) => isBatch(file.batch, request),
    handle: (call) => handle(file, call),
    unauthorised: (request) =>
      hasCredentials(file, request) ? undefined : refusal(file, 401, 'unauthorised', 'the credentials are refused'),
    throttled: ({ resetMs }) => {
      const answer = refusal(file, 429, 'rate-limit', 'too many requests');
      return { ...answer, headers: { 'retry-after': String(Math.max(1, Math.ceil(resetMs / 1000))) } };
    },
    refused: (code = 'invalid', message = 'the value is out of range') => refusal(file, 400, code, message),
    failed: () => refusal(file, 500, 'internal', 'internal error'),
    quotaHeaders: (quota) => statedQuota(file, quota),
  };
}

function sampleId({ id }: DescribedFile, number: number): string {
  const digits = String(number);
  if (id?.form === 'digits') return digits.padStart(4, '1000');
  return id?.form === 'uuid' ? `5ca5b042-51ea-4699-b6f0-${digits.padStart(12, '0')}` : `sandbox-${digits}`;
}

function handle(file: DescribedFile, call: SandboxCall): SandboxResponse {
  const { batch, read } = file;
  if (batch !== undefined && isBatch(batch, call)) return batchWrite(file, batch, call);
  const write = askedWrite(file, call);
  if (write !== undefined) return update(file, write, call);
  const many = read?.many;
  if (many !== undefined && isCall(many, call) && namesSeveral(many, call)) return readSeveral(file, many, call);
  const list = read?.list;
  if (list !== undefined && isCall(list, call) && !isCheck(file, call)) return listRecords(file, list, call);
  const id = read === undefined ? undefined : askedId(read, call);
  if (read !== undefined && id !== undefined) return readOne(file, read, id, call);
  if (isCheck(file, call)) return { status: 200, body: envelope(file, checkBody(file)) };
  return { ...refusal(file, 404, 'NOT_FOUND', 'no such call'), violation: `${call.method} ${call.path}` };
}

/** A list is asked for with a page or a filter, where the same path proves credentials. */
function isCheck({ check, read }: DescribedFile, request: SandboxRequest): boolean {
  const filters = Object.values(read?.list?.filters ?? {}).map((said) => (typeof said === 'string' ? said : said.in));
  const named = [...filters, read?.list?.pages?.size?.in ?? ''];
  return isCall(check, request) && !named.some((name) => request.query.has(name));
}

/** The same path may list, and prove credentials: without ids it does not read several records. */
function namesSeveral({ ids }: NonNullable<ReadPart['many']>, { query, body }: SandboxRequest): boolean {
  return ids.query === undefined ? Array.isArray(at(plainJsonIn(body), ids.at ?? '')) : query.has(ids.query);
}

function isBatch(batch: BatchPart | undefined, request: SandboxRequest): boolean {
  return batch !== undefined && isCall(batch, request);
}

function batchIds(batch: BatchPart | undefined, request: SandboxRequest): readonly string[] {
  const list =
    batch !== undefined && isBatch(batch, request) ? at(plainJsonIn(request.body), batch.records) : undefined;
  if (batch === undefined || !Array.isArray(list)) return [];
  return (list as readonly unknown[]).flatMap((entry) => textAt(entry, idPlace(batch)) ?? []);
}

function update(
  file: DescribedFile,
  { part, id }: { readonly part: WritePart; readonly id: string },
  call: SandboxCall,
): SandboxResponse {
  const { headers, records } = call;
  const record = records.get(id);
  if (record === undefined) return notFound(file);
  // Media types of JSON that are the service's own: application/json-patch+json.
  const type = (headers['content-type'] ?? '').replace(/\/[\w.-]+\+json/, '/json');
  const body = jsonBodyOf({ ...call, headers: { ...headers, 'content-type': type } });
  if ('problem' in body) return { ...refusal(file, 400, 'invalid', body.problem), violation: body.problem };
  if (file.read !== undefined && isOutdated(file.read, call, record))
    return refusal(file, 412, 'conflict', 'the record has changed');
  const next = applied(file, part, record, body.value);
  if ('wrong' in next) {
    const { name, problem } = next.wrong;
    return { ...refusal(file, 400, 'invalid', problem, next.wrong), violation: `${name}: ${problem}` };
  }
  const written = nextVersion(file.read, next.record);
  records.put(id, written);
  return { ...success(file, shown(file, written, id)), applied: true };
}

function readOne(file: DescribedFile, read: ReadPart, id: string, call: SandboxCall): SandboxResponse {
  const record = call.records.shown(id, call.behaviour.readLagMs);
  if (record === undefined) return notFound(file);
  return {
    status: 200,
    headers: versionHeader(read, record),
    body: envelope(file, put({}, read.record ?? '', shown(file, record, id))),
  };
}
