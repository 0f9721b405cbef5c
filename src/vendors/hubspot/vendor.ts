import type { Reply } from '../../core/call.ts';
import { scalarText } from '../../core/json.ts';
import type { Check, Metadata, Service, Settings, Vendor } from '../../core/vendor.ts';
import { appCredentials, refreshTokenGrant, tokenHeader } from '../shared/app-sign-in.ts';
import { jsonCall } from '../shared/json-call.ts';
import { textIn } from '../shared/metadata-reads.ts';
import { objectBody } from '../shared/record-reads.ts';
import { hubspotAudit } from './audit.ts';
import { hubspotErrors } from './errors.ts';
import { hubspotFields, unknownFieldHint } from './fields.ts';
import { accountFields, accountNames, hubspotMetadata, propertyTypes } from './names.ts';
import { companions, dealBatches, quotaGroup, updateCall, versionOf, versions } from './write.ts';
import { burst, readReply } from './read.ts';
import { dealReads } from './record.ts';
import { dealFinder, dealLister, searchGroup } from './search.ts';

/**
 * HubSpot: deals (object type 0-3), one PATCH each or 100 in a batch; all values are texts. There is no ETag, no version and no idempotency key: the
 * last write wins. https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide, as of 2026-10.
 */
export const hubspot = {
  name: 'hubspot',
  title: 'HubSpot',
  updates: { records: 'deals', calls: 'PATCH /crm/objects/2026-09/0-3/{id}, 100 a call POST …/batch/update' },
  documentation: [
    'https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide',
    'https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/batch/update-deals',
    'https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines',
    'https://developers.hubspot.com/docs/api-reference/latest/error-handling',
  ],
  credentials: [
    {
      title: 'Service key',
      fields: [
        {
          name: 'serviceKey',
          secret: true,
          description:
            'Made in HubSpot under Development > Keys > Service keys (or Settings > Integrations > Service Keys) with the scopes crm.objects.deals.read, crm.objects.deals.write and, for owners by name, crm.objects.owners.read. The token of a legacy private app goes here, too.',
          doubt: (value) =>
            /\s/.test(value)
              ? 'holds a blank, which no key of HubSpot does'
              : /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
                ? 'looks like an API key of the old kind, which HubSpot no longer accepts; a service key begins with pat-'
                : undefined,
        },
      ],
    },
    appCredentials(
      'The client id of your app.',
      'The client secret of your app.',
      'From an installation of your app in the account.',
      'An access token that is still valid (one lives 30 minutes).',
    ),
  ],
  settings: [
    {
      name: 'api-version',
      description:
        'The dated version of the API. 2026-09 enforces rules of the account on writes and normalises odd dates; 2026-03 does neither.',
      default: versions[0],
      options: versions,
      role: 'sending',
    },
  ],
  // One host for all accounts and regions. https://developers.hubspot.com/docs/api-reference/latest/overview, 2026-10.
  baseUrl: () => 'https://api.hubapi.com',
  authorise: ({ serviceKey, accessToken }) =>
    tokenHeader(
      serviceKey || accessToken,
      'HubSpot needs a service key or an OAuth access token',
      'Give the key as `serviceKey`, or as HUBSPOT_SERVICE_KEY in the environment.',
    ),
  // https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens, 2026-10. Whether the refresh token changes is not stated.
  oauth: {
    tokenUrl: (_credentials, settings) => `https://api.hubapi.com/oauth/${versionOf(settings)}/token`,
    grants: [refreshTokenGrant()],
  },
  quotas: [
    {
      ...burst,
      count: 100,
      window: 'sliding',
      mostCount: 250,
      evidence: 'documented',
      description:
        'Calls of one key or app: 100 in 10 s on Free and Starter, 190 on Professional and Enterprise, 250 with the add-on; the header of a reply raises it. A day has 250,000 calls or more, shared by the account.',
    },
    {
      name: 'search',
      count: 5,
      windowMs: 1_000,
      window: 'sliding',
      group: searchGroup,
      keptBesideUserRates: true,
      evidence: 'documented',
      description: 'Calls of the search, for `oppatch list`, of the whole account.',
    },
  ],
  // No limit of calls at once is published.
  concurrency: 4,
  example: { id: '71000001', change: 'amount=42000' },
  open,
} as const satisfies Vendor;

function open(settings: Settings, metadata?: Metadata): Service {
  const names = metadata === undefined ? undefined : accountNames(metadata);
  const fields = metadata === undefined ? hubspotFields : accountFields(metadata);
  const types = propertyTypes(metadata);
  return {
    idNames: ['hs_object_id', 'Record ID', 'Deal ID'],
    // Digits, treated as text; a leading zero would spell one id in two ways.
    idProblem: (id) =>
      /^[1-9]\d{0,19}$/.test(id) ? undefined : 'is not the record id of a deal, which is a whole number',
    fields,
    unknownFieldHint,
    companions: (changes) => companions(changes, names?.stages),
    audit: (edit) => hubspotAudit(edit, names),
    plan: (edit) => [updateCall(edit, settings)],
    batches: dealBatches(settings),
    read: readReply,
    records: dealReads(settings, fields, types),
    find: dealFinder(settings, names?.unique, types),
    list: dealLister(settings, types),
    metadata: hubspotMetadata(settings),
    check: accountCheck(settings),
  };
}

/** A key without the scope of this read proves itself by the refusal. https://developers.hubspot.com/docs/api-reference/latest/account/account-information/guide, 2026-10. */
function accountCheck(settings: Settings): Check {
  return {
    call: jsonCall({ path: `/account-info/${versionOf(settings)}/details`, step: 'check', quotaGroup }),
    account: accountName,
    proves: (reply) =>
      accountName(reply) !== undefined || (reply.status === 403 && hubspotErrors(reply).code === 'MISSING_SCOPES'),
  };
}

/** `Northwind (SANDBOX)`, or `portal 4242424` where the account gives no name. */
function accountName(reply: Reply): string | undefined {
  const body = objectBody(reply);
  const portal = scalarText(body?.['portalId'] ?? null);
  if (body === undefined || portal === undefined) return undefined;
  const name = textIn(body, 'portalName') ?? `portal ${portal}`;
  const type = textIn(body, 'accountType') ?? 'STANDARD';
  return type === 'STANDARD' ? name : `${name} (${type})`;
}
