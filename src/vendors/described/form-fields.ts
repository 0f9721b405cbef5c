import { commonNames } from '../../core/field.ts';
import { pointer, scalar, words } from './form-values.ts';
import { choice, count, either, json, list, map, may, must, object, text, yes } from './shape.ts';

/** Fields of a vendor file, and the lists in which fields may stand. */

const wireForm = text({
  about:
    'for numbers "number", "text" or "minor"; for dates "day", "iso", "epoch-s", "epoch-ms" or a pattern such as "M/D/YYYY"',
});

export const fieldTypes = [
  'text',
  'number',
  'integer',
  'boolean',
  'date',
  'date-time',
  'choice',
  'list',
  'email',
  'currency',
  'id',
  'json',
] as const;
export const fieldType = choice(fieldTypes, 'the type of a field');

const commonName = choice(commonNames, 'a common name');

export const field = object('a field', {
  type: must(fieldType),
  description: may(words('what the field holds, a sentence')),
  label: may(words('what users of the service call it')),
  common: may(either(commonName, list(commonName, 'common names'), (name) => [name])),
  member: may(words('the name of the member in the body, where it is not the name of the column')),
  at: may(pointer('its place in the body; for names with a slash `member` is simpler')),
  readAt: may(pointer('its place in the record, where it is another one than in the body')),
  list: may(words('the keyed list, of `lists`, in which it stands')),
  key: may(scalar),
  options: may(either(words('an option'), list(words('an option'), 'options'), (option) => [option])),
  values: may(map(scalar, 'options with what is sent for each')),
  sent: may(wireForm),
  shown: may(wireForm),
  places: may(count(0, 6, 'digits after the point that minor units have')),
  zone: may(words('the time zone of its days: "Europe/Berlin", or "{setting}"')),
  clear: may(
    choice(['null', 'empty', 'refuse', 'unknown'], 'how it is cleared; "unknown" lets the setting `clear` decide'),
  ),
  longest: may(count(1, 1_000_000, 'the most characters')),
  with: may(map(scalar, 'fields that are sent along, with their values')),
  needs: may(list(words('a field'), 'fields without which it is refused')),
  notTwice: may(list(scalar, 'values that must not be sent twice without reading the record in between')),
  unconfirmed: may(yes('no documentation says this')),
});

export const keyedList = object('a list of entries with a key each', {
  at: must(pointer('the list')),
  readAt: may(pointer('the list in the record, where it stands elsewhere')),
  entry: must(json('an entry as it is sent, with "{key}" and "{value}"')),
  clearEntry: may(json('an entry that clears')),
  choiceEntry: may(json('an entry that sends a choice')),
  readKey: may(pointer('the key in an entry of the record')),
  readValue: may(pointer('the value in an entry of the record')),
});
