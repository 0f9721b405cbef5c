import type { Metadata, Service, Settings, Vendor } from '../../core/vendor.ts';
import { tokenHeader } from '../shared/app-sign-in.ts';
import {
  appAndUser,
  authoritySetting,
  entraSignIn,
  entraUrl,
  givenAccessToken,
  refreshGrant,
  tenantField,
} from '../shared/entra.ts';
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
    appAndUser(
      'Application id of an app registration with the delegated permission Dynamics CRM user_impersonation.',
      'From a sign-in (oppatch profile login). Entra replaces it at each use.',
    ),
    {
      title: 'App alone, by client credentials',
      fields: [
        tenantField,
        {
          name: 'clientId',
          secret: false,
          description: 'Application id of the app, for which the environment has an application user with a role.',
        },
        { name: 'clientSecret', secret: true, description: 'Of the same app registration.' },
      ],
    },
    givenAccessToken('A token whose audience is the very host of the environment; lives about an hour.'),
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
    authoritySetting('Where access tokens are fetched; login.microsoftonline.us for the clouds of the US government.'),
  ],
  baseUrl: (settings) =>
    `https://${settings['environment'] === '' ? 'environment.invalid' : (settings['environment'] ?? '')}/api/data/v9.2`,
  authorise: ({ accessToken }) =>
    tokenHeader(
      accessToken,
      'Dynamics 365 needs an access token, made of a refresh token or of client credentials',
      'Store an account with `oppatch profile add NAME --vendor dynamics`.',
    ),
  oauth: {
    tokenUrl: entraUrl('token'),
    grants: [
      refreshGrant(personScope),
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
    signIn: entraSignIn(personScope, {
      advice: 'Sign in as a user of the environment who may edit the opportunities.',
    }),
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
