import type { Settings } from '../../core/vendor.ts';

/** Versions are dates in the path; new ones come each March and September. https://developers.hubspot.com/docs/developer-tooling/platform/versioning, 2026-10. */
export const versions = ['2026-09', '2026-03'] as const;

export function versionOf(settings: Settings): string {
  return settings['api-version'] || versions[0];
}

/** `/crm/objects/2026-09/0-3`: 0-3 is the object type of deals. */
export function dealsPath(settings: Settings): string {
  return `/crm/objects/${versionOf(settings)}/0-3`;
}

/** All calls share the account's quota; the search has one of its own besides. */
export const quotaGroup = 'calls';
