import type { Vendor } from '../core/vendor.ts';
import { close } from './close/vendor.ts';
import { dynamics } from './dynamics/vendor.ts';
import { hubspot } from './hubspot/vendor.ts';
import { leadsquared } from './leadsquared/vendor.ts';
import { partnerCenter } from './partner-center/vendor.ts';
import { pipedrive } from './pipedrive/vendor.ts';
import { raze } from './raze/vendor.ts';
import { salesforce } from './salesforce/vendor.ts';
import { zoho } from './zoho/vendor.ts';

/** All vendors, in the order in which help and README show them. */
export const vendors = [
  partnerCenter,
  raze,
  leadsquared,
  close,
  hubspot,
  salesforce,
  pipedrive,
  dynamics,
  zoho,
] as const satisfies readonly Vendor[];

/** The vendor of this name, letter case ignored; undefined where there is none. */
export function findVendor(name: string): Vendor | undefined {
  return vendors.find((vendor) => vendor.name === name.toLowerCase());
}
