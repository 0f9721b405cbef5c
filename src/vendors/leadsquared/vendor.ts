import type { Answer, Call, Reading, Reply } from '../../core/call.ts';
import type { Rate } from '../../core/duration.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { Check, Settings, Vendor } from '../../core/vendor.ts';
import { leadsquaredCurrent } from '../shared/current-values.ts';
import { jsonBody, retryAfterMs, settled, statusAnswer, statusMessage } from '../shared/http-status.ts';
import { bulkAnswer, eventCodeField, leadsquaredBatches } from './bulk.ts';
import {
  eventCodeForm,
  guidForm,
  leadsquaredAudit,
  leadsquaredFieldHint,
  leadsquaredFields,
  leadsquaredOpenField,
  listProblem,
} from './fields.ts';
import { leadsquaredMetadata } from './names.ts';
import { settleNote } from '../shared/settlements.ts';

const defaultHost = 'api.leadsquared.com';

/**
 * LeadSquared: one POST for each opportunity with the fields to change, all values as text. The reply names the opportunity and echoes nothing.
 * https://apidocs.leadsquared.com/update-an-opportunity/, as of 2026-10.
 */
export const leadsquared = {
  name: 'leadsquared',
  title: 'LeadSquared',
  documentation: [
    'https://apidocs.leadsquared.com/update-an-opportunity/',
    'https://apidocs.leadsquared.com/authentication/',
    'https://apidocs.leadsquared.com/rate-limits/',
    'https://apidocs.leadsquared.com/error-handling/',
  ],
  credentials: [
    {
      title: 'Access key and secret key',
      fields: [
        {
          name: 'accessKey',
          secret: true,
          description: 'From My Profile > Settings > API and Webhooks; acts with the rights of its user.',
          // Access keys look like `u$r` and 32 hexadecimal digits: a shell, or a loader of .env files, takes `$r…` for a variable.
          doubt: (value) =>
            value.startsWith('u') && !value.startsWith('u$r')
              ? 'begins with u but not with u$r: a shell may have taken `$r…` for a variable; put the key between single quotes'
              : undefined,
        },
        { name: 'secretKey', secret: true, description: 'Shown beside the access key.' },
      ],
    },
  ],
  settings: [
    {
      name: 'host',
      description:
        'The host of your region: api.leadsquared.com (Singapore), api-us11. (US), api-in21. (Mumbai), api-in22. (Hyderabad), api-ir31. (Ireland), api-ca12. (Canada), each before leadsquared.com, or any other that LeadSquared names.',
      default: defaultHost,
      problem: hostProblem,
    },
    {
      name: 'event-code',
      description:
        "The opportunity type's code, such as 12000 (Settings > Opportunities > Opportunity Types). With it opportunities are read and written in bulk, and the type's own fields and options are known.",
      default: '',
      problem: (value) =>
        value === '' || eventCodeForm.test(value) ? undefined : 'is not a whole number such as 12000',
    },
    {
      name: 'keys-in',
      description: 'Where the keys are sent. Some accounts are said to accept them in the query only.',
      default: 'headers',
      options: ['headers', 'query'],
    },
    {
      name: 'date-fields',
      description:
        'Schema names (mx_Custom_8, comma between) that hold dates: values are converted to YYYY-MM-DD HH:MM:SS in UTC.',
      default: '',
      problem: listProblem,
    },
    {
      name: 'number-fields',
      description: 'Schema names (mx_Custom_6, comma between) that hold numbers: values must be plain decimals.',
      default: '',
      problem: listProblem,
    },
    {
      name: 'note-repeats',
      description:
        'Whether a row with a note may be sent again after an unclear failure. LeadSquared does not say whether a note replaces the former one.',
      default: 'unsafe',
      options: ['unsafe', 'safe'],
    },
  ],
  baseUrl: (settings) => `https://${settings['host'] || defaultHost}/v2`,
  // https://apidocs.leadsquared.com/authentication/, 2026-10: both ways are documented, headers are recommended.
  authorise: ({ accessKey = '', secretKey = '' }, settings) =>
    settings['keys-in'] === 'query'
      ? { headers: {}, query: [['accessKey', accessKey] as const, ['secretKey', secretKey] as const] }
      : { headers: { 'x-LSQ-AccessKey': accessKey, 'x-LSQ-SecretKey': secretKey }, query: [] },
  // https://apidocs.leadsquared.com/update-an-opportunity/, 2026-10. Plans differ (10 and 20 per 5 s on the current page of rate limits), and
  // a refusal states the account's own limit. Whether the window slides is not documented.
  meters: [
    {
      name: 'calls',
      count: 25,
      windowMs: 5_000,
      window: 'sliding',
      evidence: 'documented',
      description: 'All calls of the account, whoever makes them. Smaller plans have 10 or 20 per 5 s.',
    },
    {
      name: 'bulk calls',
      count: 5,
      windowMs: 5_000,
      window: 'sliding',
      group: 'bulk',
      stays: true,
      evidence: 'assumed',
      description:
        'Calls for several opportunities, which count among all calls, too. Said of the bulk calls for leads (5 or 10 per 5 s, 1 on older plans); another rate: --rate bulk=1/5s.',
    },
  ],
  // As many as the quota lets go at once: fewer would idle under it for a round trip or two in each window.
  concurrency: 25,

  idNames: ['ProspectOpportunityId', 'OpportunityId'],
  // A GUID, or the value of the type's AutoId field, whose form the account chooses.
  idProblem: (id) =>
    /^\S{1,100}$/.test(id) ? undefined : 'is neither the id (GUID) nor the AutoId value of an opportunity',
  fields: leadsquaredFields,
  openField: leadsquaredOpenField,
  openNames: [
    {
      name: 'mx_…',
      description: 'Any field of the opportunity type by its schema name, such as mx_Custom_6; sent as text.',
    },
  ],
  unknownFieldHint: leadsquaredFieldHint,
  audit: leadsquaredAudit,

  plan: (edits, settings) =>
    edits
      .filter(({ changes }) => changes.some(({ field }) => field !== eventCodeField))
      .map((edit) => updateCall(edit, settings)),
  batches: leadsquaredBatches,
  read,
  settle: settleNote,
  current: leadsquaredCurrent,
  metadata: leadsquaredMetadata,
  check: (): Check => ({
    call: {
      method: 'GET',
      path: '/Authentication.svc/UserByAccessKey.Get',
      headers: { accept: 'application/json' },
      edits: [],
      step: 'check',
      repeatable: true,
      quotaGroup: 'calls',
    },
    account,
  }),
} as const satisfies Vendor;

function hostProblem(host: string): string | undefined {
  return /^(?=.{4,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/i.test(host)
    ? undefined
    : `is not the name of a host alone, such as ${defaultHost}`;
}

function updateCall(edit: Edit, settings: Settings): Call {
  const note = edit.changes.find(isNote);
  const fields = edit.changes.filter((change) => !isNote(change) && change.field !== eventCodeField);
  return {
    method: 'POST',
    path: '/OpportunityManagement.svc/Update',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: {
      ProspectOpportunityId: edit.id,
      ...(note === undefined ? {} : { OpportunityNote: note.value }),
      Fields: fields.map(({ field, value }) => ({ SchemaName: field, Value: value })),
    },
    edits: [edit],
    step: 'update',
    repeatable: note === undefined || settings['note-repeats'] === 'safe',
    quotaGroup: 'calls',
  };
}

function isNote(change: Change): boolean {
  return change.field === 'OpportunityNote';
}

/**
 * The order of judgement: done; over the limit, in any of its forms; credentials; a type that begins with MX, which is final whatever the
 * status; what the status normally means. A 200 may hold `Status: "Error"`, and 500 is how most refusals arrive.
 * https://apidocs.leadsquared.com/error-handling/, 2026-10, and clients on live accounts.
 */
function read(reply: Reply, call: Call): Reading {
  const parsed = jsonBody(reply);
  const body = isJsonObject(parsed) ? parsed : {};
  const done = reply.status === 200 ? (bulkAnswer(parsed, call) ?? doneAnswer(body, call)) : undefined;
  if (done !== undefined) return done;
  const answer = refusal(reply, body, call);
  const [verdict] = answer.kind === 'settled' && call.step === 'bulk update' ? answer.verdicts : [];
  if (verdict?.kind !== 'rejected') return answer;
  const unsupported = reply.status === 404 || reply.status === 405 ? ({ unsupported: true } as const) : {};
  return { ...verdict, kind: 'refused-whole', ...unsupported };
}

function refusal(reply: Reply, body: JsonObject, call: Call): Reading {
  const type = textOf(body['ExceptionType']);
  const stated = textOf(body['ExceptionMessage']);
  const message = stated === undefined ? statusMessage(reply) : excerpt(stated, 500);
  const limited = limitAnswer(reply, type, stated ?? reply.body.slice(0, 4_000), message);
  if (limited !== undefined) return limited;

  const { status } = reply;
  if (status === 401 || status === 403) {
    return { kind: 'unauthorised', code: type ?? `http-${status}`, message, hint: credentialsHint(reply) };
  }
  const refusedInside = status === 200 && body['Status'] === 'Error';
  if (type?.startsWith('MX') === true ? status === 200 || status >= 400 : refusedInside) {
    return settled(call, { kind: 'rejected', code: type ?? 'status-error', message });
  }
  return statusAnswer(reply, call, { code: type, message: stated === undefined ? undefined : message });
}

/** Only the exact text "Success" counts: other calls of LeadSquared answer with numbers, and a 200 alone says nothing. */
function doneAnswer(body: JsonObject, call: Call): Answer | undefined {
  const [edit] = call.edits;
  if (call.step === 'look') return typeof body['ID'] === 'string' ? settled(call, { kind: 'applied' }) : undefined;
  if (edit === undefined) {
    return typeof body['Id'] === 'string' ? settled(call, { kind: 'applied', echo: body }) : undefined;
  }
  if (body['Status'] !== 'Success') return undefined;
  const { Message: named } = body;
  const id = isJsonObject(named) ? textOf(named['Id']) : undefined;
  // An AutoId is answered with the GUID behind it. Two different GUIDs are not sent again: the wrong opportunity may have been changed.
  if (id !== undefined && guidForm.test(edit.id) && guidForm.test(id) && id.toLowerCase() !== edit.id.toLowerCase()) {
    return settled(call, {
      kind: 'rejected',
      code: 'wrong-opportunity',
      message: `LeadSquared says that it updated the opportunity ${id} instead`,
      hint: 'Look at both opportunities before you send this row again.',
    });
  }
  return settled(call, { kind: 'applied', echo: body });
}

const limitType = 'MXAPIRateLimitExceededException';
const limitText = /exceeded the limit of\s+(\d{1,9})\s+in\s+(\d{1,6})(?:\s*(second|minute|hour|day))?/i;
const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: dayMs };

/**
 * Over the limit: 429 (documented), 403, 200 or 500 with the same text or with its type (seen on live accounts). No header tells how long to
 * wait; the text states the account's limit. A limit by the day will not come back within the run.
 */
function limitAnswer(reply: Reply, type: string | undefined, text: string, message: string): Answer | undefined {
  const otherRefusal = type?.startsWith('MX') === true && type !== limitType;
  const learnt = otherRefusal || (reply.status < 400 && type === undefined) ? undefined : statedRate(text);
  if (reply.status !== 429 && type !== limitType && learnt === undefined) return undefined;
  if (learnt !== undefined && learnt.windowMs >= dayMs) return { kind: 'quota-exhausted', message };
  const waitMs = retryAfterMs(reply.headers, reply.receivedAtMs);
  return {
    kind: 'throttled',
    message,
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(learnt === undefined ? {} : { learnt }),
  };
}

function statedRate(text: string): Rate | undefined {
  const [, count = '0', length = '0', unit = 'second'] = limitText.exec(text) ?? [];
  const windowMs = Number(length) * (unitMs[unit.toLowerCase()] ?? 0);
  return Number(count) > 0 && windowMs > 0 ? { count: Number(count), windowMs } : undefined;
}

/** A key of another region is refused with a text that names the right host. https://apidocs.leadsquared.com/portal-api/, 2026-10. */
function credentialsHint(reply: Reply): string {
  const host = /\bapi[a-z0-9-]{0,20}\.leadsquared\.com\b/i.exec(reply.body.slice(0, 4_000))?.[0];
  return host === undefined
    ? 'Check both keys, and that `--host` is the host of your region. If they are right, try the other way of sending them: --setting keys-in=query (or headers).'
    : `The account belongs to another host: --host ${host.toLowerCase()}`;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `Ada Kern (NORTHWIND)` from UserByAccessKey.Get. https://apidocs.leadsquared.com/user-authentication/, 2026-10. */
function account(reply: Reply): string | undefined {
  const body = jsonBody(reply);
  if (reply.status !== 200 || !isJsonObject(body)) return undefined;
  const name = textOf(body['Name']) ?? textOf(body['EmailAddress']);
  const organization = textOf(body['OrgShortCode']);
  if (name === undefined) return organization;
  return organization === undefined ? name : `${name} (${organization})`;
}
