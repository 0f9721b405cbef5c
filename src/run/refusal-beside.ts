import { isJsonObject, jsonIn, type Json } from '../core/json.ts';

/** Names that vendors give to what went wrong, in any letter case, with `_` or `-` between their words or without. */
const signName =
  /^(?:field)?[_-]?(?:errors?|exceptions?|faults?)(?:[_-]?(?:code|type|message|messages|info|details))?$/i;
const failedText = /^(?:error|failed|failure)$/i;
/** Words without which there is no sign: most replies hold none, and are not looked at more closely. */
const signWord = /error|exception|fault|"status"\s*:\s*"fail|"code"\s*:/i;
/** What any of these signs needs, anywhere in a text, so that most replies need not be parsed. */
const signText = /"[\w-]*(?:error|exception|fault)[\w-]*"\s*:|"status"\s*:\s*"(?:error|fail)|"code"\s*:/i;

/**
 * Whether a reply says at its outermost level that something went wrong: a success beside it is not believed before the record was read. What is
 * empty, zero or false says nothing.
 */
export function hasRefusal(body: string): boolean {
  if (!signWord.test(body) || !signText.test(body)) return false;
  const parsed = jsonIn(body);
  if (!isJsonObject(parsed)) return false;
  if (Object.entries(parsed).some(([name, value]) => signName.test(name) && says(value))) return true;
  const { code, status, Status, message, description } = parsed;
  if ([status, Status].some((value) => typeof value === 'string' && failedText.test(value))) return true;
  // The flat form: a code, and a sentence on it.
  return says(code) && [message, description].some((value) => typeof value === 'string' && value !== '');
}

function says(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}
