import { parseDurationMs, parseRate, type Rate } from '../../core/duration.ts';
import { commonNames } from '../../core/field.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { pointerProblem } from './pointers.ts';
import {
  choice,
  count,
  either,
  json,
  list,
  map,
  may,
  must,
  object,
  text,
  yes,
  type Shape,
  type Shaped,
} from './shape.ts';
import {
  addressProblem,
  headerNameProblem,
  headerValueProblem,
  httpsProblem,
  nameProblem,
  pathProblem,
  queryNameProblem,
} from './text-problems.ts';

/**
 * The form of a vendor file: everything that it may say. Data only: pointers, tables and names; nothing in it is executed. What is left out has a
 * default that is safe where nothing is known. `parse.ts` checks besides what several parts have to agree on.
 */

/** Checked and turned into what it means. */
function read<T>(
  shape: Shape<string>,
  convert: (text: string) => T | undefined,
  wrong: string,
  hint: string,
): Shape<T> {
  return {
    schema: shape.schema,
    read: (node, report) => {
      const words = shape.read(node, report);
      const meant = words === undefined ? undefined : convert(words);
      if (words !== undefined && meant === undefined) report(node.offset, wrong, hint);
      return meant;
    },
  };
}

const duration = (about: string): Shape<number> =>
  read(text({ about }), parseDurationMs, 'is not a time', 'Write a time such as "500ms", "30s", "5m", "1h" or "1d".');
const rate: Shape<Rate> = read(
  text({ about: 'calls per window: "100/1h"' }),
  (words) => {
    const found = parseRate(words);
    return found?.group === undefined ? found : undefined;
  },
  'is not a quota: it needs a number of calls and a window',
  'Write calls/window: "25/5s", "1000/1h", "10000/1d".',
);

const pointer = (about: string): Shape<string> =>
  text({ about: `a JSON Pointer to ${about}`, problem: pointerProblem, pattern: '^(/.*)?$', may: 'be empty' });
const words = (about: string): Shape<string> => text({ about });
const path = text({ about: 'a path below the base URL: "/deals/{id}"', problem: pathProblem, pattern: '^/' });
const status = count(100, 599, 'an HTTP status');
const query = map(
  text({ about: 'the value of a query parameter', may: 'be empty' }),
  'query parameters by name',
  queryNameProblem,
);
const method = choice(['PUT', 'PATCH', 'POST'], 'the method of a call that writes');
const readMethod = choice(['GET', 'POST'], 'the method of a call that reads');
const scalar = json('a text, a number, true, false or null', (value: Json) =>
  isJsonObject(value) || Array.isArray(value)
    ? ['stands where one plain value is wanted', 'Write a text, a number, true, false or null.']
    : undefined,
);

/** What a reply has to be like for a rule to count: all that is said of it. */
const conditions = {
  status: may(status),
  code: may(words('the code of the refusal, as `refusals` finds it')),
  mediaType: may(words('how the Content-Type begins: "text/html"')),
  at: may(pointer('a member of the reply')),
  equals: may(scalar),
} as const;

const repeatable = choice(
  ['yes', 'when-absent', 'no', 'unknown'],
  'whether sending the call twice leaves the same as once; "unknown" is taken as "when-absent": the record is read before it is sent again',
);

/** How changes become the body of a call. */
const body = {
  under: may(pointer('the object that holds the members, in the body')),
  constant: may(json('members that are always sent; "{id}" stands for the id')),
  idAt: may(pointer('where the id goes in the body')),
  idAs: may(choice(['text', 'number'], 'how the id is written in bodies')),
  patch: may(
    object('the body is a JSON Patch', {
      set: may(choice(['replace', 'add'], 'the operation that writes')),
      clear: may(choice(['remove', 'replace'], 'the operation that clears')),
    }),
  ),
} as const;

const write = {
  method: must(method),
  path: must(path),
  query: may(query),
  ...body,
  repeatable: may(repeatable),
} as const;

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
const fieldType = choice(fieldTypes, 'the type of a field');

const field = object('a field', {
  type: must(fieldType),
  description: may(words('what the field holds, a sentence')),
  label: may(words('what users of the service call it')),
  common: may(either(choice(commonNames, 'a common name'), list(choice(commonNames, 'a common name'), 'common names'))),
  member: may(words('the name of the member in the body, where it is not the name of the column')),
  at: may(pointer('its place in the body; for names with a slash `member` is simpler')),
  readAt: may(pointer('its place in the record, where it is another one than in the body')),
  list: may(words('the keyed list, of `lists`, in which it stands')),
  key: may(scalar),
  options: may(either(words('an option'), list(words('an option'), 'options'))),
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
  notTwice: may(list(scalar, 'values that must not be sent twice without a look')),
  unconfirmed: may(yes('no documentation says this')),
});

const keyedList = object('a list of entries with a key each', {
  at: must(pointer('the list')),
  readAt: may(pointer('the list in the record, where it stands elsewhere')),
  entry: must(json('an entry as it is sent, with "{key}" and "{value}"')),
  clearEntry: may(json('an entry that clears')),
  choiceEntry: may(json('an entry that sends a choice')),
  readKey: may(pointer('the key in an entry of the record')),
  readValue: may(pointer('the value in an entry of the record')),
});

const credential = object('a credential, which is never in the file', {
  description: must(words('what it is and where to find it')),
  header: may(text({ about: 'the header that carries it', problem: headerNameProblem })),
  prefix: may(text({ about: 'what stands before it in the header', problem: headerValueProblem })),
  query: may(text({ about: 'the query parameter that carries it' })),
  as: may(choice(['bearer', 'basic-user', 'basic-password'], 'the part of the Authorization header that it is')),
  beginsWith: may(words('how such credentials begin')),
  public: may(yes('it is no secret, such as a user name')),
  optional: may(yes('calls may do without it')),
});

const setting = object('a setting of the profile', {
  description: must(words('what it decides')),
  default: may(text({ about: 'its value where nobody gives one', may: 'be empty' })),
  options: may(list(words('a value'), 'the values that it may have')),
  question: may(words('the question that `profile add` asks')),
});

const wait = object('where a reply says how long to wait', {
  header: may(text({ about: 'a header', problem: headerNameProblem })),
  at: may(pointer('a member of the reply')),
  unit: must(choice(['s', 'ms', 'epoch-s', 'epoch-ms', 'iso'], 'the unit: a time from now, or a moment')),
});

const quota = object('a quota', {
  rate: must(rate),
  name: may(text({ about: 'its name', problem: nameProblem })),
  description: may(words('whom it counts for, and where it stands')),
  window: may(choice(['sliding', 'fixed'], '"fixed" where the service says in a header when the window ends')),
  of: may(choice(['batches'], 'the calls that it counts, where these are not all')),
  assumed: may(yes('no documentation says this')),
  headers: may(
    object('the headers in which the service says how it stands', {
      limit: may(text({ about: 'a header', problem: headerNameProblem })),
      remaining: may(text({ about: 'a header', problem: headerNameProblem })),
      reset: may(text({ about: 'a header', problem: headerNameProblem })),
      unit: may(choice(['s', 'ms', 'epoch-s', 'epoch-ms', 'iso'], 'the unit of the reset')),
    }),
  ),
});

const refusal = object('where a refusal says why', {
  at: may(pointer('the object, the list or the text of the refusal')),
  code: may(pointer('its code, from there')),
  message: may(pointer('its message, from there')),
  field: may(pointer('the field that it speaks of, from there')),
  fields: may(pointer('an object of messages by field, from there')),
});

const meaning = object('what a reply means', {
  ...conditions,
  is: must(
    choice(
      ['rejected', 'conflict', 'again', 'throttled', 'used-up', 'unauthorised', 'blocked', 'failed'],
      'rejected (this row) · conflict · again (this row, later) · throttled · used-up (stop for today) · unauthorised · blocked (stop) · failed (try again)',
    ),
  ),
  hint: may(words('what to do, a sentence')),
});

const many = object('a read of several records', {
  method: may(readMethod),
  path: must(path),
  query: may(query),
  most: must(count(2, 1000, 'the most records of one read')),
  ids: must(
    object('where the ids go', {
      query: may(text({ about: 'a query parameter: "ids", "filter[id][]"' })),
      as: may(choice(['joined', 'repeated'], 'one parameter with commas, or one for each id')),
      at: may(pointer('their place in the body')),
      numbers: may(yes('they are numbers in the body')),
    }),
  ),
  constant: may(json('members of the body that are always sent')),
  pageSize: may(text({ about: 'the query parameter that takes the number of records' })),
  records: must(pointer('the list of records')),
  record: may(pointer('the record in an entry of the list')),
  missing: may(choice(['absent', 'unknown'], 'what it means that a record is not in the list')),
});

const guard = object('how the service refuses a write of a record that has changed', {
  header: may(text({ about: 'the header of the read: "ETag"', problem: headerNameProblem })),
  at: may(pointer('the version in the record')),
  send: must(
    text({
      about: 'the header, or the member of the body, that carries it back: "If-Match"',
      problem: headerNameProblem,
    }),
  ),
  in: may(choice(['header', 'body'], 'where it is sent')),
});

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
  extra: may(
    list(
      object('a call of its own for some fields, after the update', {
        fields: must(list(words('a field'), 'fields')),
        step: may(choice(['fields', 'stage', 'reopen', 'close', 'note'], 'what it does, for reports')),
        ...write,
      }),
      'calls',
    ),
  ),
  batch: may(
    object('a call that updates several records', {
      ...write,
      most: must(count(2, 10_000, 'the most records of one call')),
      records: must(pointer('the list of records in the body')),
      outcomes: must(pointer('the list of outcomes in the reply')),
      by: must(choice(['position', 'id', 'key'], 'how an outcome says whose it is')),
      keyAt: may(pointer('our key in a record that is sent')),
      outcomeKey: may(pointer('the id or the key in an outcome')),
      record: may(pointer('the record in an outcome')),
      status: may(status),
      success: may(
        object('how an outcome says success', { at: must(pointer('a member of the outcome')), equals: must(scalar) }),
      ),
      code: may(pointer('the code of a refusal in an outcome')),
      message: may(pointer('the message of a refusal in an outcome')),
      guilty: may(
        object('where a refusal of the whole names the rows to blame', {
          list: must(pointer('the list of errors')),
          position: may(pointer('the position in an error, as a number or in a path')),
          id: may(pointer('the id in an error')),
        }),
      ),
    }),
  ),
  lists: may(map(keyedList, 'keyed lists by a name of yours')),
  fields: must(map(either(fieldType, field), 'fields by the name of their column')),
  readOnly: may(map(list(words('a field'), 'fields'), 'reasons, each with the fields that cannot be written')),
  clearing: may(
    choice(
      ['null', 'empty', 'refuse', 'unknown'],
      'how fields are cleared, where a field does not say; "unknown" (as without) lets the setting `clear` decide',
    ),
  ),
  success: may(
    object('what a success looks like', {
      status: may(list(status, 'statuses')),
      at: may(pointer('a member that says success')),
      equals: may(scalar),
      refused: may(list(scalar, 'values of that member that say refused')),
      record: may(pointer('the record in the reply')),
      empty: may(yes('the reply has no body')),
    }),
  ),
  refusals: may(list(refusal, 'the forms of refusals')),
  meanings: may(list(meaning, 'what replies mean, the first that fits counts')),
  hints: may(map(words('what to do, a sentence'), 'what to do by the code of a refusal')),
  throttled: may(
    object('how long a pause is, where the service asks for one', {
      wait: may(list(wait, 'places, the first that says something counts; Retry-After always comes first')),
      pause: may(duration('the pause where none of them says')),
    }),
  ),
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

function credentialNameProblem(name: string): readonly [string, string] | undefined {
  return /^[a-z][A-Za-z]{0,40}$/.test(name)
    ? undefined
    : ['is not a name for a credential', 'Write letters only, the first one small: "apiKey".'];
}

export type VendorForm = Shaped<typeof form>;
export type CredentialForm = Shaped<typeof credential>;
export type SettingForm = Shaped<typeof setting>;
export type FieldForm = Shaped<typeof field>;
export type KeyedListForm = Shaped<typeof keyedList>;
export type WriteForm = Pick<VendorForm['update'], keyof typeof write>;
export type Conditions = Omit<Shaped<typeof meaning>, 'is' | 'hint'>;
export type WaitForm = Shaped<typeof wait>;
export type ReadForm = NonNullable<VendorForm['read']>;
export type BatchForm = NonNullable<VendorForm['batch']>;
