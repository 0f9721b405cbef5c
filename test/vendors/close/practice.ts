import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ apiKey }) => ({ authorization: `Basic ${btoa(`${apiKey}:`)}` }),
  method: 'PUT',
  path: (id) => `/opportunity/${id}/`,
  body: (_id, note) => ({ note }),
  member: 'note',
};
