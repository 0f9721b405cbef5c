import type { Service, Settings, Vendor } from '../../core/vendor.ts';
import { clearSetting } from '../shared/fields.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { jsonCall } from '../shared/json-call.ts';
import { razeFieldHint, razeFields } from './fields.ts';
import { provesRazeKey, readRaze } from './read.ts';
import { razeRecords } from './record.ts';
import { razeCalls } from './write.ts';

/**
 * Raze: a PUT for the fields, which acts as a patch, and a PATCH for the stage. A row with both is two calls, fields first, so that a
 * `won` is stamped when the values are right. https://developer.getraze.co/api-reference/opportunities/update, as of 2026-10.
 */
export const raze = {
  name: 'raze',
  title: 'Raze',
  updates: { records: 'opportunities', calls: 'PUT /opportunities/{id}, then PATCH …/stage' },
  documentation: [
    'https://developer.getraze.co/api-reference/opportunities/update',
    'https://developer.getraze.co/api-reference/opportunities/update-stage',
    'https://developer.getraze.co/api-reference/rate-limits',
    'https://developer.getraze.co/api-reference/errors',
  ],
  credentials: [
    {
      title: 'API key',
      fields: [
        {
          name: 'apiKey',
          secret: true,
          description: 'Made in Raze under Settings > API Keys with the permission opportunities:write; shown once.',
          doubt: (value) =>
            value.startsWith('gr_live_') ? undefined : 'does not begin with gr_live_, as keys of Raze do',
        },
      ],
    },
  ],
  settings: [clearSetting('Raze', 'record')],
  baseUrl: () => 'https://app.getraze.com/external/v1',
  authorise: ({ apiKey = '' }) => ({ headers: { 'X-API-Key': apiKey }, query: [] }),
  // Free 100, Pro 1,000, Business 5,000 an hour; a key may have its own. https://developer.getraze.co/api-reference/rate-limits, 2026-10.
  quotas: [
    {
      name: 'calls',
      count: 100,
      windowMs: 3_600_000,
      window: 'fixed',
      // Far above what any key is known to have.
      mostCount: 100_000,
      evidence: 'documented',
      description: 'The Free plan; the X-RateLimit-Limit header of the first reply replaces it by what the key may do.',
    },
  ],
  concurrency: 4,
  example: { id: 'opp_91', change: 'deal_value=42000' },
  open: openRaze,
} as const satisfies Vendor;

/** The account as the settings describe it; Raze has no metadata. */
function openRaze(settings: Settings): Service {
  return {
    idNames: ['opportunity_id'],
    // The form of an id is not documented; one segment of an address is all that it can be.
    idProblem: (id) =>
      /^[\w.~-]{1,100}$/.test(id) && !id.includes('..') ? undefined : 'is not the id of an opportunity at Raze',
    fields: razeFields(settings),
    unknownFieldHint: razeFieldHint,
    audit: doubledFields,
    plan: razeCalls,
    read: readRaze,
    records: razeRecords,
    check: {
      // The one list that the documentation shows a call of; a key without contacts:read is known all the same.
      call: jsonCall({ path: '/contacts', step: 'check', quotaGroup: 'calls' }),
      account: () => undefined,
      proves: provesRazeKey,
    },
  };
}
