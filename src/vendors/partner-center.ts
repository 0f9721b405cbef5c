import type { Answer, Call, Reading, Reply } from '../core/call.ts';
import type { Change, Edit } from '../core/edit.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../core/json.ts';
import type { Audit, Authorisation, Check, Credentials, Settings, Vendor } from '../core/vendor.ts';
import { doubledFields } from './doubled-fields.ts';
import { jsonBody, settled, statusAnswer, type ReplyDetail } from './http-status.ts';
import { partnerCenterFields, partnerCenterOpenField } from './partner-center-fields.ts';
import { pairProblem } from './partner-center-status.ts';
import { settleReferral } from './settlements.ts';

/**
 * Microsoft Partner Center referrals: one JSON Patch (RFC 6902, only `replace` and `add`) for each referral.
 * https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral, as of 2026-10.
 */
export const partnerCenter = {
  name: 'partner-center',
  title: 'Microsoft Partner Center',
  documentation: [
    'https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral',
    'https://learn.microsoft.com/en-us/partner-center/developer/referral-resources',
    'https://learn.microsoft.com/en-us/partner-center/developer/referral-api-authentication',
    'https://learn.microsoft.com/en-us/partner-center/developer/api-throttling-guidance',
  ],
  credentials: [
    {
      title: 'App and user, by refresh token',
      fields: [
        { name: 'tenantId', secret: false, description: 'Id of your Entra tenant (a GUID), from Entra > Overview.' },
        {
          name: 'clientId',
          secret: false,
          description: 'Application id of the app registration that is used to sign in.',
        },
        {
          name: 'refreshToken',
          secret: true,
          description:
            'From a sign-in with MFA by a Referrals admin or Referrals user; lives 90 days after its last use.',
        },
        {
          name: 'clientSecret',
          secret: true,
          optional: true,
          description: 'Only for a confidential app; leave it out for a public (native) one.',
        },
      ],
    },
    {
      title: 'Access token',
      fields: [
        {
          name: 'accessToken',
          secret: true,
          description: 'An App+User token for https://api.partner.microsoft.com; lives about an hour.',
          doubt: (value) =>
            value.split('.').length === 3 ? undefined : 'does not look like a token (three parts with dots between)',
        },
      ],
    },
  ],
  settings: [
    {
      name: 'deal-value',
      description: 'How a deal value is sent: string, as in the documented patches, or number, as in the resource.',
      default: 'string',
      options: ['string', 'number'],
    },
    {
      name: 'clear',
      description:
        'How a field is cleared, which is not documented: refuse (not at all), null, or empty (an empty text). Try it on one referral first.',
      default: 'refuse',
      options: ['refuse', 'null', 'empty'],
    },
    {
      name: 'reason-required',
      description: 'Whether Lost and Declined need a /statusReason in the row, as the upload of Partner Center does.',
      default: 'yes',
      options: ['yes', 'no'],
    },
    {
      name: 'prefer',
      description: 'What a reply holds: representation (the referral, to check the write by), or minimal (nothing).',
      default: 'representation',
      options: ['representation', 'minimal'],
    },
    {
      name: 'authority',
      description: 'Where access tokens are fetched.',
      default: 'https://login.microsoftonline.com',
    },
    {
      name: 'scope',
      description: 'What the access token is asked for.',
      default: 'https://api.partner.microsoft.com/.default offline_access',
    },
  ],
  baseUrl: () => 'https://api.partner.microsoft.com/v1.0',
  authorise,
  oauth: {
    tokenUrl: ({ tenantId = '' }, settings) =>
      `${settings['authority'] ?? ''}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    refreshForm: ({ clientId = '', refreshToken = '', clientSecret }, settings) => ({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
      scope: settings['scope'] ?? '',
      ...(clientSecret === undefined || clientSecret === '' ? {} : { client_secret: clientSecret }),
    }),
    needs: ['tenantId', 'clientId', 'refreshToken'],
  },
  // No number is published for referrals; refused calls count too. https://learn.microsoft.com/en-us/partner-center/developer/api-throttling-guidance, 2026-10.
  meters: [
    {
      name: 'calls',
      count: 5,
      windowMs: 5_000,
      window: 'sliding',
      evidence: 'assumed',
      description: 'Microsoft publishes no number for referrals; a 429 pauses as long as its Retry-After says.',
    },
  ],
  concurrency: 1,

  idNames: ['referralId', 'referral_id'],
  fields: partnerCenterFields,
  openField: partnerCenterOpenField,
  unknownFieldHint,
  audit,

  plan: (edits, settings) => edits.map((edit) => patchCall(edit, settings)),
  read,
  settle: settleReferral,
  check: (): Check => ({
    call: {
      method: 'GET',
      path: '/engagements/referrals',
      query: [['$top', '1']],
      headers: { accept: 'application/json' },
      edits: [],
      step: 'check',
      repeatable: true,
      quotaGroup: 'calls',
    },
    account: checkedAccount,
  }),
} as const satisfies Vendor;

function authorise({ accessToken = '' }: Credentials): Authorisation {
  return { headers: { authorization: `Bearer ${accessToken}` }, query: [] };
}

function unknownFieldHint(name: string): string | undefined {
  if (/owner/i.test(name)) return 'A referral has no owner; its team is added to by /team/-.';
  if (/^(\/?team)([./].*)?$/i.test(name))
    return 'Members are added by the column /team/-, with a JSON object in the cell.';
  return /stage|value|date|note/i.test(name) ? 'Fields are JSON Pointers such as /details/dealValue.' : undefined;
}

function audit(edit: Edit, settings: Settings): readonly Audit[] {
  // Several members may be added by one row; every other field stands once.
  const audits: Audit[] = doubledFields(edit).filter(
    ({ column }) => !edit.changes.some((change) => change.column === column && change.action === 'add'),
  );
  const written = new Map(edit.changes.map((change) => [change.field, change]));
  const status = textOf(written.get('/status'));
  const substatus = textOf(written.get('/substatus'));
  if (status === undefined && substatus === undefined) return audits;
  if (status === undefined || substatus === undefined) {
    const [given, missing] = status === undefined ? ['substatus', 'status'] : ['status', 'substatus'];
    audits.push({
      severity: 'error',
      code: 'status-without-substatus',
      message: `${given} is changed without ${missing}, and the two must agree`,
      hint: `Give ${missing} in the same row, for example Closed with Won, or Active with Accepted.`,
      column: given ?? 'status',
    });
    return audits;
  }
  const problem = pairProblem({ status, substatus });
  if (problem !== undefined)
    audits.push({ severity: 'error', code: 'status-and-substatus-disagree', message: problem, column: 'substatus' });
  else if (status === 'Closed') audits.push(...closingAudits(substatus, written, settings));
  return audits;
}

function closingAudits(substatus: string, written: ReadonlyMap<string, Change>, settings: Settings): Audit[] {
  const audits: Audit[] = [
    {
      severity: 'warning',
      code: 'closes-referral',
      message: 'Closing a referral is final: it can never be edited again',
      column: 'status',
    },
  ];
  const needsReason = substatus === 'Lost' || substatus === 'Declined';
  if (needsReason && settings['reason-required'] !== 'no' && !written.has('/statusReason')) {
    audits.push({
      severity: 'error',
      code: 'reason-missing',
      message: `${substatus} needs a reason`,
      hint: 'Give statusReason in the same row, or add --setting reason-required=no.',
      column: 'substatus',
    });
  }
  if (substatus === 'Expired') {
    audits.push({
      severity: 'warning',
      code: 'expires-referral',
      message: 'Expired is normally set by Partner Center itself',
      column: 'substatus',
    });
  }
  return audits;
}

function textOf(change: Change | undefined): string | undefined {
  return typeof change?.value === 'string' ? change.value : undefined;
}

function patchCall(edit: Edit, settings: Settings): Call {
  return {
    method: 'PATCH',
    path: `/engagements/referrals/${encodeURIComponent(edit.id)}`,
    headers: settings['prefer'] === 'minimal' ? minimalHeaders : representationHeaders,
    body: edit.changes.flatMap(operations),
    edits: [edit],
    step: 'update',
    // An `add` to the end of an array appends each time it is sent.
    repeatable: edit.changes.every(({ field }) => !field.endsWith('/-')),
    quotaGroup: 'calls',
  };
}

const minimalHeaders = { 'content-type': 'application/json', accept: 'application/json' };
const representationHeaders = { ...minimalHeaders, prefer: 'return=representation' };

function operations({ field, action, value }: Change): Json[] {
  if (action !== 'add') return [{ op: 'replace', path: field, value }];
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return values.map((one) => ({ op: 'add', path: field, value: one }));
}

function read(reply: Reply, call: Call): Reading {
  const answer = answerOf(reply, call);
  const requestId = reply.headers['request-id'];
  return requestId === undefined ? answer : { ...answer, requestId };
}

function answerOf(reply: Reply, call: Call): Answer {
  const body = jsonBody(reply);
  const { status } = reply;
  if (status === 204 || (status === 200 && isRecordOf(call, body))) {
    return settled(call, isJsonObject(body) ? { kind: 'applied', echo: body } : { kind: 'applied' });
  }
  const detail = errorDetail(body);
  const { code = `http-${status}`, message = `the vendor answered HTTP ${status}` } = detail;
  switch (status) {
    case 401:
      return { kind: 'unauthorised', code, message, hint: signInHint(reply, detail) };
    case 403:
      return settled(call, {
        kind: 'rejected',
        code,
        message,
        hint: 'The signed-in user needs the role Referrals admin, or Referrals user and a place in the team of this referral.',
      });
    case 409:
    case 412:
      return settled(call, {
        kind: 'conflict',
        code,
        message,
        hint: 'Someone changed the referral meanwhile; look at it and send the row again.',
      });
    case 428:
      return settled(call, {
        kind: 'conflict',
        code,
        message,
        hint: 'Partner Center wants the eTag of the referral for this change.',
      });
    case 423:
    case 509:
      return { kind: 'transient', code, message, mayHaveApplied: false };
  }
  const answer = statusAnswer(reply, call, detail);
  const waitMs = answer.kind === 'throttled' && answer.waitMs === undefined ? gatewayWaitMs(body) : undefined;
  return answer.kind === 'throttled' && waitMs !== undefined ? { ...answer, waitMs } : answer;
}

/** The referral itself, or for the check a list. */
function isRecordOf({ edits }: Call, body: Json | undefined): boolean {
  if (!isJsonObject(body)) return false;
  const edit = edits[0];
  return edit === undefined
    ? Array.isArray(body['value'])
    : scalarText(body['id'] ?? null)?.toLowerCase() === edit.id.toLowerCase();
}

function signInHint({ headers }: Reply, { code, message = '' }: ReplyDetail): string {
  const text = `${code ?? ''} ${message} ${headers['www-authenticate'] ?? ''}`;
  return /900421|mfa/i.test(text)
    ? 'Partner Center wants a sign-in with MFA: sign in again with MFA and store the new refresh token.'
    : 'The access token is missing, expired or of another audience; sign in again. A 401 right after a sign-in means that MFA was missing.';
}

/** `Rate limit is exceeded. Try again in 57 seconds.`: the gateway says it nowhere else. */
function gatewayWaitMs(body: Json | undefined): number | undefined {
  const message = isJsonObject(body) ? body['message'] : undefined;
  const seconds = typeof message === 'string' ? /try again in (\d{1,5}) seconds?/i.exec(message)?.[1] : undefined;
  return seconds === undefined ? undefined : Math.min(Number(seconds) * 1000, 86_400_000);
}

const deepestError = 8;

/**
 * `{"error":{"code","message","target","innerError"}}`, where the inner error may be spelled `innererror` and nest; also the gateway's
 * `{"statusCode","message"}` and the other host's `{"code","description"}`. The code is the outer one, the innermost is told with the message.
 */
function errorDetail(body: Json | undefined): ReplyDetail {
  if (!isJsonObject(body)) return {};
  const error = isJsonObject(body['error']) ? body['error'] : body;
  const code = scalarText(error['code'] ?? null);
  let inner: JsonObject = error;
  for (let depth = 0; depth < deepestError; depth += 1) {
    const next = inner['innerError'] ?? inner['innererror'];
    if (!isJsonObject(next)) break;
    inner = next;
  }
  const innerCode = inner === error ? undefined : scalarText(inner['code'] ?? null);
  const told = [
    error['message'] ?? error['description'],
    error['target'],
    inner === error ? undefined : inner['message'],
  ]
    .map((part) => (typeof part === 'string' ? part : ''))
    .filter((part, index, parts) => part !== '' && parts.indexOf(part) === index)
    .join('; ');
  return {
    ...(code === undefined ? {} : { code: innerCode === undefined ? code : `${code}/${innerCode}` }),
    ...(told === '' ? {} : { message: told }),
  };
}

/** The organisation of the first referral, where there is one. */
function checkedAccount(reply: Reply): string | undefined {
  const body = jsonBody(reply);
  const list = isJsonObject(body) ? body['value'] : undefined;
  const first = Array.isArray(list) ? (list as readonly Json[])[0] : undefined;
  const name = isJsonObject(first) ? first['organizationName'] : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
