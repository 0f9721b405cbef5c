import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
  method: 'PATCH',
  path: (id) => `/engagements/referrals/${id}`,
  body: (_id, value) => [{ op: 'replace', path: '/externalReferenceId', value }],
  member: 'externalReferenceId',
};
