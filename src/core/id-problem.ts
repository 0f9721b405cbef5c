import { damageOf } from './damage.ts';
import { hidden } from './printable.ts';
import type { Service } from './vendor.ts';

/** What stands for the id in the example row of `oppatch template`. A row that still has it is refused, whatever the vendor takes for an id. */
export const templateId = 'PUT-THE-ID-HERE';

const longestId = 200;

// A pattern that stands in a function is made again by each call of it.
const nothing = /^(?:null|undefined|nan|none|true|false)$/i;
const exponent = /^[+-]?\d+(?:[.,]\d+)?e[+-]?\d+$/i;
const blank = /\s/;
const ofAddresses = /[/\\?#]/;
const rounded = /^[1-9]\d{14}0{3,}$/;

/** Why this cannot be the id of an opportunity, as half a sentence after it; undefined where it can. What no vendor takes, then what this one doesn't. */
export function idProblem(id: string, service: Pick<Service, 'idProblem'>): string | undefined {
  const own = service.idProblem?.(id);
  return commonProblem(id) ?? (own === undefined ? undefined : `it ${own}`);
}

function commonProblem(id: string): string | undefined {
  if (id === templateId) return 'it stands in the template for an id that is to be filled in';
  if (id === '.' || id === '..') return 'it has a meaning of its own in addresses';
  const damage = damageOf(id);
  if (damage !== undefined) return `it ${damage}`;
  if (nothing.test(id)) return 'it is what a program writes where it has no value';
  if (exponent.test(id)) return 'it is a number with an exponent: a spreadsheet has dropped its last digits';
  if (hidden(id) !== undefined) return 'it holds a character that cannot be seen';
  if (blank.test(id)) return 'it holds a blank';
  if (ofAddresses.test(id)) return 'it holds a character that has a meaning of its own in addresses';
  return id.length > longestId ? `it is longer than ${longestId} characters` : undefined;
}

/** Whether this looks like a long number of which a spreadsheet has kept 15 digits. An id may be so by itself: of 18 digits one in a thousand. */
export function looksRounded(id: string): boolean {
  return rounded.test(id);
}
