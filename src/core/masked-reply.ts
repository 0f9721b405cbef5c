import type { Reply } from './call.ts';
import { isExactNumber, isJsonObject, jsonIn, stringifyJson, type Json } from './json.ts';
import type { SecretMask } from './redact.ts';

/** The reply with every secret masked, whole and before anything is cut from it; the same object where it holds none. JSON stays JSON of the same shape. */
export function maskedReply(reply: Reply, mask: SecretMask): Reply {
  const { headers, body } = reply;
  const told = Object.values(headers).some(mask.hides);
  if (!told && !mask.hides(body)) return reply;
  return {
    ...reply,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, mask.mask(value)])),
    body: maskedBody(body, mask),
  };
}

function maskedBody(body: string, mask: SecretMask): string {
  const json = jsonIn(body);
  return json === undefined ? mask.mask(body) : stringifyJson(maskedJson(json, mask));
}

/** A value whose every text, name and number is masked; the same where it holds no secret. */
export function maskedJson(value: Json, mask: SecretMask): Json {
  if (typeof value === 'string') return mask.hides(value) ? mask.mask(value) : value;
  if (typeof value === 'number' || isExactNumber(value)) return mask.hides(stringifyJson(value)) ? '***' : value;
  if (Array.isArray(value)) return value.map((one: Json) => maskedJson(one, mask));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      mask.hides(name) ? mask.mask(name) : name,
      maskedJson(member ?? null, mask),
    ]),
  );
}

/** Whether a value holds a secret anywhere, in any form. */
export function holdsSecret(value: Json, mask: SecretMask): boolean {
  if (typeof value === 'string') return mask.hides(value);
  if (value === null || typeof value === 'boolean') return false;
  return mask.hides(stringifyJson(value));
}
