import type { Authorisation, Credentials, Metadata, Service, Settings, Vendor } from '../../core/vendor.ts';
import { appCredentials, refreshTokenGrant, tokenHeader } from '../shared/app-sign-in.ts';
import { jsonCall } from '../shared/json-call.ts';
import { closeAudit, closeFieldHint, closeFields, closeOpenField, listedIds } from './fields.ts';
import { closeList } from './list.ts';
import { closeMetadata, closeNames } from './names.ts';
import { closeAccount, readClose } from './read.ts';
import { closeRecords } from './record.ts';
import { closeUpdate } from './write.ts';

/**
 * Close: one PUT for each opportunity, which acts as a patch (omitted fields stay) and answers with the whole opportunity.
 * https://developer.close.com/api/resources/opportunities/update, as of 2026-10. There is no ETag and no idempotency key: the last write wins.
 */
export const close = {
  name: 'close',
  title: 'Close',
  updates: { records: 'opportunities', calls: 'PUT /opportunity/{id}/' },
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
    appCredentials(
      'The id of your OAuth app, from Settings > Developer.',
      'The secret of your OAuth app.',
      'From a sign-in with the scope offline_access. Close replaces it at each refresh.',
      'An access token that is still valid (one lives about an hour).',
    ),
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
  oauth: { tokenUrl: () => 'https://api.close.com/oauth2/token/', grants: [refreshTokenGrant()] },
  // No numbers are published; each group of endpoints has a window per key and one per organization of three times that, and the
  // RateLimit header tells where it stands. https://developer.close.com/topics/rate-limits, 2026-10.
  quotas: [
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
  example: { id: 'oppo_8H7sjNso', change: 'amount=42000' },
  open: openClose,
} as const satisfies Vendor;

/** The organization as the settings and its own names describe it. */
function openClose(settings: Settings, metadata?: Metadata): Service {
  const names = metadata === undefined ? undefined : closeNames(metadata, settings);
  return {
    idNames: ['opportunity_id'],
    idProblem: (id) =>
      /^oppo_\w{1,100}$/.test(id) ? undefined : 'is not the id of an opportunity at Close, which begins with oppo_',
    fields: names?.fields ?? closeFields(settings),
    openField: names?.openField ?? ((name) => closeOpenField(name, settings)),
    openNames: [
      { name: 'custom.cf_…', description: 'A custom field by its id; an array in JSON replaces all values.' },
      { name: 'custom.cf_….add', description: 'Adds one value to a custom field that holds several.' },
      { name: 'custom.cf_….remove', description: 'Removes one value from a custom field that holds several.' },
    ],
    unknownFieldHint: closeFieldHint,
    audit: closeAudit,
    plan: (edit) => [closeUpdate(edit, settings)],
    read: readClose,
    records: closeRecords,
    list: closeList,
    metadata: closeMetadata,
    check: {
      call: jsonCall({ path: '/me/', step: 'check', quotaGroup: 'GET /me' }),
      account: closeAccount,
    },
  };
}

/** The key is the user name of Basic credentials, the password is empty (the colon stays). https://developer.close.com/api/overview, 2026-10. */
function authorise({ apiKey, accessToken }: Credentials): Authorisation {
  if (apiKey) return { headers: { authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}` }, query: [] };
  return tokenHeader(
    accessToken,
    'Close needs an API key or an OAuth access token',
    'Give the API key as `apiKey`, or as CLOSE_API_KEY in the environment.',
  );
}

/** https://developer.close.com/api/overview/timezone-offsets, 2026-10. */
function timezoneProblem(value: string): string | undefined {
  const hours = /^-?\d{1,2}(?:\.\d{1,2})?$/.test(value) ? Number(value) : Number.NaN;
  return value === '' || (hours >= -12 && hours <= 14)
    ? undefined
    : 'is not a number of hours from -12 to 14, such as -4 or 5.5';
}
