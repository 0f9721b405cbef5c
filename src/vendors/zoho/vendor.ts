import type { Metadata, OAuthDeclaration, Service, Settings, Vendor } from '../../core/vendor.ts';
import { refreshTokenGrant, tokenHeader } from '../shared/app-sign-in.ts';
import { zohoAudit, zohoFieldHint, zohoFields } from './fields.ts';
import { zohoFind, zohoList } from './find.ts';
import { restrictedFields, richFields, zohoMetadata, zohoNames } from './names.ts';
import { readZoho, zohoAccount } from './read.ts';
import { zohoRecords } from './record.ts';
import { zohoBatches, zohoRead, zohoUpdate } from './write.ts';

/**
 * Zoho CRM: PUT of up to 100 deals a call, each with an outcome of its own; omitted fields stay, and no field comes back. Version 8 of the API, whose
 * pages read as those of version 7 did. https://www.zoho.com/crm/developer/docs/api/v8/update-records.html, as of 2026-10.
 */
export const zoho = {
  name: 'zoho',
  title: 'Zoho CRM',
  updates: { records: 'deals', calls: 'PUT /Deals/{id}, 100 a call PUT /Deals, read 46 at a time' },
  documentation: [
    'https://www.zoho.com/crm/developer/docs/api/v8/update-records.html',
    'https://www.zoho.com/crm/developer/docs/api/v8/get-records.html',
    'https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html',
    'https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html',
  ],
  credentials: [
    {
      title: 'Self client',
      fields: [
        {
          name: 'clientId',
          secret: false,
          description: 'Of a self client, made in the API console of your data centre.',
        },
        { name: 'clientSecret', secret: true, description: 'Of the same client.' },
        {
          name: 'refreshToken',
          secret: true,
          optional: true,
          description: 'What the code was exchanged for. It lives until it is revoked.',
        },
        {
          name: 'code',
          secret: true,
          optional: true,
          description:
            'In place of a refresh token: the code that the console shows under Generate Code, good for 3 to 10 minutes and for one exchange. Scopes: ZohoCRM.modules.deals.READ,ZohoCRM.modules.deals.UPDATE,ZohoCRM.settings.fields.READ,ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.coql.READ',
        },
        {
          name: 'organisationId',
          secret: false,
          optional: true,
          description:
            'For one-off jobs without a refresh token (client credentials): the number of the organisation, from Setup > Developer Hub > API names, or zgid of a GET /org.',
        },
        {
          name: 'accessToken',
          secret: true,
          optional: true,
          description: 'An access token that is still valid (one lives an hour).',
        },
      ],
    },
  ],
  settings: [
    {
      name: 'data-centre',
      description:
        'Where the account lives; it decides the address of the API and of the sign-in. A token of one is worth nothing at another.',
      default: 'com',
      options: ['com', 'eu', 'in', 'com.au', 'jp', 'com.cn', 'sa', 'ca'],
      role: 'address',
      question: 'Which data centre (what follows zoho. in your browser)?',
      choices: [
        { value: 'com', label: 'United States', hint: 'crm.zoho.com' },
        { value: 'eu', label: 'Europe', hint: 'crm.zoho.eu' },
        { value: 'in', label: 'India', hint: 'crm.zoho.in' },
        { value: 'com.au', label: 'Australia', hint: 'crm.zoho.com.au' },
        { value: 'jp', label: 'Japan', hint: 'crm.zoho.jp' },
        { value: 'com.cn', label: 'China', hint: 'crm.zoho.com.cn' },
        { value: 'sa', label: 'Saudi Arabia', hint: 'crm.zoho.sa' },
        { value: 'ca', label: 'Canada', hint: 'crm.zohocloud.ca' },
      ],
    },
    {
      name: 'environment',
      description:
        'Which of the account’s environments; a token belongs to the one that was chosen when consent was given.',
      default: 'production',
      options: ['production', 'sandbox', 'developer'],
      role: 'address',
    },
    {
      name: 'automations',
      description:
        'run: workflows, approvals and blueprints act on each edit, as in the user interface. none: they are told not to (`"trigger":[]`); whether that stops approvals and reviews, too, is not confirmed.',
      default: 'run',
      options: ['run', 'none'],
      role: 'sending',
    },
    {
      name: 'lock',
      description:
        'none: up to 100 deals a call; each is read first, compared and written. each: one deal a call, which Zoho refuses where the deal has changed since it was read.',
      default: 'none',
      options: ['none', 'each'],
      role: 'sending',
    },
  ],
  baseUrl: (settings) => `https://${hostPrefix(settings)}.zohoapis.${settings['data-centre'] ?? 'com'}/crm/v8`,
  // Not Bearer. https://www.zoho.com/crm/developer/docs/api/v8/access-refresh.html, 2026-10.
  authorise: ({ accessToken }) =>
    tokenHeader(
      accessToken,
      'Zoho CRM needs an access token, made of a refresh token',
      'Give clientId, clientSecret and refreshToken (or the code of a self client) with `oppatch profile add`.',
      'Zoho-oauthtoken',
    ),
  oauth: signIn(),
  // https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html, 2026-10: credits in any 24 hours and calls in flight; there is no limit by the second.
  quotas: [
    {
      name: 'credits',
      count: 50_000,
      windowMs: 86_400_000,
      window: 'sliding',
      unit: 'credits',
      keptBesideUserRates: true,
      evidence: 'documented',
      description:
        'Of the organisation in 24 hours: 5,000 in the free edition, else 50,000 and 250 to 2,000 more for each user. An update of 10 deals costs 1, a read 1. State yours with --rate credits=5000/1d.',
    },
  ],
  concurrency: 5,
  setsOff: ({ automations }) =>
    automations === 'none'
      ? 'Zoho is told not to run workflows, approvals and blueprints on these edits.'
      : 'Workflows, approvals and blueprints of Zoho run on each edit; --setting automations=none asks for none.',
  example: { id: '7123400000005501001', change: 'amount=42000' },
  open: openZoho,
} as const satisfies Vendor;

/** The environment is named by the first part of the host. */
function hostPrefix(settings: Settings): string {
  const environment = settings['environment'] ?? 'production';
  return environment === 'production' ? 'www' : environment;
}

/** Canada has a domain of its own for signing in. https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html, 2026-10. */
function accountsHost(settings: Settings): string {
  const centre = settings['data-centre'] ?? 'com';
  return centre === 'ca' ? 'accounts.zohocloud.ca' : `accounts.zoho.${centre}`;
}

function signIn(): OAuthDeclaration {
  return {
    tokenUrl: (_credentials, settings) => `https://${accountsHost(settings)}/oauth/v2/token`,
    grants: [
      refreshTokenGrant(),
      {
        kind: 'code',
        needs: ['clientId', 'clientSecret', 'code'],
        form: ({ clientId = '', clientSecret = '', code = '' }) => ({
          grant_type: 'authorization_code',
          code,
          client_id: clientId,
          client_secret: clientSecret,
        }),
      },
      {
        kind: 'client-credentials',
        needs: ['clientId', 'clientSecret', 'organisationId'],
        form: ({ clientId = '', clientSecret = '', organisationId = '' }) => ({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
          scope: scopes,
          soid: `ZohoCRM.${organisationId}`,
        }),
      },
    ],
    // https://help.zoho.com/portal/en/community/topic/kaizen-79-oauth2-0-a-recap-and-faqs, 2026-10: a refusal comes as HTTP 200.
    refusal: (body) => {
      const { error } = body;
      if (typeof error !== 'string' || error === '') return undefined;
      return {
        code: /^[a-z_]{1,40}$/.test(error) ? error : 'access-denied',
        message: refusalTexts[error] ?? refusalText,
      };
    },
    doubt: (body, settings) => {
      const { api_domain: domain } = body;
      const own = `https://${hostPrefix(settings)}.zohoapis.${settings['data-centre'] ?? 'com'}`;
      return typeof domain === 'string' && domain !== own && /^https:\/\/[a-z]+\.zohoapis\.[a-z.]+$/.test(domain)
        ? `Zoho names ${domain} as the address of this account, and the settings lead to ${own}: look at data-centre and environment.`
        : undefined;
    },
  };
}

const scopes = [
  'ZohoCRM.modules.deals.READ',
  'ZohoCRM.modules.deals.UPDATE',
  'ZohoCRM.settings.fields.READ',
  'ZohoCRM.users.READ',
  'ZohoCRM.org.READ',
  'ZohoCRM.coql.READ',
].join(',');

const refusalTexts: Readonly<Record<string, string>> = {
  invalid_code: 'The refresh token or code is revoked, used up, or of another data centre.',
  invalid_client: 'The client id is not known at this data centre.',
  invalid_client_secret: 'The client secret does not belong to the client id.',
  missing_org_info: 'Client credentials need the number of the organisation.',
};

const refusalText =
  'Zoho gives no access token. It gives 10 in 10 minutes for a refresh token: wait ten to thirty minutes, then try again.';

/** The organisation as its own fields and users describe it. */
function openZoho(settings: Settings, metadata?: Metadata): Service {
  const names = metadata === undefined ? { fields: zohoFields } : zohoNames(metadata);
  const guarded = settings['lock'] === 'each';
  return {
    idNames: ['Record Id', 'Deal_Id'],
    // The user interface's export writes an id as zcrm_7123400000005501001; only the digits are the id.
    idProblem: (id) =>
      /^\d{15,20}$/.test(id) ? undefined : 'is not the id of a deal at Zoho, which has 15 to 20 digits',
    ...names,
    unknownFieldHint: zohoFieldHint,
    audit: zohoAudit,
    plan: (edit) => [zohoUpdate(edit, settings)],
    ...(guarded ? {} : { batches: zohoBatches(settings) }),
    read: readZoho,
    records: zohoRecords({ guarded, restricted: restrictedFields(metadata), rich: richFields(metadata) }),
    find: zohoFind,
    list: zohoList,
    metadata: zohoMetadata,
    check: { call: zohoRead('/users', 'check', [['type', 'CurrentUser']]), account: zohoAccount },
  };
}
