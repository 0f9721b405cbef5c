import type { Authorisation, Credentials, Metadata, Service, Settings, Vendor } from '../../core/vendor.ts';
import { appCredentials, tokenHeader } from '../shared/app-sign-in.ts';
import { pipedriveAudit, pipedriveFieldHint, pipedriveFields, pipedriveOpenField } from './fields.ts';
import { isNumericId } from './forms.ts';
import { pipedriveList } from './list.ts';
import { pipedriveMetadata, pipedriveNames, timeFields } from './names.ts';
import { pipedriveAccount, readPipedrive } from './read.ts';
import { pipedriveRecords } from './record.ts';
import { pipedriveCall, pipedriveUpdate } from './write.ts';

/**
 * Pipedrive: one PATCH for each deal (omitted fields stay), which answers with the whole deal. There is no bulk update, no ETag and no idempotency
 * key: the last write wins. https://developers.pipedrive.com/docs/api/v1/Deals#updateDeal, as of 2026-09.
 */
export const pipedrive = {
  name: 'pipedrive',
  title: 'Pipedrive',
  updates: { records: 'deals', calls: 'PATCH /v2/deals/{id}, read 100 at a time' },
  documentation: [
    'https://developers.pipedrive.com/docs/api/v1/Deals#updateDeal',
    'https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting',
    'https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes',
    'https://pipedrive.readme.io/docs/pipedrive-api-v2-migration-guide',
  ],
  credentials: [
    {
      title: 'API token',
      fields: [
        {
          name: 'apiToken',
          secret: true,
          description:
            'Your personal token: account name > Company settings > Personal preferences > API. An admin can switch it off.',
          doubt: (value) => (/\s/.test(value) ? 'holds a blank, which no API token does' : undefined),
        },
      ],
    },
    appCredentials(
      'Of your own app in the Developer Hub.',
      'Of the same app.',
      'From a sign-in of a user who has installed the app. It lives for 60 days after its last use.',
      'An access token that is still valid (one lives for an hour).',
    ),
  ],
  settings: [
    {
      name: 'company-domain',
      description:
        'The part before .pipedrive.com in your browser. `api` works for every company; your own is routed to the right data centre.',
      default: 'api',
      role: 'address',
      question: 'Company domain (the part before .pipedrive.com in your browser; api works, too)',
      problem: (value) =>
        /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
          ? undefined
          : 'is not the part before .pipedrive.com: small letters, digits and hyphens',
    },
    {
      name: 'unlink',
      description:
        'Whether person_id and org_id can be cleared: refuse, or null. Null is published in the newest description of the API only, and was not seen on an account; try it on one deal first.',
      default: 'refuse',
      options: ['refuse', 'null'],
    },
  ],
  baseUrl: (settings) => `https://${settings['company-domain'] ?? 'api'}.pipedrive.com/api`,
  authorise,
  // The refresh token stays the same. https://pipedrive.readme.io/docs/marketplace-oauth-authorization, 2026-09.
  oauth: {
    tokenUrl: () => 'https://oauth.pipedrive.com/oauth/token',
    clientAuthentication: 'basic',
    grants: [
      {
        kind: 'refresh',
        needs: ['clientId', 'clientSecret', 'refreshToken'],
        form: ({ refreshToken = '' }) => ({ grant_type: 'refresh_token', refresh_token: refreshToken }),
      },
    ],
    signIn: {
      authorizationUrl: () => 'https://oauth.pipedrive.com/oauth/authorize',
      // Scopes are set on the app: base, deals:full, and users:read for owners by e-mail.
      scope: () => '',
      needs: ['clientId', 'clientSecret'],
      redirectHost: 'localhost',
      // The app has one callback address, which must be this one to the letter; the vendor's own example apps register it so.
      redirect: { port: 3000, path: '/api/auth/callback' },
      advice:
        'Sign in as a user who may edit the deals and has installed the app, whose callback address is http://localhost:3000/api/auth/callback.',
    },
  },
  // https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting, 2026-09: the smallest plan's numbers; headers on the replies raise them.
  quotas: [
    {
      name: 'burst',
      count: 20,
      windowMs: 2_000,
      window: 'sliding',
      mostCount: 480,
      evidence: 'documented',
      description:
        'Calls of a token: 20 to 120 by plan with an API token, 80 to 480 with OAuth. The header of each reply raises it.',
    },
    {
      name: 'tokens',
      count: 30_000,
      windowMs: 86_400_000,
      window: 'sliding',
      unit: 'tokens',
      keptBesideUserRates: true,
      mostCount: 1_000_000_000,
      evidence: 'documented',
      description:
        "The company's budget of a day: 30,000 times plan and seats, shared by all its users and apps. An update costs 5, a read 1, a list 10. A header, which is not documented, raises it where it comes; else state yours with --rate tokens=90000/1d.",
    },
  ],
  concurrency: 10,
  example: { id: '4711', change: 'amount=42000' },
  open: openPipedrive,
} as const satisfies Vendor;

/** The company as its own fields, stages and users describe it. */
function openPipedrive(settings: Settings, metadata?: Metadata): Service {
  const names =
    metadata === undefined
      ? { fields: pipedriveFields(settings), openField: pipedriveOpenField }
      : pipedriveNames(metadata, pipedriveFields(settings));
  return {
    idNames: ['deal_id', 'ID'],
    idProblem: (id) => (isNumericId(id) ? undefined : 'is not the id of a deal at Pipedrive, which is a number'),
    ...names,
    openNames: [{ name: '0123…cdef', description: 'A custom field by its key of 40 letters and digits.' }],
    unknownFieldHint: pipedriveFieldHint,
    audit: pipedriveAudit,
    plan: (edit) => [pipedriveUpdate(edit)],
    read: readPipedrive,
    records: pipedriveRecords(timeFields(metadata)),
    list: pipedriveList,
    metadata: pipedriveMetadata,
    check: { call: pipedriveCall('/v1/users/me', { step: 'check', cost: 2 }), account: pipedriveAccount },
  };
}

/** https://pipedrive.readme.io/docs/core-api-concepts-authentication, 2026-09. */
function authorise({ apiToken, accessToken }: Credentials): Authorisation {
  if (apiToken) return { headers: { 'x-api-token': apiToken }, query: [] };
  return tokenHeader(
    accessToken,
    'Pipedrive needs an API token or an OAuth access token',
    'Give the API token as `apiToken`, or as PIPEDRIVE_API_TOKEN in the environment.',
  );
}
