import type { Guard } from '../core/call.ts';
import { stringifyJson, parseJson, type Json } from '../core/json.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import type { PlannedRow } from '../core/run-journal.ts';
import {
  any,
  count,
  listOf,
  misfit,
  object,
  oneOf,
  optional,
  recordOf,
  text,
  type MemberChecks,
} from '../core/member-checks.ts';
import { rowStatuses, type OpenOutcome, type RowOutcome, type RowStatus } from '../core/outcome.ts';

/**
 * The lines of a journal, their seal left out. Each is one JSON object that begins with a head of fixed width, so that a million lines can be
 * gone through without parsing them:
 *
 *     {"k":"I","r":         7,"c":0,"t":1250}
 *     {"k":"R","r":         7,"c":0,"status":"applied","line":9,"id":"opp_1","attempts":1,"http":200}
 *
 * `k` is the kind, `r` the row (0 where none is meant), `c` the place of the call within the row.
 */
export const recordKinds = {
  /** Header: what the run is bound to. First line, once. */
  header: 'H',
  /** What a row's fields hold before it is written. */
  planned: 'B',
  /** A call is about to be sent. `t`: milliseconds since its session began, or `with`: the row whose call carries it. */
  intent: 'I',
  /** The call of the last intent did nothing. */
  notApplied: 'N',
  /** The call was applied, more calls of the row follow. */
  callApplied: 'O',
  /** A job of the vendor's is opened, about to be closed with some rows, or dropped; from version 3 on. */
  job: 'J',
  /** The row has its final outcome. */
  settled: 'R',
  /** Calls that change nothing, since the last such record. `t`: milliseconds since the session began, `calls`: their number. */
  reads: 'G',
  /** A process begins or goes on with the run. */
  session: 'S',
  /** A process left the run in an orderly way. */
  end: 'E',
} as const;

export type RecordKind = (typeof recordKinds)[keyof typeof recordKinds];

export interface RecordHead {
  readonly kind: RecordKind;
  readonly row: number;
  readonly call: number;
}

const kindAt = 6;
const rowAt = 13;
const rowWidth = 10;
const callAt = 28;
/** Bytes of the shortest record, its line end left out. */
export const headLength = 30;
const kinds = new Set<string>(Object.values(recordKinds));
/** The letters that every head has at the same place. */
const fixedLetters = [...Buffer.from('{"k":"?","r":??????????,"c":?').entries()].filter(
  ([, letter]) => letter !== 0x3f,
);

/** The head alone, without the closing brace. `row` up to 9,999,999,999; `call` 0 to 9. */
function head(kind: RecordKind, row: number, call: number): string {
  return `{"k":"${kind}","r":${String(row).padStart(rowWidth)},"c":${call}`;
}

export function bareRecord(kind: RecordKind, row: number, call: number): string {
  return `${head(kind, row, call)}}`;
}

export function recordWith(
  kind: RecordKind,
  row: number,
  call: number,
  body: Readonly<Record<string, unknown>>,
): string {
  const members = JSON.stringify(body).slice(1, -1);
  return `${head(kind, row, call)}${members === '' ? '' : `,${members}`}}`;
}

/** The head of the line that begins at `start`, or undefined where that is not a record. */
export function readHead(bytes: Buffer, start: number): RecordHead | undefined {
  for (const [at, letter] of fixedLetters) if (bytes[start + at] !== letter) return undefined;
  const kind = String.fromCharCode(bytes[start + kindAt] ?? 0);
  const row = readRow(bytes, start + rowAt);
  const call = (bytes[start + callAt] ?? 0) - 0x30;
  const next = bytes[start + callAt + 1];
  if (!kinds.has(kind) || row === undefined || call < 0 || call > 9 || (next !== 0x2c && next !== 0x7d))
    return undefined;
  return { kind: kind as RecordKind, row, call };
}

/** Digits up to the full width, blanks before them. */
function readRow(bytes: Buffer, start: number): number | undefined {
  let at = start;
  while (bytes[at] === 0x20 && at < start + rowWidth - 1) at += 1;
  let row = 0;
  for (; at < start + rowWidth; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    row = row * 10 + digit;
  }
  return row;
}

/** The body of a settled row. Row number and kind are in the head. */
interface SettledBody {
  readonly status: RowStatus;
  readonly line: number;
  readonly id: string;
  readonly attempts: number;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly http?: number;
  readonly request?: string;
  readonly title?: string;
  readonly link?: string;
}

/** `named`: with what people know the opportunity by, which another record of the row does not say already. */
export function settledRecord(outcome: RowOutcome, named = false): string {
  const { row, status, line, id, attempts, code, message, hint, httpStatus, requestId, title, link } = outcome;
  // JSON.stringify leaves out what is undefined.
  const body: { readonly [Name in keyof SettledBody]: SettledBody[Name] | undefined } = {
    status,
    line,
    id,
    attempts,
    code,
    message,
    hint,
    http: httpStatus,
    request: requestId,
    title: named ? title : undefined,
    link: named ? link : undefined,
  };
  return recordWith(recordKinds.settled, row, 0, body);
}

const settledChecks: MemberChecks<SettledBody> = {
  status: oneOf(...rowStatuses),
  line: count,
  id: text,
  attempts: count,
  code: optional(text),
  message: optional(text),
  hint: optional(text),
  http: optional(count),
  request: optional(text),
  title: optional(text),
  link: optional(text),
};

/** Reads a settled row back. Throws a `SyntaxError` on a line that is not JSON, a `TypeError` where a member is not what it should be. */
export function readSettled(record: string): RowOutcome {
  const body = JSON.parse(record) as SettledBody & { readonly r: number };
  const wrong = misfit(body, settledChecks);
  if (wrong !== undefined) throw new TypeError(wrong);
  const { r: row, line, id, status, attempts, code, message, hint, http, request, title, link } = body;
  const outcome: OpenOutcome = { row, line, id, status, attempts };
  if (code !== undefined) outcome.code = code;
  if (message !== undefined) outcome.message = message;
  if (hint !== undefined) outcome.hint = hint;
  if (http !== undefined) outcome.httpStatus = http;
  if (request !== undefined) outcome.requestId = request;
  if (title !== undefined) outcome.title = title;
  if (link !== undefined) outcome.link = link;
  return outcome;
}

export function plannedRecord(row: number, planned: PlannedRow): string {
  const members = stringifyJson(planned as unknown as Json).slice(1, -1);
  return `${head(recordKinds.planned, row, 0)},${members}}`;
}

/** Earlier journals of this version kept a guard under a name of its own, and not how it is sent. */
const plannedChecks: MemberChecks<PlannedRow & { readonly eTag?: never }> = {
  before: recordOf(any),
  beside: optional(recordOf(any)),
  withheld: optional(listOf(text)),
  sent: listOf(text),
  guard: optional(object<Guard>({ in: oneOf('header', 'body'), name: text, value: text })),
  left: optional(text),
  title: optional(text),
  link: optional(text),
  eTag: (value) => value === undefined,
  merged: optional(object<NonNullable<PlannedRow['merged']>>({ lead: count, steps: listOf(text) })),
};

/** Reads a planned row back, its numbers exact. Throws as {@link readSettled} does. */
export function readPlanned(record: string): PlannedRow {
  const planned: unknown = parseJson(record);
  const wrong = misfit(planned, plannedChecks);
  if (wrong !== undefined) throw new TypeError(wrong);
  return planned as PlannedRow;
}

const statusLead = ',"status":"';
const statusAt = callAt + 1 + statusLead.length;

/** The status of the settled row whose line is `bytes[start, end)`, without parsing the line; undefined where it has none. */
export function readStatus(bytes: Buffer, start: number, end: number): RowStatus | undefined {
  const close = bytes.indexOf(0x22, start + statusAt);
  if (close < 0 || close >= end) return undefined;
  const status = bytes.toString('latin1', start + statusAt, close);
  return (rowStatuses as readonly string[]).includes(status) ? (status as RowStatus) : undefined;
}

/** `sentMs`: from the begin of the session. */
export function intentRecord(row: number, call: number, sentMs: number): string {
  return `${head(recordKinds.intent, row, call)},"t":${Math.round(sentMs)}}`;
}

/** The intent of a row that another row's call carries. */
export function carriedRecord(row: number, call: number, carrier: number): string {
  return `${head(recordKinds.intent, row, call)},"with":${carrier}}`;
}

const timeLead = Buffer.from(',"t":');

/** Milliseconds from the begin of its session to the intent at `bytes[start, end)`, without parsing the line; undefined where another row's call carries it. */
export function readIntentMs(bytes: Buffer, start: number, end: number): number | undefined {
  const at = start + callAt + 1;
  if (end - at < timeLead.length + 2 || bytes.compare(timeLead, 0, timeLead.length, at, at + timeLead.length) !== 0)
    return undefined;
  const digits = /^\d{1,15}(?=[,}])/.exec(bytes.toString('latin1', at + timeLead.length, end));
  return digits === null ? undefined : Number(digits[0]);
}

/** What a journal says of a job. */
export interface JobNote {
  readonly job: string;
  readonly is: 'opened' | 'closing' | 'dropped';
  /** Of a job that is about to be closed: the numbers of its rows, successive ones as `1-2000`. */
  readonly rows?: string;
}

export function jobRecord({ job, is, rows }: JobNote): string {
  return recordWith(recordKinds.job, 0, 0, { job, is, rows });
}

const jobChecks: MemberChecks<JobNote> = {
  job: (value) => typeof value === 'string' && value !== '',
  is: oneOf('opened', 'closing', 'dropped'),
  rows: optional(
    (value) => typeof value === 'string' && /^\d{1,10}(?:-\d{1,10})?(?:,\d{1,10}(?:-\d{1,10})?)*$/.test(value),
  ),
};

/** Reads what was said of a job; undefined where the line says nothing that can be believed. */
export function readJob(record: string): JobNote | undefined {
  const body = plainJsonIn(record);
  return misfit(body, jobChecks) === undefined ? (body as JobNote) : undefined;
}

/** `1-2000,2003` of the numbers of rows, which may come in any order. */
export function rowRanges(rows: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const row of rows.toSorted((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open !== undefined && row <= open[1] + 1) open[1] = row;
    else ranges.push([row, row]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** The numbers behind {@link rowRanges}; undefined where one of them is beyond `highest`. */
export function rowsOfRanges(ranges: string, highest: number): readonly number[] | undefined {
  const rows: number[] = [];
  for (const range of ranges.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    if (first < 1 || last > highest || last < first) return undefined;
    for (let row = first; row <= last; row += 1) rows.push(row);
  }
  return rows;
}

/** What a record of reads says: so many calls were sent within a second from `sentMs` on. */
export interface SentReads {
  /** From the begin of the session. */
  readonly sentMs: number;
  readonly calls: number;
}

export function readsRecord({ sentMs, calls }: SentReads): string {
  return `${head(recordKinds.reads, 0, 0)},"t":${sentMs},"calls":${calls}}`;
}

/** Reads a record of reads back; undefined where a member is not what it should be. */
export function readReads(record: string): SentReads | undefined {
  const body = JSON.parse(record) as ReadsBody;
  const wrong = misfit(body, readsChecks);
  return wrong === undefined ? { sentMs: body.t, calls: body.calls } : undefined;
}

interface ReadsBody {
  readonly t: number;
  readonly calls: number;
}

const readsChecks: MemberChecks<ReadsBody> = { t: count, calls: count };
