import type { Service, Settings, Vendor } from '../../core/vendor.ts';
import { clearSetting } from '../shared/fields.ts';
import {
  appAndUser,
  authoritySetting,
  entraSignIn,
  entraUrl,
  givenAccessToken,
  refreshGrant,
} from '../shared/entra.ts';
import { jsonCall } from '../shared/json-call.ts';
import { partnerCenterAudit } from './audit.ts';
import { partnerCenterFieldHint, partnerCenterFields, partnerCenterOpenField } from './fields.ts';
import { partnerCenterList } from './list.ts';
import { listedOrganisation, readPartnerCenter } from './read.ts';
import { partnerCenterRecords } from './record.ts';
import { partnerCenterUpdate } from './write.ts';

/**
 * Microsoft Partner Center referrals: one JSON Patch (RFC 6902, only `replace` and `add`) for each referral.
 * https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral, as of 2026-10.
 */
export const partnerCenter = {
  name: 'partner-center',
  title: 'Microsoft Partner Center',
  updates: { records: 'referrals', calls: 'PATCH /engagements/referrals/{id} (JSON Patch)' },
  documentation: [
    'https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral',
    'https://learn.microsoft.com/en-us/partner-center/developer/referral-resources',
    'https://learn.microsoft.com/en-us/partner-center/developer/referral-api-authentication',
    'https://learn.microsoft.com/en-us/partner-center/developer/api-throttling-guidance',
  ],
  credentials: [
    appAndUser(
      'Application id of the app registration that is used to sign in.',
      'From a sign-in with MFA by a Referrals admin or Referrals user; lives 90 days after its last use.',
    ),
    givenAccessToken('An App+User token for https://api.partner.microsoft.com; lives about an hour.'),
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
      role: 'sending',
      options: ['representation', 'minimal'],
    },
    authoritySetting('Where access tokens are fetched.'),
    {
      name: 'scope',
      description: 'What the access token is asked for.',
      default: 'https://api.partner.microsoft.com/.default offline_access',
      role: 'address',
    },
  ],
  baseUrl: () => 'https://api.partner.microsoft.com/v1.0',
  authorise: ({ accessToken = '' }) => ({ headers: { authorization: `Bearer ${accessToken}` }, query: [] }),
  oauth: {
    tokenUrl: entraUrl('token'),
    grants: [refreshGrant(tokenScope)],
    signIn: entraSignIn(tokenScope, {
      advice: 'Sign in with MFA, as a Referrals admin or Referrals user.',
      doubt: secondFactorDoubt,
    }),
  },
  // No number is published for referrals; refused calls count too. https://learn.microsoft.com/en-us/partner-center/developer/api-throttling-guidance, 2026-10.
  quotas: [
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
  example: { id: '2fdfc2f2-9c4b-4b06-93d2-9a3a27b9e1c4', change: 'amount=42000' },
  open: openPartnerCenter,
} as const satisfies Vendor;

/** The account as the settings describe it; Partner Center has no metadata of referrals. */
function openPartnerCenter(settings: Settings): Service {
  return {
    idNames: ['referralId', 'referral_id'],
    // GUIDs in all examples; no page says that it can be nothing else.
    idProblem: (id) =>
      /^[\w.~-]{1,100}$/.test(id) && !id.includes('..') ? undefined : 'is not the id of a referral at Partner Center',
    canonicalId: (id) => id.toLowerCase(),
    fields: partnerCenterFields(settings),
    openField: (name) => partnerCenterOpenField(name, settings),
    openNames: [
      { name: '/registrations/0/contract/…', description: 'A member of the contract of a deal registration.' },
      { name: '/registrations/0/solutionDetails/0/…', description: 'A member of a solution of a deal registration.' },
    ],
    unknownFieldHint: partnerCenterFieldHint,
    audit: (edit) => partnerCenterAudit(edit, settings),
    plan: (edit) => [partnerCenterUpdate(edit, settings)],
    read: readPartnerCenter,
    records: partnerCenterRecords,
    list: partnerCenterList,
    check: {
      call: jsonCall({ path: '/engagements/referrals', query: [['$top', '1']], step: 'check', quotaGroup: 'calls' }),
      account: listedOrganisation,
    },
  };
}

function tokenScope(settings: Settings): string {
  return settings['scope'] ?? '';
}

/** Partner Center wants `mfa` in `amr`. https://learn.microsoft.com/en-us/partner-center/security/partner-security-requirements-mandating-mfa, 2026-10. */
function secondFactorDoubt({ amr }: Readonly<Record<string, unknown>>): string | undefined {
  return Array.isArray(amr) && amr.includes('mfa')
    ? undefined
    : 'The access token does not say that a second factor (MFA) was used; Partner Center refuses such tokens with 401.';
}
