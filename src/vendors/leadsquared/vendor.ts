import type { Metadata, Service, Settings, Vendor } from '../../core/vendor.ts';
import { jsonCall } from '../shared/json-call.ts';
import {
  eventCodeForm,
  guidForm,
  leadsquaredAudit,
  leadsquaredFieldHint,
  leadsquaredFields,
  leadsquaredOpenField,
  leadsquaredUnchecked,
  listProblem,
} from './fields.ts';
import { leadsquaredMetadata, leadsquaredNames } from './names.ts';
import { leadsquaredAccount, readLeadsquared } from './read.ts';
import { leadsquaredRecords } from './record.ts';
import { leadsquaredBatches, leadsquaredCalls } from './write.ts';

const defaultHost = 'api.leadsquared.com';

/**
 * LeadSquared: one POST for each opportunity with the fields to change, all values as text. The reply names the opportunity and echoes nothing.
 * https://apidocs.leadsquared.com/update-an-opportunity/, as of 2026-10.
 */
export const leadsquared = {
  name: 'leadsquared',
  title: 'LeadSquared',
  updates: {
    records: 'opportunities',
    calls: 'POST /OpportunityManagement.svc/Update, 25 a call POST …/Bulk/Update/ByOpportunityId',
  },
  documentation: [
    'https://apidocs.leadsquared.com/update-an-opportunity/',
    'https://apidocs.leadsquared.com/authentication/',
    'https://apidocs.leadsquared.com/rate-limits/',
    'https://apidocs.leadsquared.com/error-handling/',
  ],
  credentials: [
    {
      title: 'Access key and secret key',
      fields: [
        {
          name: 'accessKey',
          secret: true,
          description: 'From My Profile > Settings > API and Webhooks; acts with the rights of its user.',
          // Access keys look like `u$r` and 32 hexadecimal digits: a shell, or a loader of .env files, takes `$r…` for a variable.
          doubt: (value) =>
            value.startsWith('u') && !value.startsWith('u$r')
              ? 'begins with u but not with u$r: a shell may have taken `$r…` for a variable; put the key between single quotes'
              : undefined,
        },
        { name: 'secretKey', secret: true, description: 'Shown beside the access key.' },
      ],
    },
  ],
  settings: [
    {
      name: 'host',
      description:
        'The host of your region: api.leadsquared.com (Singapore), api-us11. (US), api-in21. (Mumbai), api-in22. (Hyderabad), api-ir31. (Ireland), api-ca12. (Canada), each before leadsquared.com, or any other that LeadSquared names.',
      default: defaultHost,
      role: 'address',
      flag: '--host <host>',
      question: 'API host of your region (My Profile > Settings > API and Webhooks shows it)',
      // https://apidocs.leadsquared.com/api-host/, 2026-10.
      choices: [
        { value: 'api.leadsquared.com', label: 'Singapore: api.leadsquared.com' },
        { value: 'api-us11.leadsquared.com', label: 'US: api-us11.leadsquared.com' },
        { value: 'api-in21.leadsquared.com', label: 'India (Mumbai): api-in21.leadsquared.com' },
        { value: 'api-in22.leadsquared.com', label: 'India (Hyderabad): api-in22.leadsquared.com' },
        { value: 'api-ir31.leadsquared.com', label: 'Ireland: api-ir31.leadsquared.com' },
        { value: 'api-ca12.leadsquared.com', label: 'Canada: api-ca12.leadsquared.com' },
      ],
      problem: hostProblem,
    },
    {
      name: 'event-code',
      description:
        "The opportunity type's code, such as 12000 (Settings > Opportunities > Opportunity Types). With it opportunities are read and written in bulk, and the type's own fields and options are known.",
      default: '',
      flag: '--event-code <code>',
      question:
        'Code of the opportunity type, such as 12000 (Settings > Opportunities > Opportunity Types); may be left empty',
      problem: (value) =>
        value === '' || eventCodeForm.test(value) ? undefined : 'is not a whole number such as 12000',
    },
    {
      name: 'keys-in',
      description: 'Where the keys are sent. Some accounts are said to accept them in the query only.',
      default: 'headers',
      role: 'sending',
      options: ['headers', 'query'],
    },
    {
      name: 'date-fields',
      description:
        'Schema names (mx_Custom_8, comma between) that hold dates: values are converted to YYYY-MM-DD HH:MM:SS in UTC.',
      default: '',
      problem: listProblem,
    },
    {
      name: 'number-fields',
      description: 'Schema names (mx_Custom_6, comma between) that hold numbers: values must be plain decimals.',
      default: '',
      problem: listProblem,
    },
    {
      name: 'note-repeats',
      description:
        'Whether a row with a note may be sent again after an unclear failure. LeadSquared does not say whether a note replaces the former one.',
      default: 'unsafe',
      role: 'sending',
      options: ['unsafe', 'safe'],
    },
  ],
  baseUrl: (settings) => `https://${settings['host'] || defaultHost}/v2`,
  // https://apidocs.leadsquared.com/authentication/, 2026-10: both ways are documented, headers are recommended.
  authorise: ({ accessKey = '', secretKey = '' }, settings) =>
    settings['keys-in'] === 'query'
      ? { headers: {}, query: [['accessKey', accessKey] as const, ['secretKey', secretKey] as const] }
      : { headers: { 'x-LSQ-AccessKey': accessKey, 'x-LSQ-SecretKey': secretKey }, query: [] },
  // https://apidocs.leadsquared.com/update-an-opportunity/, 2026-10. Plans differ (10 and 20 per 5 s on the current page of rate limits), and
  // a refusal states the account's own limit. Whether the window slides is not documented.
  quotas: [
    {
      name: 'calls',
      count: 25,
      windowMs: 5_000,
      window: 'sliding',
      evidence: 'documented',
      description: 'All calls of the account, whoever makes them. Smaller plans have 10 or 20 per 5 s.',
    },
    {
      name: 'bulk calls',
      count: 5,
      windowMs: 5_000,
      window: 'sliding',
      group: 'bulk',
      keptBesideUserRates: true,
      evidence: 'assumed',
      description:
        'Calls for several opportunities, which count among all calls, too. Said of the bulk calls for leads (5 or 10 per 5 s, 1 on older plans); another rate: --rate bulk=1/5s.',
    },
  ],
  // As many as the quota lets go at once: fewer would idle under it for a round trip or two in each window.
  concurrency: 25,
  example: { id: '5ca5b042-51ea-4699-b6f0-2d4a7e3c1b88', change: 'Status=Won' },
  open: openLeadsquared,
} as const satisfies Vendor;

/** The account as the settings and its own names describe it. */
function openLeadsquared(settings: Settings, metadata?: Metadata): Service {
  const names = metadata === undefined ? undefined : leadsquaredNames(metadata, settings);
  return {
    idNames: ['ProspectOpportunityId', 'OpportunityId'],
    // A GUID, or the value of the type's AutoId field, whose form the account chooses.
    idProblem: (id) =>
      /^[\p{L}\p{N}][\p{L}\p{N}_.:#/-]{0,99}$/u.test(id) && !id.includes('..')
        ? undefined
        : 'is neither the id (GUID) nor the AutoId value of an opportunity',
    idHint: 'The value of the AutoId field of its type is taken in place of the id (a GUID), without --match-by.',
    canonicalId: (id) => (guidForm.test(id) ? id.toLowerCase() : id),
    fields: names?.fields ?? leadsquaredFields,
    openField: names?.openField ?? ((name) => leadsquaredOpenField(name, settings)),
    openNames: [
      {
        name: 'mx_…',
        description: 'Any field of the opportunity type by its schema name, such as mx_Custom_6; sent as text.',
      },
    ],
    unknownFieldHint: names?.unknownFieldHint ?? leadsquaredFieldHint,
    audit: names?.audit ?? ((edit) => [...leadsquaredAudit(edit), ...leadsquaredUnchecked(edit, settings)]),
    plan: (edit) => leadsquaredCalls(edit, settings),
    batches: leadsquaredBatches(settings),
    read: readLeadsquared,
    records: leadsquaredRecords(settings),
    metadata: leadsquaredMetadata(settings),
    check: {
      call: jsonCall({ path: '/Authentication.svc/UserByAccessKey.Get', step: 'check', quotaGroup: 'calls' }),
      account: leadsquaredAccount,
    },
  };
}

function hostProblem(host: string): string | undefined {
  return /^(?=.{4,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/i.test(host)
    ? undefined
    : `is not the name of a host alone, such as ${defaultHost}`;
}
