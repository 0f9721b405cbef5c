import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ serviceKey }) => ({ authorization: `Bearer ${serviceKey}` }),
  method: 'PATCH',
  path: (id) => `/crm/objects/2026-09/0-3/${id}`,
  body: (_id, description) => ({ properties: { description } }),
  member: 'description',
};
