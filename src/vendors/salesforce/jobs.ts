import type { Call, Reply, Verdict } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { isExactNumber, isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { JobResult, JobState, JobWrites, Settings } from '../../core/vendor.ts';
import { csvCell, csvRecords } from '../shared/csv.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall, jsonHeaders } from '../shared/json-call.ts';
import { longId } from './ids.ts';
import { errorVerdict } from './read.ts';
import { allCalls, dataPath } from './write.ts';

/*
 * Bulk API 2.0: a job is created, gets one CSV file, is closed, and is worked on in its own time.
 * https://developer.salesforce.com/docs/platform/api-asynch/guide/bulk-api-2-0-ingest.html, as of 2026-11.
 */

/** As many collections of 200 are 250 calls of the day. */
const autoRows = 50_000;
/** A job is some ten calls, 2,000 rows are ten collections. */
const autoFewest = 2_000;

/** A cell's text that empties a field; an empty cell leaves it. …/guide/datafiles-prepare-csv.html, 2026-11. */
const clears = '#N/A';
const longestText = 32_000;

export function salesforceJobs(settings: Settings): JobWrites {
  const mode = settings['lock'] === 'each' ? 'never' : settings['bulk-api'];
  const jobsPath = `${dataPath(settings)}/jobs/ingest`;
  const jobPath = (job: string): string => `${jobsPath}/${encodeURIComponent(job)}`;
  const change = (job: string, step: 'job-close' | 'job-abort', state: string): Call =>
    jsonCall({ method: 'PATCH', path: jobPath(job), body: { state }, step, quotaGroup: allCalls });
  return {
    atLeast: mode === 'always' ? 1 : mode === 'auto' ? autoRows : Number.POSITIVE_INFINITY,
    fewest: mode === 'always' ? 1 : autoFewest,
    // Salesforce takes 150 MB a job, and divides it into batches of 10,000 rows. All rows of a job are in memory at once.
    most: 20_000,
    mostBytes: 16 << 20,
    fits: ({ changes }) => changes.every(({ value }) => fitsCell(value)),
    create: jsonCall({
      method: 'POST',
      path: jobsPath,
      body: {
        object: 'Opportunity',
        operation: 'update',
        contentType: 'CSV',
        lineEnding: 'LF',
        columnDelimiter: 'COMMA',
      },
      step: 'job-create',
      quotaGroup: allCalls,
    }),
    created: (reply) => {
      const id = jobIn(reply)?.['id'];
      return typeof id === 'string' && /^[A-Za-z0-9]{15,18}$/.test(id) ? id : undefined;
    },
    content: csvOf,
    upload: (job, text) =>
      jsonCall({
        method: 'PUT',
        path: `${jobPath(job)}/batches`,
        headers: { ...jsonHeaders, 'content-type': 'text/csv; charset=UTF-8' },
        text,
        step: 'job-upload',
        repeatable: false,
        quotaGroup: allCalls,
      }),
    close: (job) => change(job, 'job-close', 'UploadComplete'),
    abort: (job) => change(job, 'job-abort', 'Aborted'),
    state: (job) => jsonCall({ path: jobPath(job), headers: jsonHeaders, step: 'job-state', quotaGroup: allCalls }),
    readState,
    results: (job) =>
      ['successfulResults', 'failedResults', 'unprocessedrecords'].map((name) =>
        jsonCall({
          path: `${jobPath(job)}/${name}`,
          headers: { accept: 'text/csv' },
          // The content once more, with two columns, whose cells are all quoted.
          mostReplyBytes: 64 << 20,
          step: 'job-results',
          quotaGroup: allCalls,
        }),
      ),
    readResults: (reply, { path }) => (reply.status === 200 ? resultsIn(reply.body, path) : undefined),
  };
}

/** What a cell can say: not the text that clears, no empty text (it leaves the field), no more than its limit, no line end but LF. */
function fitsCell(value: Json): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || isExactNumber(value)) return true;
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value !== clears &&
    value.length <= longestText &&
    !value.includes('\r')
  );
}

/** A column for each field that any of the edits changes. */
function csvOf(edits: readonly Edit[]): string {
  const fields = [...new Set(edits.flatMap(({ changes }) => changes.map(({ field }) => field)))];
  const places = new Map(fields.map((field, index) => [field, index + 1]));
  const lines = [['Id', ...fields].join(',')];
  for (const { id, changes } of edits) {
    const cells: string[] = Array.from({ length: fields.length + 1 }, () => '');
    cells[0] = longId(id);
    for (const { field, value } of changes)
      cells[places.get(field) ?? 0] = value === null ? clears : csvCell(scalarText(value) ?? '');
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
}

function jobIn(reply: Reply): JsonObject | undefined {
  const body = reply.status === 200 || reply.status === 201 ? jsonBody(reply) : undefined;
  return isJsonObject(body) ? body : undefined;
}

function readState(reply: Reply, job: string): JobState | undefined {
  if (reply.status === 404) return { kind: 'gone' };
  const body = jobIn(reply);
  const { id, state, numberRecordsProcessed: processed } = body ?? {};
  if (body === undefined || typeof id !== 'string' || longId(id) !== longId(job)) return undefined;
  const done = typeof processed === 'number' ? processed : 0;
  switch (typeof state === 'string' ? state : '') {
    case 'Open':
      return { kind: 'open' };
    case 'UploadComplete':
    case 'InProgress':
      return { kind: 'working', done };
    case 'JobComplete':
      return { kind: 'ended' };
    case 'Aborted':
      return { kind: 'ended', aborted: true };
    case 'Failed': {
      const message = body['errorMessage'];
      return { kind: 'ended', failed: typeof message === 'string' ? excerpt(message, 300) : 'the job failed' };
    }
    default:
      return undefined;
  }
}

const unprocessed: Verdict = {
  kind: 'again',
  code: 'unprocessed',
  message: 'The job ended before it came to this row.',
};

/**
 * The rows of one of the three files, joined by the id that stood in ours: their order is not ours. An empty file has no header where there are none.
 * …/guide/get-job-successful-results.html, get-job-failed-results.html, get-job-unprocessed-results.html, 2026-11.
 */
function resultsIn(body: string, path: string): readonly JobResult[] {
  const isOf = (name: string): boolean => path.endsWith(`/${name}`);
  const results: JobResult[] = [];
  for (const cell of csvRecords(body)) {
    const id = cell('Id') ?? '';
    const named = cell('sf__Id') ?? '';
    if (id === '') continue;
    const isOther = named !== '' && longId(named) !== longId(id);
    const isDone = named !== '' && !isOther && cell('sf__Created') !== 'true';
    let verdict: Verdict = unprocessed;
    if (isOf('successfulResults')) verdict = isDone ? applied : unnamed;
    else if (isOf('failedResults')) verdict = isOther ? unnamed : errorVerdict(cell('sf__Error') ?? '');
    results.push({ id, verdict });
  }
  return results;
}

const applied: Verdict = { kind: 'applied' };
const unnamed: Verdict = { kind: 'unnamed' };
