import type { Call } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { Json } from '../../core/json.ts';
import type { Authorisation, Check, Credentials, Settings, Vendor } from '../../core/vendor.ts';
import { clearSetting } from '../shared/clear-setting.ts';
import { partnerCenterCurrent } from '../shared/current-values.ts';
import { partnerCenterAudit } from './audit.ts';
import { partnerCenterFields, partnerCenterOpenField } from './fields.ts';
import { listedOrganisation, readPartnerCenter } from './replies.ts';
import { settleReferral } from '../shared/settlements.ts';

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
    clearSetting('Partner Center', 'referral'),
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
      problem: authorityProblem,
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
    tokenUrl: loginUrl('token'),
    refreshForm: ({ clientId = '', refreshToken = '', clientSecret }, settings) => ({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
      scope: settings['scope'] ?? '',
      ...(clientSecret === undefined || clientSecret === '' ? {} : { client_secret: clientSecret }),
    }),
    needs: ['tenantId', 'clientId', 'refreshToken'],
    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code and v2-oauth2-auth-code-flow, 2026-10.
    signIn: {
      deviceUrl: loginUrl('devicecode'),
      authorizationUrl: loginUrl('authorize'),
      scope: (settings) => settings['scope'] ?? '',
      needs: ['tenantId', 'clientId'],
      // The port counts for nothing with this name only. https://learn.microsoft.com/entra/identity-platform/reply-url, 2026-10.
      redirectHost: 'localhost',
      advice: 'Sign in with MFA, as a Referrals admin or Referrals user.',
      doubt: secondFactorDoubt,
    },
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
  openNames: [
    { name: '/registrations/0/contract/…', description: 'A member of the contract of a deal registration.' },
    { name: '/registrations/0/solutionDetails/0/…', description: 'A member of a solution of a deal registration.' },
  ],
  unknownFieldHint,
  audit: partnerCenterAudit,

  plan: (edits, settings) => edits.map((edit) => patchCall(edit, settings)),
  read: readPartnerCenter,
  settle: settleReferral,
  current: partnerCenterCurrent,
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
    account: listedOrganisation,
  }),
} as const satisfies Vendor;

function loginUrl(endpoint: 'token' | 'devicecode' | 'authorize') {
  return ({ tenantId = '' }: Credentials, settings: Settings): string =>
    `${(settings['authority'] ?? '').replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/${endpoint}`;
}

/** Partner Center wants `mfa` in `amr`. https://learn.microsoft.com/en-us/partner-center/security/partner-security-requirements-mandating-mfa, 2026-10. */
function secondFactorDoubt({ amr }: Readonly<Record<string, unknown>>): string | undefined {
  return Array.isArray(amr) && amr.includes('mfa')
    ? undefined
    : 'The access token does not say that a second factor (MFA) was used; Partner Center refuses such tokens with 401.';
}

function authorise({ accessToken = '' }: Credentials): Authorisation {
  return { headers: { authorization: `Bearer ${accessToken}` }, query: [] };
}

/** The refresh token goes there: https, or plain http to this machine. */
function authorityProblem(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isSafe =
    url?.protocol === 'https:' ||
    (url?.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname));
  return isSafe && !/[?#@\s]/.test(value)
    ? undefined
    : 'is not an https address alone, such as https://login.microsoftonline.com';
}

function unknownFieldHint(name: string): string | undefined {
  if (/owner/i.test(name)) return 'A referral has no owner; its team is added to by /team/-.';
  if (/^(\/?team)([./].*)?$/i.test(name))
    return 'Members are added by the column /team/-, with a JSON object in the cell.';
  return /stage|value|date|note/i.test(name) ? 'Fields are JSON Pointers such as /details/dealValue.' : undefined;
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
