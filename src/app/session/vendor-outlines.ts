import type { Vendor } from '../../core/vendor.ts';
import { vendors } from '../../vendors/index.ts';

/** What help, completion and flags show of a vendor. */
export interface VendorOutline extends Pick<Vendor, 'name' | 'title' | 'example'> {
  readonly settings: readonly { readonly name: string; readonly flag: string | undefined }[];
  /** Names of the credentials that its first way to sign in always needs. */
  readonly credentials: readonly string[];
}

/** Of all vendors, in their order. Plain data: the bundle holds what comes out here, so that help need not load the vendors. */
export const vendorOutlines: readonly VendorOutline[] = vendors.map((vendor: Vendor) => ({
  name: vendor.name,
  title: vendor.title,
  example: vendor.example,
  settings: vendor.settings.map(({ name, flag }) => ({ name, flag })),
  credentials: (vendor.credentials[0]?.fields ?? [])
    .filter(({ optional }) => optional !== true)
    .map(({ name }) => name),
}));
