import type { Metadata, Service, Settings, Vendor } from '../../core/vendor.ts';
import type { ValueForm } from '../../core/field.ts';
import type { JsonObject } from '../../core/json.ts';
import { isSafeAddress, refreshTokenGrant, tokenHeader } from '../shared/app-sign-in.ts';
import { withForm } from '../shared/fields.ts';
import { textIn } from '../shared/metadata-reads.ts';
import { describedFields } from './describe.ts';
import {
  openPicklists,
  salesforceAudit,
  salesforceFieldHint,
  salesforceOpenField,
  standardFields,
  unreadPicklistForm,
} from './fields.ts';
import { longId, opportunityIdProblem } from './ids.ts';
import { salesforceJobs } from './jobs.ts';
import { orgNames, salesforceMetadata } from './names.ts';
import { dayMeter, organizationName, readSalesforce } from './read.ts';
import { salesforceRecords, shownFields } from './record.ts';
import { queryCall, queryParts, salesforceFinder, salesforceLister } from './soql.ts';
import { salesforceBatches, salesforceUpdate } from './write.ts';

/**
 * Salesforce, object Opportunity: a PATCH for each record, or 200 of them in one call, which costs the org one call of its day.
 * https://developer.salesforce.com/docs/platform/api-rest/guide/, as of 2026-11.
 */
export const salesforce = {
  name: 'salesforce',
  title: 'Salesforce',
  updates: {
    records: 'opportunities',
    calls: 'PATCH /services/data/v66.0/sobjects/Opportunity/{id}, 200 a call PATCH …/composite/sobjects',
  },
  documentation: [
    'https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html',
    'https://developer.salesforce.com/docs/platform/api-rest/guide/resources-sobject-retrieve-patch.html',
    'https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html',
    'https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunity.htm',
  ],
  credentials: [
    {
      title: 'Client credentials of an External Client App',
      fields: [
        {
          name: 'clientId',
          secret: false,
          description: 'The Consumer Key: Setup > External Client App Manager > the app > Settings.',
        },
        {
          name: 'clientSecret',
          secret: true,
          description:
            'The Consumer Secret, shown beside the Consumer Key. The app needs the client credentials flow and a run-as user.',
        },
      ],
    },
    {
      title: 'Refresh token of a person',
      fields: [
        { name: 'clientId', secret: false, description: 'The Consumer Key of the app.' },
        {
          name: 'clientSecret',
          secret: true,
          optional: true,
          description: 'The Consumer Secret, unless the app does without.',
        },
        {
          name: 'refreshToken',
          secret: true,
          description:
            'From a sign-in with the scopes api and refresh_token. Where the app rotates it, each one works once.',
        },
        { name: 'accessToken', secret: true, optional: true, description: 'An access token that is still valid.' },
      ],
    },
    {
      title: 'Access token',
      fields: [
        {
          name: 'accessToken',
          secret: true,
          description: 'A session token, for a first try: it ends with its session.',
          doubt: (value) => (/\s/.test(value) ? 'holds a blank, which no access token does' : undefined),
        },
      ],
    },
  ],
  settings: [
    {
      name: 'instance',
      description: 'The host of your org, from Setup > My Domain: northwind.my.salesforce.com.',
      default: '',
      role: 'address',
      flag: '--instance <host>',
      question: 'Host of your org (Setup > My Domain shows it, such as northwind.my.salesforce.com)',
      required: true,
      problem: hostProblem,
    },
    {
      name: 'api-version',
      description: 'The version of the API. Each lives for three years at least.',
      default: '66.0',
      role: 'sending',
      problem: (value) => (/^\d{2,3}\.0$/.test(value) ? undefined : 'is not a version such as 66.0'),
    },
    {
      name: 'lock',
      description:
        'none: 200 rows a call, compared with the current values before. each: one call a row, which Salesforce refuses where the record has changed since it was read; up to 200 times the calls.',
      default: 'none',
      role: 'sending',
      options: ['none', 'each'],
    },
    {
      name: 'bulk-api',
      description:
        'auto: a run of 50,000 edits or more sends them as jobs of the Bulk API 2.0, 20,000 rows in some ten calls, which Salesforce works on in its own time. always: any run does. never: none does.',
      default: 'auto',
      role: 'sending',
      options: ['auto', 'always', 'never'],
    },
    {
      name: 'picklist-values',
      description:
        'known: stages and other picklist values must be in the lists of the org. any: others are sent as they stand, and Salesforce adds each to the org as an inactive value.',
      default: 'known',
      options: ['known', 'any'],
    },
    {
      name: 'login-url',
      description: 'Where the app signs in, if that is not the instance: https://login.example.test.',
      default: '',
      role: 'address',
      problem: (value) =>
        value === '' || isSafeAddress(value) ? undefined : 'is not an address that begins with https://',
    },
  ],
  baseUrl: (settings) => `https://${instanceOf(settings)}`,
  authorise: ({ accessToken }) =>
    tokenHeader(
      accessToken,
      'Salesforce needs an access token, or a client id with a secret or a refresh token',
      'Give clientId and clientSecret, as SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET in the environment.',
    ),
  // https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm and the flows of https://github.com/jsforce/jsforce
  // (src/oauth2.ts), 2026-11. The reply has no expires_in: a token ends with its session.
  oauth: {
    tokenUrl: (_credentials, settings) => `${loginOf(settings)}/services/oauth2/token`,
    grants: [
      refreshTokenGrant(['clientId', 'refreshToken']),
      {
        kind: 'client-credentials',
        needs: ['clientId', 'clientSecret'],
        form: ({ clientId = '', clientSecret = '' }) => ({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
        }),
      },
    ],
    doubt: instanceDoubt,
    signIn: {
      authorizationUrl: (_credentials, settings) => `${loginOf(settings)}/services/oauth2/authorize`,
      scope: () => 'api refresh_token',
      needs: ['clientId'],
      // An address of 127.0.0.1 is refused when the app is set up, and the port counts. https://github.com/cognizant-ai-lab/nsflow/issues/233, 2026-11.
      redirectHost: 'localhost',
      // As the Salesforce CLI has it, which many apps are set up for already.
      redirect: { port: 1717, path: '/OauthRedirect' },
      advice:
        'Sign in as the user whose rights the edits are to have; the app must list http://localhost:1717/OauthRedirect as a callback.',
    },
  },
  // Calls of 24 hours, of all users and apps together: 15,000 for a Developer org, 100,000 and more for the others; each reply says how many it is.
  quotas: [
    {
      name: dayMeter,
      count: 15_000,
      windowMs: 86_400_000,
      window: 'sliding',
      mostCount: 50_000_000,
      evidence: 'documented',
      description:
        "Calls in 24 hours, which all users and apps of the org share. Developer orgs have 15,000; each reply states the org's own number.",
    },
  ],
  concurrency: 4,
  // A call of 200 rows runs the triggers and flows of all of them; Salesforce ends a call after ten minutes.
  callTimeoutMs: 180_000,
  example: { id: '0065e00000AbCdEAAV', change: 'amount=42000' },
  open: openSalesforce,
} as const satisfies Vendor;

/** The org as the settings and its own names describe it. */
function openSalesforce(settings: Settings, metadata?: Metadata): Service {
  const anyText = settings['picklist-values'] === 'any';
  const names = orgNames(metadata ?? {}, anyText);
  const { described } = names;
  const fields =
    described === undefined
      ? standardFields.map((field) => withForm(field, names.forms[field.name] ?? unreadForm(field.name, anyText)))
      : describedFields(described, names.forms, anyText);
  const shown = described === undefined ? undefined : shownFields(described, fields);
  const queries = queryParts(settings, described, shown);
  return {
    idNames: ['Id', 'Opportunity ID', 'OpportunityId'],
    idProblem: opportunityIdProblem,
    canonicalId: longId,
    fields,
    ...(described === undefined
      ? {
          openField: salesforceOpenField,
          openNames: [{ name: '…__c', description: 'A custom field by its API name, such as Region__c.' }],
        }
      : {}),
    unknownFieldHint: (name) => salesforceFieldHint(name, described !== undefined),
    audit: (edit) => salesforceAudit(edit, names.closes),
    plan: (edit) => [salesforceUpdate(edit, settings)],
    batches: salesforceBatches(settings),
    jobs: salesforceJobs(settings),
    read: readSalesforce,
    records: salesforceRecords(settings, shown),
    find: salesforceFinder(queries),
    list: salesforceLister(queries),
    metadata: salesforceMetadata(settings),
    check: {
      call: queryCall(
        settings,
        'SELECT Id, Name, OrganizationType, IsSandbox, InstanceName FROM Organization',
        'check',
      ),
      account: organizationName,
    },
  };
}

function unreadForm(name: string, anyText: boolean): ValueForm | undefined {
  return openPicklists.has(name) ? unreadPicklistForm(anyText) : undefined;
}

/** Hosts to which the official clients hand a token. https://github.com/forcedotcom/sfdx-core (util/sfdcUrl.ts), 2026-11. */
const trustedHost =
  /^(?:[a-z0-9-]{1,63}\.)+(?:salesforce\.com|force\.com|cloudforce\.com|sfcrmproducts\.cn|salesforce\.mil)$|^(?:[a-z0-9-]{1,63}\.)*crmforce\.mil$/i;

function hostProblem(host: string): string | undefined {
  if (host === '') return undefined;
  const lightning = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.lightning\.force\.com$/i.exec(host)?.[1];
  if (lightning !== undefined)
    return `is the host of the browser, not of the API; set ${lightning.toLowerCase()}.my.salesforce.com`;
  return host.length <= 253 && trustedHost.test(host)
    ? undefined
    : 'is not the name of a host of Salesforce alone, such as northwind.my.salesforce.com';
}

/** Until an instance is set no call can be made; the name can never be resolved (RFC 2606). */
function instanceOf(settings: Settings): string {
  return (settings['instance'] ?? '').toLowerCase() || 'instance.invalid';
}

function loginOf(settings: Settings): string {
  return (settings['login-url'] || `https://${instanceOf(settings)}`).replace(/\/+$/, '');
}

/** Every token answer names the host of its org. https://developer.salesforce.com/docs/atlas.en-us.chatterapi.meta/chatterapi/quickstart_connecting.htm, 2026-11. */
function instanceDoubt(body: JsonObject, settings: Settings): string | undefined {
  const url = textIn(body, 'instance_url') ?? '';
  const host = URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
  const set = (settings['instance'] ?? '').toLowerCase();
  return host === undefined || set === '' || host === set
    ? undefined
    : `Salesforce says that this sign-in belongs to ${host}, and the setting instance is ${set}: calls may be refused. Set --setting instance=${host} if that is the org you mean.`;
}
