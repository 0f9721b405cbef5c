import type { JsonObject } from '../../core/json.ts';
import { alternatives, credential, credentialNameProblem, oauth, setting } from './form-account.ts';
import { batch, extraCalls, guard, many, recordList, write } from './form-calls.ts';
import { field, fieldType, keyedList } from './form-fields.ts';
import { meaning, quota, refusal, success, throttled, type wait } from './form-replies.ts';
import { conditions, duration, path, pointer, query, readMethod, words } from './form-values.ts';
import { choice, count, either, json, list, map, may, must, object, type Shaped, text } from './shape.ts';
import { addressProblem, headerNameProblem, headerValueProblem, httpsProblem, nameProblem } from './text-problems.ts';

/**
 * The form of a vendor file: everything that it may say. Data only: pointers, tables and names; nothing in it is executed. What is left out has a
 * default that is safe where nothing is known. `parse.ts` checks besides what several parts have to agree on.
 */

export const form = object('a vendor file', {
  $schema: may(words('the address of the schema')),
  name: must(text({ about: 'the name for --vendor', problem: nameProblem, pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' })),
  title: must(words('the name of the service for people')),
  documentation: may(
    list(
      text({ about: 'an address', problem: httpsProblem }),
      'the pages of the service, that of the update call first',
    ),
  ),
  baseUrl: must(
    text({
      about: 'the address that every call begins with: "https://api.example.com/v1"',
      problem: addressProblem,
      pattern: '^https://',
    }),
  ),
  settings: may(map(setting, 'settings by name', nameProblem)),
  headers: may(map(text({ about: 'a value', problem: headerValueProblem }), 'headers by name', headerNameProblem)),
  credentials: must(map(credential, 'credentials by name', credentialNameProblem)),
  alternatives: may(alternatives),
  oauth: may(oauth),
  id: may(
    object('the id of a record', {
      columns: may(list(words('a column'), 'columns besides id')),
      form: may(choice(['token', 'digits', 'uuid'], 'what ids look like')),
      at: may(pointer('the id in a record')),
    }),
  ),
  example: may(object('an example', { id: must(words('an id')), change: must(words('FIELD=VALUE')) })),
  concurrency: may(count(1, 64, 'calls in flight at once')),
  quotas: may(list(quota, 'quotas')),
  update: must(object('the call that updates a record', write)),
  extra: may(extraCalls),
  batch: may(batch),
  lists: may(map(keyedList, 'keyed lists by a name of yours')),
  fields: must(
    map(
      either(fieldType, field, (type) => ({ type })),
      'fields by the name of their column',
    ),
  ),
  readOnly: may(map(list(words('a field'), 'fields'), 'reasons, each with the fields that cannot be written')),
  clearing: may(
    choice(
      ['null', 'empty', 'refuse', 'unknown'],
      'how fields are cleared, where a field does not say; "unknown" (as without) lets the setting `clear` decide',
    ),
  ),
  success: may(success),
  refusals: may(list(refusal, 'the forms of refusals')),
  meanings: may(list(meaning, 'what replies mean, the first that fits counts')),
  hints: may(map(words('what to do, a sentence'), 'what to do by the code of a refusal')),
  throttled: may(throttled),
  read: may(
    object('how a record is read', {
      method: may(readMethod),
      path: must(path),
      query: may(query),
      constant: may(json('the body of a POST that reads; "{id}" stands for the id')),
      record: may(pointer('the record in the reply')),
      title: may(pointer('what people call it, in the record')),
      link: may(text({ about: 'its address for a browser, with {id}', problem: httpsProblem })),
      linkAt: may(pointer('its address for a browser, in the record')),
      absent: may(
        list(
          object('a reply that means it is not there', conditions),
          'replies that mean it is not there; without: 404 and 410',
        ),
      ),
      lag: may(duration('by how long reads follow writes')),
      guard: may(guard),
      many: may(many),
      list: may(recordList),
    }),
  ),
  check: must(
    object('a harmless read that proves the credentials', {
      path: must(path),
      query: may(query),
      shows: may(pointer('a member that the reply has to show')),
      account: may(list(pointer('a part of the name of the account'), 'pointers to the name of the account')),
      provenBy: may(list(object('a refusal that proves them all the same', conditions), 'refusals that prove them')),
    }),
  ),
});

export type VendorForm = Shaped<typeof form>;
export type CredentialForm = Shaped<typeof credential>;
export type OauthForm = NonNullable<VendorForm['oauth']>;
export type SettingForm = Shaped<typeof setting>;
export type FieldForm = Shaped<typeof field>;
export type KeyedListForm = Shaped<typeof keyedList>;
export type WriteForm = Pick<VendorForm['update'], keyof typeof write>;
export type Conditions = Omit<Shaped<typeof meaning>, 'is' | 'hint' | 'pause'>;
export type WaitForm = Shaped<typeof wait>;
export type ReadForm = NonNullable<VendorForm['read']>;
export type ListForm = NonNullable<ReadForm['list']>;
export type BatchForm = NonNullable<VendorForm['batch']>;

/** The JSON Schema of vendor files, for completion in editors: `docs/vendor-file.schema.json`. */
export const vendorFileSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A vendor file of oppatch',
  ...form.schema,
};
