/** The deal properties, pipelines, owners and rules of the HubSpot sandbox, in the forms of HubSpot's own replies. */

/** What is usual of a property, where nothing else is said. */
const usual = {
  options: [] as readonly { readonly label: string; readonly value: string; readonly hidden: boolean }[],
  calculated: false,
  hidden: false,
  hasUniqueValue: false,
  hubspotDefined: true,
};

interface More extends Partial<typeof usual> {
  readonly externalOptions?: true;
  readonly referencedObjectType?: string;
  readonly readOnly?: true;
}

export type Property = ReturnType<typeof property>;

function property(name: string, label: string, type: string, fieldType: string, more: More = {}) {
  const { readOnly = false, ...members } = more;
  const modificationMetadata = { archivable: false, readOnlyDefinition: true, readOnlyValue: readOnly };
  return { name, label, type, fieldType, ...usual, modificationMetadata, ...members };
}

function options(...pairs: readonly (readonly [value: string, label: string])[]): Property['options'] {
  return pairs.map(([value, label]) => ({ value, label, hidden: value === 'legacy' }));
}

const own = { hubspotDefined: false } as const;
const readOnly = { readOnly: true } as const;
const computed = { readOnly: true, calculated: true } as const;

export const properties: readonly Property[] = [
  property('dealname', 'Deal Name', 'string', 'text'),
  property('amount', 'Amount', 'number', 'number'),
  property('deal_currency_code', 'Currency', 'enumeration', 'select', {
    options: options(['USD', 'US Dollar (USD)'], ['EUR', 'Euro (EUR)']),
  }),
  property('closedate', 'Close Date', 'datetime', 'date'),
  // Their options stand elsewhere.
  property('pipeline', 'Pipeline', 'enumeration', 'select', { externalOptions: true }),
  property('dealstage', 'Deal Stage', 'enumeration', 'radio', { externalOptions: true }),
  property('hubspot_owner_id', 'Deal owner', 'enumeration', 'select', {
    externalOptions: true,
    referencedObjectType: 'OWNER',
  }),
  property('dealtype', 'Deal Type', 'enumeration', 'radio', {
    options: options(['newbusiness', 'New Business'], ['existingbusiness', 'Existing Business'], ['legacy', 'Legacy']),
  }),
  property('hs_priority', 'Priority', 'enumeration', 'select', {
    options: options(['low', 'Low'], ['medium', 'Medium'], ['high', 'High']),
  }),
  property('hs_manual_forecast_category', 'Forecast category', 'enumeration', 'select', {
    options: options(['COMMIT', 'Commit'], ['BEST_CASE', 'Best case'], ['PIPELINE', 'Pipeline']),
  }),
  property('description', 'Deal Description', 'string', 'textarea'),
  property('hs_next_step', 'Next step', 'string', 'textarea'),
  property('closed_lost_reason', 'Closed Lost Reason', 'string', 'textarea'),
  property('closed_won_reason', 'Closed Won Reason', 'string', 'textarea'),
  property('hs_all_collaborator_owner_ids', 'Deal Collaborator', 'enumeration', 'checkbox', {
    externalOptions: true,
    referencedObjectType: 'OWNER',
  }),
  property('sales_regions', 'Sales regions', 'enumeration', 'checkbox', {
    ...own,
    options: options(['emea', 'EMEA'], ['apac', 'Asia Pacific'], ['latam', 'Latin America'], ['na', 'North America']),
  }),
  property('renewal', 'Renewal', 'bool', 'booleancheckbox', {
    ...own,
    options: options(['true', 'Yes'], ['false', 'No']),
  }),
  property('contract_end', 'Contract end', 'date', 'date', own),
  property('contract_phone', 'Contract phone', 'phone_number', 'phonenumber', own),
  property('seats', 'Seats', 'number', 'number', own),
  property('erp_number', 'ERP number', 'string', 'text', { ...own, hasUniqueValue: true }),
  property('territory', 'Territory', 'string', 'text', own),
  property('hs_object_id', 'Record ID', 'number', 'number', readOnly),
  property('createdate', 'Create Date', 'datetime', 'date', readOnly),
  property('hs_createdate', 'Object create date/time', 'datetime', 'date', readOnly),
  property('hs_lastmodifieddate', 'Last Modified Date', 'datetime', 'date', readOnly),
  property('hs_merged_object_ids', 'Merged Deal IDs', 'enumeration', 'checkbox', readOnly),
  property('hs_is_closed', 'Is Closed', 'bool', 'booleancheckbox', computed),
  property('hs_is_closed_won', 'Is Closed Won', 'bool', 'booleancheckbox', computed),
  property('hs_is_closed_lost', 'Is Closed Lost', 'bool', 'booleancheckbox', computed),
  property('hs_deal_stage_probability', 'Deal probability', 'number', 'number', computed),
  property('amount_in_home_currency', 'Amount in company currency', 'number', 'number', computed),
  property('hs_closed_amount', 'Closed Deal Amount', 'number', 'number', computed),
  property('hs_projected_amount', 'Weighted amount', 'number', 'number', computed),
  property('days_to_close', 'Days to close', 'number', 'number', computed),
  property('hubspot_owner_assigneddate', 'Owner assigned date', 'datetime', 'date', readOnly),
  property('hubspot_team_id', 'HubSpot team', 'enumeration', 'select', readOnly),
  property('notes_last_contacted', 'Last Contacted', 'datetime', 'date', readOnly),
  property('notes_last_updated', 'Last Activity Date', 'datetime', 'date', readOnly),
  property('num_notes', 'Number of Sales Activities', 'number', 'number', readOnly),
  property('num_associated_contacts', 'Number of Associated Contacts', 'number', 'number', computed),
  property('hs_analytics_source', 'Original Traffic Source', 'enumeration', 'select', readOnly),
  property('hs_object_source_label', 'Record source', 'string', 'text', readOnly),
  property('hs_v2_date_entered_closedwon', 'Date entered "Closed Won (Sales Pipeline)"', 'datetime', 'date', computed),
];

function stage(id: string, label: string, probability: string, closed = false) {
  return { id, label, probability, closed };
}

/** "Closed Won" stands in both; the ids of the second are numbers, as those of made pipelines are. */
export const pipelines = [
  {
    id: 'default',
    label: 'Sales Pipeline',
    stages: [
      stage('appointmentscheduled', 'Appointment Scheduled', '0.2'),
      stage('qualifiedtobuy', 'Qualified To Buy', '0.4'),
      stage('contractsent', 'Contract Sent', '0.9'),
      stage('closedwon', 'Closed Won', '1.0', true),
      stage('closedlost', 'Closed Lost', '0.0', true),
    ],
  },
  {
    id: '77120034',
    label: 'Renewals',
    stages: [
      stage('151003001', 'Renewal Due', '0.5'),
      stage('151003002', 'Quote Sent', '0.7'),
      stage('151003003', 'Closed Won', '1.0', true),
    ],
  },
];

export const owners = [
  owner('880011', 'Ada', 'Kern', 5_500_123),
  owner('880012', 'Bo', 'Lind', 5_500_124),
  owner('880013', 'Cy', 'Rose', 5_500_125),
];

function owner(id: string, firstName: string, lastName: string, userId: number) {
  const email = `${firstName}.${lastName}@northwind.example`.toLowerCase();
  return { id, type: 'PERSON', archived: false, email, firstName, lastName, userId };
}

/** Owners of one page, whatever `limit` asks for above it. */
const ownersPage = 2;

/** Reads of names; undefined for a path that is none of them. */
export function metadataReply(path: string, query: URLSearchParams): unknown {
  const [, kind = ''] = /^\/crm\/([a-z-]+)\/2026-0[39](?:\/0-3)?$/.exec(path) ?? [];
  if (!path.endsWith('/0-3')) return kind === 'owners' ? ownerPage(query) : undefined;
  const results = lists[kind];
  return results === undefined ? undefined : { results };
}

export const longestTerritory = 12;

const lists: Readonly<Record<string, readonly unknown[]>> = {
  properties,
  pipelines: pipelines.map(shownPipeline),
  'property-validations': [
    {
      propertyName: 'territory',
      propertyValidationRules: [{ ruleType: 'MAX_LENGTH', ruleArguments: [String(longestTerritory)] }],
    },
  ],
};

function shownPipeline({ id, label, stages }: (typeof pipelines)[number], displayOrder: number): unknown {
  return {
    id,
    label,
    displayOrder,
    archived: false,
    stages: stages.map((one, order) => ({
      id: one.id,
      label: one.label,
      displayOrder: order,
      metadata: { isClosed: String(one.closed), probability: one.probability },
      writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
      archived: false,
    })),
  };
}

function ownerPage(query: URLSearchParams): unknown {
  const start = Number(query.get('after') ?? '0');
  const size = Math.min(ownersPage, Number(query.get('limit') ?? '100'));
  const shown = owners.slice(start, start + size);
  const end = start + shown.length;
  const paging = { next: { after: String(end), link: `https://api.hubapi.com/crm/owners?after=${end}` } };
  return { results: shown, ...(end < owners.length ? { paging } : {}) };
}
