import type { Answer, Call, Reading, Reply, Verdict } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { OppatchError } from '../../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Audit, Authorisation, Check, Credentials, Settings, Vendor } from '../../core/vendor.ts';
import { closeErrorDetail } from './errors.ts';
import { closeCustomField, closeFields, listedIds } from './fields.ts';
import { closeMetadata } from './names.ts';
import { closeCurrent } from '../shared/current-values.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { echoVerdict, type Comparison } from '../shared/echo-verdict.ts';
import { jsonBody, settled, statusAnswer } from '../shared/http-status.ts';
import { rateLimitNotice } from '../shared/rate-limit-header.ts';
import { settleOpportunity } from '../shared/settlements.ts';

/**
 * Close: one PUT for each opportunity, which acts as a patch (omitted fields stay) and answers with the whole opportunity.
 * https://developer.close.com/api/resources/opportunities/update, as of 2026-10. There is no ETag and no idempotency key: the last write wins.
 */
export const close = {
  name: 'close',
  title: 'Close',
  documentation: [
    'https://developer.close.com/api/resources/opportunities/update',
    'https://developer.close.com/api/overview/rate-limits',
    'https://developer.close.com/api/overview/http-response-codes',
    'https://api.close.com/api/openapi.json',
  ],
  credentials: [
    {
      title: 'API key',
      fields: [
        {
          name: 'apiKey',
          secret: true,
          description: 'Made in Close under Settings > Developer > API Keys; belongs to one organization.',
          doubt: (value) =>
            /[\s:]/.test(value) ? 'holds a blank or a colon, which no API key of Close does' : undefined,
        },
      ],
    },
    {
      title: 'OAuth',
      fields: [
        { name: 'clientId', secret: false, description: 'The id of your OAuth app, from Settings > Developer.' },
        { name: 'clientSecret', secret: true, description: 'The secret of your OAuth app.' },
        {
          name: 'refreshToken',
          secret: true,
          description: 'From a sign-in with the scope offline_access. Close replaces it at each refresh.',
        },
        {
          name: 'accessToken',
          secret: true,
          optional: true,
          description: 'An access token that is still valid (one lives about an hour).',
        },
      ],
    },
  ],
  settings: [
    {
      name: 'tz-offset',
      description:
        'Hours from UTC (-4, 5.5) that decide what "today" is when Close fills date_won; not sent when empty.',
      default: '',
      problem: timezoneProblem,
    },
    {
      name: 'minor-units',
      description:
        "Digits after the point in the organization's currency: how `amount` becomes the whole units of `value`.",
      default: '2',
      options: ['0', '2', '3'],
    },
    {
      name: 'custom-numbers',
      description:
        'Ids of custom fields (cf_…, comma between) that hold numbers: a cell is sent as a JSON number, not as text.',
      default: '',
      problem: (value) =>
        listedIds(value).every((id) => /^cf_[A-Za-z0-9]+$/.test(id))
          ? undefined
          : 'is not a list of custom field ids such as cf_abc,cf_def',
    },
  ],
  baseUrl: () => 'https://api.close.com/api/v1',
  authorise,
  // Each refresh replaces the refresh token. https://developer.close.com/topics/authentication-oauth2, 2026-10.
  oauth: {
    tokenUrl: () => 'https://api.close.com/oauth2/token/',
    refreshForm: ({ clientId = '', clientSecret = '', refreshToken = '' }) => ({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      client_secret: clientSecret,
    }),
    needs: ['clientId', 'clientSecret', 'refreshToken'],
  },
  // No numbers are published; each group of endpoints has a window per key and one per organization of three times that, and the
  // RateLimit header tells where it stands. https://developer.close.com/topics/rate-limits, 2026-10.
  meters: [
    {
      name: 'updates',
      count: 8,
      windowMs: 1_000,
      window: 'sliding',
      group: 'PUT /opportunity',
      evidence: 'assumed',
      description: 'Close publishes no number; its RateLimit header is followed.',
    },
  ],
  concurrency: 8,

  idNames: ['opportunity_id'],
  idProblem: (id) =>
    /^oppo_\w+$/.test(id) ? undefined : 'is not the id of an opportunity at Close, which begins with oppo_',
  fields: closeFields,
  openField: closeCustomField,
  openNames: [
    { name: 'custom.cf_…', description: 'A custom field by its id; an array in JSON replaces all values.' },
    { name: 'custom.cf_….add', description: 'Adds one value to a custom field that holds several.' },
    { name: 'custom.cf_….remove', description: 'Removes one value from a custom field that holds several.' },
  ],
  unknownFieldHint,
  audit,

  plan: (edits, settings) => edits.map((edit) => updateCall(edit, settings)),
  read,
  settle: settleOpportunity,
  current: closeCurrent,
  metadata: closeMetadata,
  check: (): Check => ({
    call: {
      method: 'GET',
      path: '/me/',
      headers: { accept: 'application/json' },
      edits: [],
      step: 'check',
      repeatable: true,
      quotaGroup: 'GET /me',
    },
    account,
  }),
} as const satisfies Vendor;

/** The key is the user name of Basic credentials, the password is empty (the colon stays). https://developer.close.com/api/overview, 2026-10. */
function authorise(credentials: Credentials): Authorisation {
  const { apiKey, accessToken } = credentials;
  if (apiKey) {
    return { headers: { authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}` }, query: [] };
  }
  if (accessToken) return { headers: { authorization: `Bearer ${accessToken}` }, query: [] };
  throw new OppatchError('credentials-missing', 'Close needs an API key or an OAuth access token', {
    hint: 'Give the API key as `apiKey`, or as CLOSE_API_KEY in the environment.',
    exitCode: 4,
  });
}

/** https://developer.close.com/api/overview/timezone-offsets, 2026-10. */
function timezoneProblem(value: string): string | undefined {
  const hours = /^-?\d{1,2}(?:\.\d{1,2})?$/.test(value) ? Number(value) : Number.NaN;
  return value === '' || (hours >= -12 && hours <= 14)
    ? undefined
    : 'is not a number of hours from -12 to 14, such as -4 or 5.5';
}

function unknownFieldHint(name: string): string | undefined {
  if (/^cf_\w+$/.test(name)) return `Custom fields are named custom.${name}.`;
  if (/^custom([._ ]|$)/i.test(name)) {
    return 'Name a custom field as its users do, without custom in front, or by its id, custom.cf_…; `oppatch fields` lists them.';
  }
  if (/^currency$/i.test(name))
    return 'Close has one currency for the whole organization; leave the column out with --ignore.';
  return undefined;
}

function audit(edit: Edit): readonly Audit[] {
  const audits = doubledFields(edit);
  let note: Change | undefined;
  let hasNoteHtml = false;
  for (const change of edit.changes) {
    const { field, action, column } = change;
    if (field === 'note') note ??= change;
    hasNoteHtml ||= field === 'note_html';
    if (isReplacing(action)) continue;
    if (edit.changes.some((other) => other.field === field && isReplacing(other.action))) {
      audits.push({
        severity: 'error',
        code: 'custom-set-and-add',
        message: `${column} and ${field} stand in one row, and Close does not say which of them wins`,
        hint: 'Put them into two rows, in the order in which they are to be done.',
        column,
      });
    }
  }
  if (note !== undefined && hasNoteHtml) {
    audits.push({
      severity: 'error',
      code: 'note-and-note-html',
      message: 'note and note_html stand in one row, and Close would drop the note',
      hint: 'Leave one of them empty.',
      column: note.column,
    });
  } else if (note !== undefined) {
    // https://developer.close.com/api/overview/changelog/2026/6/1
    audits.push({
      severity: 'warning',
      code: 'note-loses-formatting',
      message: 'Close rewrites a formatted note from the plain text, so its formatting is lost',
      hint: 'Write note_html to keep formatting.',
      column: note.column,
    });
  }
  return audits;
}

function isReplacing(action: string): boolean {
  return action === 'set' || action === 'clear';
}

const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' };

function updateCall(edit: Edit, settings: Settings): Call {
  const timezone = settings['tz-offset'] ?? '';
  const members: [string, Json][] = [];
  // Adding or removing one value depends on what is there; setting does not.
  let repeatable = true;
  for (const { field, action, value } of edit.changes) {
    const replaces = isReplacing(action);
    repeatable &&= replaces;
    members.push([replaces ? field : `${field}.${action}`, value]);
  }
  return {
    method: 'PUT',
    // Without the trailing slash Close answers with a redirect. https://github.com/closeio/closeio-api/issues/107
    path: `/opportunity/${encodeURIComponent(edit.id)}/`,
    headers: timezone === '' ? jsonHeaders : { ...jsonHeaders, 'x-tz-offset': timezone },
    body: Object.fromEntries(members),
    edits: [edit],
    step: 'update',
    repeatable,
    quotaGroup: 'PUT /opportunity',
  };
}

function read(reply: Reply, call: Call): Reading {
  const quota = rateLimitNotice(reply.headers);
  const answer = answerOf(reply, call);
  if (quota === undefined) return answer;
  // Close prefers the reset of RateLimit, which may be a decimal, to retry-after, which is rounded up. The body of a 429 is not to be read.
  return answer.kind === 'throttled' && quota.resetMs !== undefined
    ? { ...answer, waitMs: quota.resetMs, quota }
    : { ...answer, quota };
}

function answerOf(reply: Reply, call: Call): Answer {
  const body = jsonBody(reply);
  if (reply.status === 200 && isJsonObject(body)) {
    const edit = call.edits[0];
    if (edit === undefined && typeof body['id'] === 'string') return settled(call, { kind: 'applied', echo: body });
    if (edit !== undefined && body['id'] === edit.id) return settled(call, doneVerdict(edit, body));
  }
  return statusAnswer(reply, call, isJsonObject(body) ? closeErrorDetail(reply.status, body) : {});
}

/** Fields that come back as they were sent. */
const comparisons: Readonly<Record<string, Comparison>> = {
  status_id: 'code',
  value: 'decimal',
  value_period: 'code',
  confidence: 'decimal',
  user_id: 'code',
  contact_id: 'code',
  date_won: 'moment',
};

/** Close may skip a change silently and answer 200 all the same; the record in the reply shows it. */
function doneVerdict({ changes }: Edit, record: JsonObject): Verdict {
  return echoVerdict(changes, { title: 'Close', record, held: (field) => record[field], comparisons });
}

/** `Ada Kern, Northwind` from GET /me/. */
function account(reply: Reply): string | undefined {
  const body = jsonBody(reply);
  if (reply.status !== 200 || !isJsonObject(body)) return undefined;
  const { organizations } = body;
  const organization = Array.isArray(organizations) ? (organizations as readonly Json[])[0] : undefined;
  const name = joined([body['first_name'], body['last_name']], ' ') ?? body['email'];
  return joined([name, isJsonObject(organization) ? organization['name'] : undefined], ', ');
}

function joined(parts: readonly (Json | undefined)[], separator: string): string | undefined {
  const texts = parts.flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : []));
  return texts.length === 0 ? undefined : texts.join(separator);
}
