import { decimalText, type Decimal } from '../../core/decimal.ts';
import type { ValueForm } from '../../core/field.ts';
import { exactNumber, isJsonObject, jsonIn, type Json, type JsonObject } from '../../core/json.ts';
import { arrayList, decimalForm, objectsForm } from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { refined } from '../shared/value-forms.ts';

/** The documentation's patches write an amount as text, its resource shows a number: the setting `deal-value` says which. */
export function amountForm(settings: Settings): ValueForm {
  const asNumber = settings['deal-value'] === 'number';
  return decimalForm((decimal: Decimal): Json => (asNumber ? exactNumber(decimalText(decimal)) : decimalText(decimal)));
}

/** One JSON object or several, each of which is added. Numbers in a cell's JSON keep their digits. */
export function addedObjectsForm(problem: (object: JsonObject) => string | undefined = () => undefined): ValueForm {
  const form = objectsForm(problem);
  return {
    ...form,
    encode: (input) => form.encode(typeof input === 'string' ? (structureIn(input) ?? input) : input),
  };
}

/** JSON objects that take the place of a whole list; one alone becomes a list of one. */
export function objectListForm(): ValueForm {
  const form = refined(addedObjectsForm(), (value) => ({ value: isJsonObject(value) ? [value] : value }));
  return { ...form, list: arrayList };
}

function structureIn(cell: string): Json | undefined {
  const parsed = jsonIn(cell);
  return isJsonObject(parsed) || Array.isArray(parsed) ? parsed : undefined;
}

/** The members of a Member, https://learn.microsoft.com/en-us/partner-center/developer/referral-resources, 2026-10. */
const memberTexts: ReadonlySet<string> = new Set(['email', 'firstName', 'lastName', 'phoneNumber', 'title']);

/** Why this is not a member of a team, as half a sentence, or undefined. */
export function memberProblem(member: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(member)) {
    if (name === 'contactPreference') {
      const problem = preferenceProblem(value);
      if (problem !== undefined) return problem;
    } else if (!memberTexts.has(name)) {
      return `has ${JSON.stringify(name.slice(0, 40))}, which a team member does not have (${[...memberTexts, 'contactPreference'].join(', ')})`;
    } else if (typeof value !== 'string') return `has a ${name} that is not a text`;
  }
  const { email } = member;
  return typeof email === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)
    ? undefined
    : 'has no email that is an e-mail address';
}

function preferenceProblem(preference: Json | undefined): string | undefined {
  if (!isJsonObject(preference)) return 'has a contactPreference that is not an object';
  const fits = Object.entries(preference).every(([name, value]) =>
    name === 'locale' ? typeof value === 'string' : name === 'disableNotifications' && typeof value === 'boolean',
  );
  return fits
    ? undefined
    : 'has a contactPreference with more than a locale (text) and disableNotifications (true or false)';
}
