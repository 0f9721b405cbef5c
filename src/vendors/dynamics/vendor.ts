import { OppatchError } from '../../core/errors.ts';
import type { Authorisation, Credentials, Metadata, Service, Settings, Vendor } from '../../core/vendor.ts';
import { editAudit } from './audit.ts';
import { dynamicsFieldHint } from './fields.ts';
import { dynamicsFind, dynamicsList } from './find.ts';
import { guid } from './forms.ts';
import { dynamicsMetadata } from './metadata.ts';
import { dynamicsNames } from './names.ts';
import { dynamicsAccount, provesDynamics, readDynamics } from './read.ts';
import { dynamicsRecords } from './record.ts';
import { dynamicsCalls, dynamicsGet } from './write.ts';

/**
 * Dynamics 365 Sales: one PATCH of an opportunity by the Dataverse Web API, and an action where it is won or lost. Always with If-Match: without it a
 * PATCH of an unknown id creates an opportunity. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/update-delete-entities-using-web-api
 * and …/perform-conditional-operations-using-web-api, as of 2026-10.
 */
export const dynamics = {
  name: 'dynamics',
  title: 'Dynamics 365 Sales',
  updates: {
    records: 'opportunities',
    calls: 'PATCH /opportunities({id}), POST /WinOpportunity, POST /LoseOpportunity, read 50 at a time',
  },
  documentation: [
    'https://learn.microsoft.com/power-apps/developer/data-platform/webapi/update-delete-entities-using-web-api',
    'https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity',
    'https://learn.microsoft.com/power-apps/developer/data-platform/api-limits',
    'https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors',
  ],
  credentials: [
    {
      title: 'App and user, by refresh token',
      fields: [
        { name: 'tenantId', secret: false, description: 'Id of your Entra tenant (a GUID), from Entra > Overview.' },
        {
          name: 'clientId',
          secret: false,
          description:
            'Application id of an app registration with the delegated permission Dynamics CRM user_impersonation.',
        },
        {
          name: 'refreshToken',
          secret: true,
          description: 'From a sign-in (oppatch profile login). Entra replaces it at each use.',
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
      title: 'App alone, by client credentials',
      fields: [
        { name: 'tenantId', secret: false, description: 'Id of your Entra tenant (a GUID).' },
        {
          name: 'clientId',
          secret: false,
          description: 'Application id of the app, for which the environment has an application user with a role.',
        },
        { name: 'clientSecret', secret: true, description: 'Of the same app registration.' },
      ],
    },
    {
      title: 'Access token',
      fields: [
        {
          name: 'accessToken',
          secret: true,
          description: 'A token whose audience is the very host of the environment; lives about an hour.',
          doubt: (value) =>
            value.split('.').length === 3 ? undefined : 'does not look like a token (three parts with dots between)',
        },
        { name: 'tenantId', secret: false, optional: true, description: 'Not needed, kept where it is given.' },
        { name: 'clientId', secret: false, optional: true, description: 'Not needed, kept where it is given.' },
      ],
    },
  ],
  settings: [
    {
      name: 'environment',
      description:
        'The host of the environment, such as northwind.crm4.dynamics.com: Power Apps > gear > Developer resources > Web API endpoint.',
      default: '',
      required: true,
      role: 'address',
      question: 'Host of the environment (such as northwind.crm4.dynamics.com)',
      problem: (value) =>
        value === '' || /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,}$/i.test(value)
          ? undefined
          : 'is not a host such as northwind.crm4.dynamics.com',
    },
    {
      name: 'authority',
      description: 'Where access tokens are fetched; login.microsoftonline.us for the clouds of the US government.',
      default: 'https://login.microsoftonline.com',
      role: 'address',
      problem: authorityProblem,
    },
  ],
  baseUrl: (settings) =>
    `https://${settings['environment'] === '' ? 'environment.invalid' : (settings['environment'] ?? '')}/api/data/v9.2`,
  authorise,
  oauth: {
    tokenUrl: loginUrl('token'),
    grants: [
      {
        kind: 'refresh',
        needs: ['tenantId', 'clientId', 'refreshToken'],
        form: ({ clientId = '', refreshToken = '', clientSecret }, settings) => ({
          grant_type: 'refresh_token',
          client_id: clientId,
          refresh_token: refreshToken,
          scope: personScope(settings),
          ...(clientSecret === undefined || clientSecret === '' ? {} : { client_secret: clientSecret }),
        }),
      },
      {
        kind: 'client-credentials',
        needs: ['tenantId', 'clientId', 'clientSecret'],
        form: ({ clientId = '', clientSecret = '' }, settings) => ({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
          scope: `https://${settings['environment'] ?? ''}/.default`,
        }),
      },
    ],
    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code and v2-oauth2-auth-code-flow, 2026-10.
    signIn: {
      deviceUrl: loginUrl('devicecode'),
      authorizationUrl: loginUrl('authorize'),
      scope: personScope,
      needs: ['tenantId', 'clientId'],
      // The port counts for nothing with this name only. https://learn.microsoft.com/entra/identity-platform/reply-url, 2026-10.
      redirectHost: 'localhost',
      advice: 'Sign in as a user of the environment who may edit the opportunities.',
    },
  },
  // https://learn.microsoft.com/power-apps/developer/data-platform/api-limits, 2026-10: for each user and web server. Calls in flight are few, so that the
  // work of all of them cannot pass 1,200 s in 300 s on one server.
  quotas: [
    {
      name: 'requests',
      count: 6_000,
      windowMs: 300_000,
      window: 'sliding',
      // One environment was seen to state 8,000 in its refusal.
      mostCount: 8_000,
      evidence: 'documented',
      description:
        'Of a user on one web server; beside it 1,200 s of work in the same time, which four calls in flight cannot pass.',
    },
  ],
  concurrency: 4,
  // The service works up to two minutes on one message.
  callTimeoutMs: 120_000,
  example: { id: '6f1c0a52-3b7e-ee11-8179-000d3ab10001', change: 'estimatedvalue=42000' },
  open: openDynamics,
} as const satisfies Vendor;

/** The environment as its own columns, choices, users and currencies describe it. */
function openDynamics(settings: Settings, metadata?: Metadata): Service {
  const names = dynamicsNames(metadata ?? {});
  return {
    idNames: ['opportunityid', '(Do Not Modify) Opportunity'],
    idProblem: (id) => (guid.test(id) ? undefined : 'is not the id of an opportunity at Dynamics 365, which is a GUID'),
    canonicalId: (id) => id.toLowerCase(),
    fields: names.fields,
    unknownFieldHint: dynamicsFieldHint,
    audit: (edit) => editAudit(edit, names.stateOf),
    plan: (edit) => dynamicsCalls(edit, names),
    read: readDynamics,
    records: dynamicsRecords(names, settings),
    find: dynamicsFind(names),
    list: dynamicsList(names, settings),
    metadata: dynamicsMetadata,
    check: {
      call: dynamicsGet('/systemusers', 'check', [
        ['$select', 'fullname,internalemailaddress'],
        ['$expand', 'businessunitid($select=name)'],
        ['$filter', "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='systemuserid')"],
      ]),
      account: dynamicsAccount,
      proves: provesDynamics,
    },
  };
}

/** The token's resource must be the very host that is called. */
function personScope(settings: Settings): string {
  return `https://${settings['environment'] ?? ''}/user_impersonation offline_access`;
}

function loginUrl(endpoint: 'token' | 'devicecode' | 'authorize') {
  return ({ tenantId = '' }: Credentials, settings: Settings): string =>
    `${(settings['authority'] ?? '').replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/${endpoint}`;
}

function authorise({ accessToken }: Credentials): Authorisation {
  if (accessToken) return { headers: { authorization: `Bearer ${accessToken}` }, query: [] };
  throw new OppatchError(
    'credentials-missing',
    'Dynamics 365 needs an access token, made of a refresh token or of client credentials',
    {
      hint: 'Store an account with `oppatch profile add NAME --vendor dynamics`.',
      exitCode: 4,
    },
  );
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
