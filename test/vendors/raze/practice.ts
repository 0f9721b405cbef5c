import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ apiKey = '' }) => ({ 'x-api-key': apiKey }),
  method: 'PUT',
  path: (id) => `/opportunities/${id}`,
  body: (_id, notes) => ({ notes }),
  member: 'notes',
};
