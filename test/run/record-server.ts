import type { AddressInfo } from 'node:net';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { expect } from 'vitest';
import { currentParts } from '../../src/app/records/current-parts.ts';
import type { Call, Guard, Reading, Reply, Verdict } from '../../src/core/call.ts';
import type { Change, Edit } from '../../src/core/edit.ts';
import type { Field } from '../../src/core/field.ts';
import { isJsonObject, parseJson, scalarText, stringifyJson, type Json } from '../../src/core/json.ts';
import type { RowOutcome } from '../../src/core/outcome.ts';
import type { RunEvent } from '../../src/core/run-event.ts';
import type { PlannedRow } from '../../src/core/run-journal.ts';
import { arrayList, textForm } from '../../src/core/value-forms.ts';
import type { FoundRecord, Service } from '../../src/core/vendor.ts';
import { runEdits, type EngineEnd, type EngineParts } from '../../src/run/engine.ts';
import type { RunRow } from '../../src/run/run-row.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { createTransport } from '../../src/transport/send.ts';
import { wireRequest } from '../../src/transport/wire-request.ts';
import { afterFile } from '../clean-up.ts';
import { plainParts } from './plain-parts.ts';

/*
 * A small vendor for the members of the contract that few vendors have: a real server that keeps records with a version, and the service that
 * speaks its language. What the server answers besides is the test's to say.
 */

type Held = Record<string, Json>;

/** A write as the server got it. */
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, Json>;
  readonly ifMatch: string | undefined;
}

export interface RecordServer {
  readonly url: string;
  readonly records: Map<string, Held>;
  /** Writes in the order in which they came. */
  readonly writes: Write[];
  readonly reads: () => number;
  /** `read a`, `write a`, in the order in which they came. */
  readonly calls: string[];
  /**
   * What a write is answered in place of being done: a status and a body, or nothing and the connection is cut; undefined: it is done. `done`: it is done
   * all the same.
   */
  answer: (
    write: Write,
    count: number,
  ) => { readonly status: number; readonly body?: Json; readonly done?: true } | 'cut' | undefined;
  /** Called before a read is answered. */
  onRead: (id: string, count: number) => void;
}

export async function startRecordServer(records: Readonly<Record<string, Held>>): Promise<RecordServer> {
  let reads = 0;
  const server: RecordServer = {
    url: '',
    records: new Map(Object.entries(records).map(([id, held]) => [id, { version: 1, ...held }])),
    writes: [],
    reads: () => reads,
    calls: [],
    answer: () => undefined,
    onRead: () => undefined,
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = request;
    const id = decodeURIComponent(path.split('/')[2] ?? '').toLowerCase();
    server.calls.push(`${method === 'GET' ? 'read' : 'write'} ${id}`);
    if (method === 'GET') {
      reads += 1;
      server.onRead(id, reads);
      const held = server.records.get(id);
      respond(response, held === undefined ? 404 : 200, held === undefined ? {} : { id, ...held });
      return;
    }
    const text = await bodyOf(request);
    const parsed = parseJson(text);
    const body: Record<string, Json> = isJsonObject(parsed) ? (parsed as Record<string, Json>) : {};
    const write: Write = { method, path, body, ifMatch: headers['if-match'] };
    server.writes.push(write);
    const answer = server.answer(write, server.writes.length);
    if (answer === 'cut') {
      response.destroy();
      return;
    }
    if (answer !== undefined && answer.done === undefined) {
      respond(response, answer.status, answer.body ?? {});
      return;
    }
    if (path === '/batch') {
      for (const edit of body['edits'] as readonly Held[])
        Object.assign(server.records.get(edit['id'] as string) ?? {}, edit);
      respond(response, 200, {});
      return;
    }
    const held = server.records.get(id);
    const { version, ...members } = body;
    const guard = headers['if-match'] ?? version;
    if (held === undefined) respond(response, 404, {});
    else if (guard !== undefined && scalarText(guard) !== scalarText(held['version'] ?? null))
      respond(response, 412, {});
    else {
      Object.assign(held, members, { version: Number(held['version']) + 1 });
      respond(response, answer?.status ?? 200, answer?.body ?? { id, ...held });
    }
  };
  const http = createServer((request, response) => void handle(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  afterFile(async () => {
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  });
  const { port } = http.address() as AddressInfo;
  return Object.assign(server, { url: `http://127.0.0.1:${port}` });
}

function respond(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(stringifyJson(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

export interface RecordServiceOptions {
  /** Where the vendor takes the record's version as a condition; absent: nowhere. */
  readonly guardIn?: Guard['in'];
  readonly batches?: true;
  readonly repeatable?: Call['repeatable'];
  /** The stage goes by a call of its own, after the other fields. */
  readonly stageApart?: true;
  readonly stageUnguarded?: true;
  readonly canonicalId?: (id: string) => string;
  /** Verdicts of statuses besides 200, 404 and 412. */
  readonly verdicts?: Readonly<Record<number, Verdict>>;
  /** Whether replies to writes show the record. */
  readonly echoes?: true;
}

/** The service of that server. */
export function recordService(options: RecordServiceOptions = {}): Service {
  const { repeatable = true, verdicts = {} } = options;
  const record = (body: Json): FoundRecord | undefined => {
    if (!isJsonObject(body) || typeof body['id'] !== 'string') return undefined;
    const { id, version, title, ...values } = body;
    return {
      id,
      values: new Map(
        Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, { value }]])),
      ),
      ...(typeof title === 'string' ? { title, link: `https://crm.example/${id}` } : {}),
      ...(options.guardIn === undefined
        ? {}
        : {
            guard: {
              in: options.guardIn,
              name: options.guardIn === 'header' ? 'if-match' : 'version',
              value: scalarText(version ?? null) ?? '',
            },
          }),
    };
  };
  const write = (edit: Edit, changes: readonly Change[], path: string, more: Partial<Call>): Call => ({
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/json' },
    body: Object.fromEntries(changes.map(({ field, value }) => [field, value])),
    edits: [{ ...edit, changes }],
    step: 'update',
    repeatable,
    quotaGroup: 'calls',
    ...more,
  });
  const plan = (edit: Edit): readonly Call[] => {
    const path = `/records/${encodeURIComponent(edit.id)}`;
    const isStage = ({ field }: Change): boolean => options.stageApart === true && field === 'stage';
    const fields = edit.changes.filter((change) => !isStage(change));
    const stage = edit.changes.filter(isStage);
    const apart =
      options.stageUnguarded === true ? ({ step: 'stage', unguarded: true } as const) : { step: 'stage' as const };
    return [
      ...(stage.length > 0 && options.stageUnguarded === true ? [write(edit, stage, `${path}/stage`, apart)] : []),
      ...(fields.length > 0 ? [write(edit, fields, path, { step: stage.length > 0 ? 'fields' : 'update' })] : []),
      ...(stage.length > 0 && options.stageUnguarded !== true ? [write(edit, stage, `${path}/stage`, apart)] : []),
    ];
  };
  const read = (reply: Reply, call: Call): Reading => {
    const body = reply.body === '' ? {} : parseJson(reply.body);
    const given = verdicts[reply.status];
    if (given !== undefined) return settled(call, given);
    switch (reply.status) {
      case 200:
        return settled(
          call,
          options.echoes === true && call.edits.length === 1 ? { kind: 'applied', echo: body } : { kind: 'applied' },
        );
      case 400:
        if (call.edits.length > 1)
          return {
            kind: 'refused-whole',
            code: 'bad',
            message: 'one of them is bad',
            ...(isJsonObject(body) && Array.isArray(body['suspects'])
              ? { suspects: body['suspects'] as number[] }
              : {}),
          };
        return settled(call, { kind: 'rejected', code: 'bad', message: 'this is bad' });
      case 401:
        return { kind: 'unauthorised', code: '401', message: 'the key is not known' };
      case 404:
        return settled(call, { kind: 'rejected', code: 'not-found', message: 'there is none' });
      case 410:
        return {
          kind: 'unsupported',
          code: 'gone',
          message: 'this version of the API is gone',
          hint: 'Take the next one.',
        };
      case 412:
        return settled(call, { kind: 'conflict', code: 'changed', message: 'it has changed' });
      case 429:
        return { kind: 'throttled', message: 'too many', waitMs: 0 };
      default:
        return { kind: 'transient', code: String(reply.status), message: 'later', mayHaveApplied: true };
    }
  };
  return {
    idNames: [],
    fields: recordFields,
    ...(options.canonicalId === undefined ? {} : { canonicalId: options.canonicalId }),
    plan,
    read,
    ...(options.batches === true
      ? {
          batches: {
            most: 200,
            key: () => 'all',
            call: (_key, edits): Call => ({
              method: 'POST',
              path: '/batch',
              headers: { 'content-type': 'application/json' },
              body: {
                edits: edits.map(({ id, changes }) => ({
                  id,
                  ...Object.fromEntries(changes.map((one) => [one.field, one.value])),
                })),
              },
              edits,
              step: 'batch',
              repeatable: true,
              quotaGroup: 'calls',
            }),
          },
        }
      : {}),
    records: {
      call: (edit) => ({
        method: 'GET',
        path: `/records/${encodeURIComponent(edit.id)}`,
        headers: {},
        edits: [edit],
        step: 'read',
        repeatable: true,
        quotaGroup: 'calls',
      }),
      read: (reply) => {
        const found = reply.status === 200 ? record(parseJson(reply.body)) : undefined;
        if (found !== undefined) return { kind: 'found', record: found };
        return reply.status === 403
          ? { kind: 'unsupported', message: 'this account reads nothing' }
          : { kind: 'absent', code: 'not-found', message: 'There is no such record.' };
      },
      echoed: record,
      waitsMs: [0, 1],
    },
    check: { call: write({ row: 1, line: 1, id: '', changes: [] }, [], '/', {}), account: () => undefined },
  };
}

function settled(call: Call, verdict: Verdict): Reading {
  return { kind: 'settled', verdicts: call.edits.map(() => verdict) };
}

const documented = { description: '', evidence: 'documented' } as const;
const recordFields: readonly Field[] = [
  { ...documented, name: 'name', form: textForm() },
  { ...documented, name: 'stage', form: textForm() },
  { ...documented, name: 'labels', form: { ...textForm(), type: 'list', list: arrayList }, cleared: { value: [] } },
  { ...documented, name: 'labels.add', form: textForm(), writes: 'labels', action: 'add', fromCurrent: true },
  { ...documented, name: 'labels.remove', form: textForm(), writes: 'labels', action: 'remove', fromCurrent: true },
];

/** `labels.add=x`, `name=y`: the changes of one row. */
export function editOf(row: number, id: string, changes: Readonly<Record<string, string>>): Edit {
  return {
    row,
    line: row + 1,
    id,
    changes: Object.entries(changes).map(([column, value]): Change => {
      const field = recordFields.find(({ name }) => name === column);
      return { field: field?.writes ?? column, action: field?.action ?? 'set', value, column };
    }),
  };
}

export interface Ran {
  readonly end: EngineEnd;
  readonly outcomes: Map<number, RowOutcome>;
  readonly planned: Map<number, PlannedRow>;
  readonly events: RunEvent[];
}

/** Runs rows against the server, over the real wire. */
export async function runRows(
  server: RecordServer,
  service: Service,
  rows: readonly (Edit | RunRow)[],
  more: Partial<EngineParts> & { readonly stop?: RunStop } = {},
): Promise<Ran> {
  const ran: Ran = { end: undefined as never, outcomes: new Map(), planned: new Map(), events: [] };
  const current = currentParts({ service });
  const transport = await createTransport({ connections: 4, version: 'test' });
  const { stop = new RunStop(), ...parts } = more;
  try {
    const end = await runEdits(
      {
        ...plainParts,
        read: service.read,
        transport,
        authorise: (call) => wireRequest(call, server.url, { headers: {}, query: [] }),
        journal: {
          ...plainParts.journal,
          planned: ({ row }, planned) => void ran.planned.set(row, planned),
          recordOutcome: (outcome) => {
            expect(ran.outcomes.has(outcome.row)).toBe(false);
            ran.outcomes.set(outcome.row, outcome);
            return Promise.resolve();
          },
        },
        onEvent: (event) => void ran.events.push(event),
        rows: rowsOf(rows, service),
        concurrency: 4,
        failFast: false,
        ...(current === undefined ? {} : { current }),
        ...(service.batches === undefined ? {} : { batches: service.batches }),
        ...(service.canonicalId === undefined ? {} : { canonicalId: service.canonicalId }),
        ...parts,
      },
      stop,
    );
    return { ...ran, end };
  } finally {
    await transport.close();
  }
}

async function* rowsOf(rows: readonly (Edit | RunRow)[], service: Service): AsyncIterable<readonly RunRow[]> {
  yield await Promise.resolve(
    rows.map((row): RunRow =>
      'work' in row ? row : { ...row, work: { kind: 'send', calls: service.plan(row), edit: row } },
    ),
  );
}
