import type { Metadata, Vendor } from '../../core/vendor.ts';

/** The vendor as one account knows it: with its names, options and users. The same vendor where there is no metadata, or none is declared. */
export function learntVendor(vendor: Vendor, metadata: Metadata | undefined): Vendor {
  return metadata === undefined || vendor.metadata === undefined
    ? vendor
    : { ...vendor, ...vendor.metadata.learn(metadata) };
}
