import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { directories } from '../../core/directories.ts';
import type { Host } from '../../host.ts';

/** What `--vendor-file` is to the rest of the program; scripts may set it themselves. */
export const vendorFileVariable = 'OPPATCH_VENDOR_FILE';

/** The directory whose files describe vendors. */
export function vendorDirectory(env: Host['env']): string {
  return join(directories(env).config, 'vendors');
}

/** Whether there may be a vendor file: most people have none, and then nothing is loaded that reads them. */
export function hasVendorFiles(env: Host['env']): boolean {
  return (env[vendorFileVariable] ?? '') !== '' || existsSync(vendorDirectory(env));
}
