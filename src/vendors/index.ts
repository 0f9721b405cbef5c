import type { Vendor } from '../core/vendor.ts';
import { close } from './close.ts';
import { leadsquared } from './leadsquared.ts';
import { partnerCenter } from './partner-center.ts';
import { raze } from './raze.ts';

/** All vendors, in the order in which help and README show them. */
export const vendors = [partnerCenter, raze, leadsquared, close] as const satisfies readonly Vendor[];

/** The vendor of this name, letter case ignored; undefined where there is none. */
export function findVendor(name: string): Vendor | undefined {
  return vendors.find((vendor) => vendor.name === name.toLowerCase());
}
