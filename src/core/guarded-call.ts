import type { Call, Guard } from './call.ts';
import { isJsonObject } from './json.ts';

/** The call under this guard; as it is where there is none, or where the vendor takes none on it. */
export function withGuard(call: Call, guard: Guard | undefined): Call {
  return guard === undefined || call.unguarded === true ? call : { ...call, guard };
}

/** Puts the guard on the first call of a row: later ones would meet the change that the first one made. */
export function guardFirst(calls: readonly Call[], guard: Guard | undefined): readonly Call[] {
  return guard === undefined ? calls : calls.map((call, index) => (index === 0 ? withGuard(call, guard) : call));
}

/** The call with its guard where it is sent: a header, or a member of a body that is an object. */
export function guardedCall(call: Call): Call {
  const { guard, headers, body } = call;
  if (guard === undefined) return call;
  if (guard.in === 'header') return { ...call, headers: { ...headers, [guard.name]: guard.value } };
  return isJsonObject(body) ? { ...call, body: { ...body, [guard.name]: guard.value } } : call;
}
