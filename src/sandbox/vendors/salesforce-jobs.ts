import type { VendorBehaviour } from '../options.ts';
import { createRandom } from '../random.ts';
import type { Records } from '../records.ts';
import type { SandboxCall, SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import { bodyMembers } from '../wire.ts';
import { fields } from './salesforce-metadata.ts';
import { failure, fieldNames, find, unknownResource } from './salesforce-replies.ts';
import { fullId, malformed, refused, written } from './salesforce-write.ts';

/** Salesforce's Bulk API 2.0: ingest jobs that update opportunities. */

interface Job {
  readonly id: string;
  state: 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  content: string | undefined;
  closedAtMs: number;
  processed: number;
  failed: number;
  errorMessage: string | undefined;
  readonly results: Record<
    'successfulResults' | 'failedResults' | 'unprocessedrecords',
    readonly (readonly string[])[]
  >;
}

const jobsOf = new WeakMap<Records, Map<string, Job>>();
const mostContentBytes = 100 << 20;
const types = new Map(fields.map(({ name, type }) => [name, type]));

/** The jobs of a practice org, for tests. */
export function jobsIn(records: Records): Map<string, Job> {
  const jobs = jobsOf.get(records) ?? new Map<string, Job>();
  jobsOf.set(records, jobs);
  return jobs;
}

/** What a request changes of a job, in place of an opportunity's id: `job-POST`, `job-PUT`, `job-PATCH`. */
export function jobStep({ method, path }: SandboxRequest): string | undefined {
  return method !== 'GET' && /\/jobs\/ingest(?:\/|$)/.test(path) ? `job-${method}` : undefined;
}

export function jobRequest(call: SandboxCall, below: string): SandboxResponse {
  const { method, records, behaviour } = call;
  const jobs = jobsIn(records);
  if (behaviour.jobs.ends === 'refused')
    return failure(403, 'FEATURENOTENABLED', 'The Bulk API is not enabled for this org or user');
  const [, , , id = '', part = ''] = below.split('/');
  if (below === '/jobs/ingest' && method === 'POST') return create(call, jobs);
  const job = jobs.get(id);
  if (job === undefined) return unknownResource();
  switch (`${method} ${part}`) {
    case 'PUT batches':
      return upload(call, job);
    case 'GET ':
      return { status: 200, body: shown(job) };
    case 'PATCH ':
      return change(call, job);
    case 'GET successfulResults':
    case 'GET failedResults':
    case 'GET unprocessedrecords':
      return results(job, part as keyof Job['results']);
    default:
      return unknownResource(below);
  }
}

/** What a job is made of: nothing else is taken, and a reply repeats it. */
const wanted = {
  object: 'Opportunity',
  operation: 'update',
  contentType: 'CSV',
  lineEnding: 'LF',
  columnDelimiter: 'COMMA',
};

function create(request: SandboxRequest, jobs: Map<string, Job>): SandboxResponse {
  const members = bodyMembers(request);
  if (JSON.stringify(members) !== JSON.stringify(wanted))
    return failure(400, 'InvalidJob', 'Unable to parse Job', JSON.stringify(members));
  const job: Job = {
    id: fullId(`7505e0000${String(jobs.size + 1).padStart(6, '0')}`),
    state: 'Open',
    content: undefined,
    closedAtMs: 0,
    processed: 0,
    failed: 0,
    errorMessage: undefined,
    results: { successfulResults: [], failedResults: [], unprocessedrecords: [] },
  };
  jobs.set(job.id, job);
  return done(200, job);
}

function shown({ id, state, processed, failed, errorMessage }: Job): Record<string, unknown> {
  return {
    id,
    ...wanted,
    createdById: '0055e0000012xyzAAA',
    createdDate: '2026-11-29T08:00:00.000+0000',
    state,
    concurrencyMode: 'Parallel',
    apiVersion: 66,
    jobType: 'V2Ingest',
    numberRecordsProcessed: processed,
    numberRecordsFailed: failed,
    ...(errorMessage === undefined ? {} : { errorMessage }),
  };
}

function upload({ body, headers }: SandboxRequest, job: Job): SandboxResponse {
  if (headers['content-type']?.startsWith('text/csv') !== true)
    return failure(415, 'InvalidContent', 'content-type', 'content-type');
  if (job.state !== 'Open' || job.content !== undefined)
    return failure(400, 'INVALIDJOBSTATE', 'Found multiple contents for job', 'a second content');
  if (Buffer.byteLength(body) > mostContentBytes)
    return failure(400, 'MAXSIZE', 'The content is too large', 'too large');
  job.content = body;
  return { status: 201, applied: true, appliedIds: [] };
}

function change(request: SandboxRequest, job: Job): SandboxResponse {
  const { state } = bodyMembers(request);
  if (state === 'Aborted' && ['Open', 'UploadComplete', 'InProgress'].includes(job.state)) {
    job.state = 'Aborted';
    return done(200, job);
  }
  if (state !== 'UploadComplete' || job.state !== 'Open')
    return failure(400, 'INVALIDJOBSTATE', `Job state transition from ${job.state} to ${String(state)} is not allowed`);
  job.state = 'UploadComplete';
  job.closedAtMs = Date.now();
  return done(200, job);
}

/** A job was changed; opportunities were not. */
function done(status: number, job: Job): SandboxResponse {
  return { status, body: shown(job), applied: true, appliedIds: [] };
}

function results(job: Job, name: keyof Job['results']): SandboxResponse {
  if (!['JobComplete', 'Failed', 'Aborted'].includes(job.state))
    return failure(400, 'INVALIDJOBSTATE', 'The job is not done', 'results of a job at work');
  const { header } = parsed(job);
  const first = {
    successfulResults: ['sf__Id', 'sf__Created'],
    failedResults: ['sf__Id', 'sf__Error'],
    unprocessedrecords: [],
  };
  const random = createRandom(job.results[name].length + 1);
  // The order is not that of the file.
  const rows = job.results[name].map((cells) => ({ cells, place: random() })).toSorted((a, b) => a.place - b.place);
  const lines = [[...first[name], ...header], ...rows.map(({ cells }) => cells)];
  return {
    status: 200,
    headers: { 'content-type': 'text/csv' },
    body: `${lines.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`,
  };
}

/** The file as a strict reader of quoted cells sees it: its header, and the rows that end in a line end. */
function parsed({ content = '' }: Pick<Job, 'content'>): {
  header: readonly string[];
  rows: readonly (readonly string[])[];
} {
  const rows: string[][] = [[]];
  for (const [, raw = '', end] of content.matchAll(/((?:"[^"]*"|[^",\n])*)([,\n])/g)) {
    const quoted = /"((?:[^"]|"")*)"/g;
    rows.at(-1)?.push(raw.replace(quoted, (_cell, text: string) => text.replaceAll('""', '"')));
    if (end === '\n') rows.push([]);
  }
  const [header = [], ...others] = rows.slice(0, -1);
  return { header, rows: others };
}

/** Does what closed jobs ask for, once it is time; the ids that were written. */
export function workOnJobs({ records, behaviour: { jobs: behaviour } }: SandboxCall, nowMs: number): readonly string[] {
  const written: string[] = [];
  for (const job of jobsOf.get(records)?.values() ?? []) {
    if (job.state !== 'UploadComplete' && job.state !== 'InProgress') continue;
    if (nowMs - job.closedAtMs >= behaviour.workMs) written.push(...work(job, records, behaviour));
    else if (nowMs - job.closedAtMs >= behaviour.workMs / 3) job.state = 'InProgress';
  }
  return written;
}

function work(job: Job, records: Records, behaviour: VendorBehaviour['jobs']): readonly string[] {
  const { header, rows } = parsed(job);
  const unknown = header.find((name) => !fieldNames.has(name));
  const ends = behaviour.ends === 'refused' ? 'JobComplete' : behaviour.ends;
  job.state = unknown === undefined ? ends : 'Failed';
  if (job.state === 'Failed')
    job.errorMessage =
      unknown === undefined
        ? 'InternalServerError : the job could not be finished'
        : `InvalidBatch : Field name not found : ${unknown}`;
  const most = unknown !== undefined ? 0 : rows.length - behaviour.unprocessed;
  const told = rows.length - behaviour.unprocessed - behaviour.untold;
  const successful: (readonly string[])[] = [];
  const failed: (readonly string[])[] = [];
  const doneIds: string[] = [];
  const seen = new Set<string>();
  for (const [index, cells] of rows.slice(0, most).entries()) {
    const members = membersOf(header, cells);
    const id = cells[header.indexOf('Id')] ?? '';
    const record = find(id, records);
    const wrong = malformed(members);
    const result =
      record === undefined
        ? refused('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id')
        : seen.has(id)
          ? refused('DUPLICATE_VALUE', `duplicate id specified: ${id}`)
          : wrong !== undefined
            ? refused('INVALID_TYPE_ON_FIELD_IN_RECORD', wrong)
            : written(record, members, new Date());
    seen.add(id);
    if ('record' in result) {
      records.put(fullId(id), result.record);
      doneIds.push(fullId(id));
      if (index < told) successful.push([id, 'false', ...cells]);
    } else {
      job.failed += 1;
      const [first] = result.refusals;
      const error = `${first?.statusCode ?? ''}:${first?.message ?? ''}:${first?.fields.join(',') ?? ''}--`;
      if (index < told) failed.push([id, error, ...cells]);
    }
    job.processed += 1;
  }
  if (behaviour.foreign)
    successful.push(['0065e00000FoReiGN', 'false', '0065e00000FoReiGN', ...header.slice(1).map(() => '')]);
  job.results.successfulResults = successful;
  job.results.failedResults = failed;
  job.results.unprocessedrecords = rows.slice(most);
  return doneIds;
}

/** An empty cell leaves its field, #N/A empties it. */
function membersOf(header: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [index, name] of header.entries()) {
    const text = cells[index] ?? '';
    if (name === 'Id' || text === '') continue;
    const type = types.get(name) ?? '';
    members[name] =
      text === '#N/A'
        ? null
        : ['currency', 'double', 'int', 'percent'].includes(type)
          ? Number(text)
          : type === 'boolean'
            ? text === 'true'
            : text;
  }
  return members;
}
