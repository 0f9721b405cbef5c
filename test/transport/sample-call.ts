import type { Call } from '../../src/core/call.ts';

export function sampleCall(more: Partial<Call> = {}): Call {
  return {
    method: 'PUT',
    path: '/opportunity/oppo_1/',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: { value: 125_050, note: 'Zürich' },
    edits: [],
    step: 'update',
    repeatable: true,
    quotaGroup: 'calls',
    ...more,
  };
}

export function withoutBody(more: Partial<Call> = {}): Call {
  const { body: _body, ...call } = sampleCall(more);
  return { ...call, method: 'GET' };
}
