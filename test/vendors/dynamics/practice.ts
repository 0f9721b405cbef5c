import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ accessToken }) => ({
    authorization: `Bearer ${accessToken}`,
    'if-match': '*',
    prefer: 'return=representation',
  }),
  method: 'PATCH',
  path: (id) => `/opportunities(${id})`,
  body: (_id, description) => ({ description }),
  member: 'description',
  unknownId: '6f1c0a52-3b7e-ee11-8179-000d3ab1ffff',
};
