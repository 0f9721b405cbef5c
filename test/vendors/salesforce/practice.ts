import type { Handshake } from '../../sandbox/practice.ts';

/** The simplest write of the vendor. */
export const handshake: Handshake = {
  authorisation: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
  method: 'PATCH',
  path: (id) => `/services/data/v66.0/sobjects/Opportunity/${id}`,
  body: (_id, NextStep) => ({ NextStep }),
  member: 'NextStep',
  done: 204,
  throttled: 403,
  unknownId: '0065e00000NoNe1AAF',
};
