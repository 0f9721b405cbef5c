/*
 * Ids of records: 15 characters whose letter case counts, or 18, whose last three encode the case of the first 15. Both name one record, and the API
 * answers with 18. https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm, 2026-11.
 */

const suffixCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** A record's id in either length, of any kind of record. */
const recordIdForm = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;

/** The id in its long spelling; anything that is not a short id comes back as it is. */
export function longId(id: string): string {
  return id.length === 15 && recordIdForm.test(id) ? id + caseSuffix(id) : id;
}

/** The three characters that stand for the letter case of a short id: one for each group of five, the first of which is the lowest bit. */
function caseSuffix(shortId: string): string {
  let suffix = '';
  for (let group = 0; group < 15; group += 5) {
    let bits = 0;
    for (let place = 0; place < 5; place += 1) if (/[A-Z]/.test(shortId.charAt(group + place))) bits |= 1 << place;
    suffix += suffixCharacters.charAt(bits);
  }
  return suffix;
}

/** Why this cannot be the id of a record, or undefined. */
export function recordIdProblem(id: string): string | undefined {
  if (!recordIdForm.test(id)) return 'is not an id of Salesforce, which has 15 or 18 letters and digits';
  const whole = longId(id.slice(0, 15));
  return id.length === 15 || id === whole
    ? undefined
    : `is not an id of Salesforce: its letter case was changed, or its end (the first 15 characters as they stand belong to ${whole})`;
}

/** Why this cannot be the id of an opportunity, or undefined. */
export function opportunityIdProblem(id: string): string | undefined {
  return (
    recordIdProblem(id) ??
    (id.startsWith('006') ? undefined : 'is not the id of an opportunity at Salesforce, which begins with 006')
  );
}
