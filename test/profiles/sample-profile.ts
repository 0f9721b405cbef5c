import type { Profile } from '../../src/profiles/profile.ts';

export function sampleProfile(name: string, changes: Partial<Profile> = {}): Profile {
  return {
    name,
    vendor: 'acme',
    settings: {},
    rates: [],
    map: {},
    production: false,
    credentialSource: 'file',
    createdAt: '2026-11-21T05:00:00.000Z',
    ...changes,
  };
}
