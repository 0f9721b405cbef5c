import type { Call } from '../../core/call.ts';

export const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' } as const;
const acceptHeaders = { accept: 'application/json' } as const;

/** A call in JSON with what most calls have in common: a GET where there is no body, without edits, that may be sent twice; `parts` say what is otherwise. */
export function jsonCall(parts: Pick<Call, 'path' | 'step' | 'quotaGroup'> & Partial<Call>): Call {
  return {
    method: 'GET',
    headers: parts.body === undefined ? acceptHeaders : jsonHeaders,
    edits: [],
    repeatable: true,
    ...parts,
  };
}
