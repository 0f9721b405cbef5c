import type { VendorServer } from './vendor-server.ts';
import { closeServer } from './vendors/close.ts';
import { dynamicsServer } from './vendors/dynamics.ts';
import { hubspotServer } from './vendors/hubspot.ts';
import { leadsquaredServer } from './vendors/leadsquared.ts';
import { partnerCenterServer } from './vendors/partner-center.ts';
import { pipedriveServer } from './vendors/pipedrive.ts';
import { razeServer } from './vendors/raze.ts';
import { salesforceServer } from './vendors/salesforce.ts';
import { zohoServer } from './vendors/zoho.ts';

/** The vendors that the sandbox behaves like. */
export const servers: readonly VendorServer[] = [
  partnerCenterServer,
  razeServer,
  leadsquaredServer,
  closeServer,
  hubspotServer,
  salesforceServer,
  pipedriveServer,
  dynamicsServer,
  zohoServer,
];
