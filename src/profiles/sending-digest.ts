import { createHash } from 'node:crypto';
import { credentialNames } from './credential-set.ts';
import type { Vendor } from '../core/vendor.ts';

/**
 * Stands for where a vendor's calls go and how its credentials are put into them, whatever these and the settings are: SHA-256, hexadecimal. A profile of a
 * vendor that a file describes keeps it, so that its credentials follow no file to another place.
 */
export function sendingDigest(vendor: Vendor): string {
  const deciding = vendor.settings.filter(({ role }) => role === 'address' || role === 'sending');
  const settings = Object.fromEntries(vendor.settings.map(({ name }) => [name, `{${name}}`]));
  const credentials = Object.fromEntries(credentialNames(vendor).map((name) => [name, `{${name}}`]));
  const parts = [
    vendor.name,
    vendor.baseUrl(settings),
    vendor.authorise(credentials, settings),
    vendor.oauth?.tokenUrl(credentials, settings) ?? '',
    deciding.map(({ name, default: usual }) => [name, usual]),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
