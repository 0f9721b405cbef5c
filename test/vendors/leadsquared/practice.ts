import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ accessKey = '', secretKey = '' }) => ({
    'x-lsq-accesskey': accessKey,
    'x-lsq-secretkey': secretKey,
  }),
  method: 'POST',
  path: () => '/OpportunityManagement.svc/Update',
  body: (id, text) => ({ ProspectOpportunityId: id, Fields: [{ SchemaName: 'mx_Custom_2', Value: text }] }),
  member: 'mx_Custom_2',
};
