import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ apiToken = '' }) => ({ 'x-api-token': apiToken }),
  method: 'PATCH',
  path: (id) => `/v2/deals/${id}`,
  body: (_id, title) => ({ title }),
  member: 'title',
};
