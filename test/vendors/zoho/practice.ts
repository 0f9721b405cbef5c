import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ accessToken = '' }) => ({ authorization: `Zoho-oauthtoken ${accessToken}` }),
  method: 'PUT',
  path: (id) => `/Deals/${id}`,
  body: (_id, Next_Step) => ({ data: [{ Next_Step }] }),
  member: 'Next_Step',
};
