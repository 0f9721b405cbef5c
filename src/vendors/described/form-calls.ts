import { fieldAs } from './form-replies.ts';
import { method, path, pointer, query, readMethod, scalar, status, words } from './form-values.ts';
import { choice, count, either, json, list, map, may, must, object, text, yes } from './shape.ts';
import { headerNameProblem } from './text-problems.ts';

/** The calls of a vendor file: writes of one record and of several, and reads of several. */

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

export const write = {
  method: must(method),
  path: must(path),
  query: may(query),
  ...body,
  repeatable: may(repeatable),
} as const;

export const extraCalls = list(
  object('a call of its own for some fields, after the update', {
    fields: must(list(words('a field'), 'fields')),
    step: may(choice(['fields', 'stage', 'reopen', 'close', 'note'], 'what it does, for reports')),
    ...write,
  }),
  'calls',
);

export const batch = object('a call that updates several records', {
  ...write,
  most: must(count(2, 10_000, 'the most records of one call')),
  records: must(pointer('the list of records in the body')),
  outcomes: must(pointer('the list of outcomes in the reply; without `outcomeKey` an object of them by id or key')),
  failures: may(pointer('a list of refusals beside the outcomes, or an object of them, in the same form')),
  listed: may(yes('a record that stands among the outcomes was written')),
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
  field: may(pointer('the field that a refusal in an outcome speaks of')),
  fieldAs: may(fieldAs),
  guilty: may(
    object('where a refusal of the whole names the rows to blame', {
      list: must(pointer('the list of errors')),
      position: may(pointer('the position in an error, as a number or in a path')),
      id: may(pointer('the id in an error')),
    }),
  ),
});

export const many = object('a read of several records', {
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
  pageSize: may(
    text({
      about: 'the query parameter, or for a POST the JSON Pointer into its body, that takes the number of records',
    }),
  ),
  records: must(pointer('the list of records')),
  record: may(pointer('the record in an entry of the list')),
  missing: may(choice(['absent', 'unknown'], 'what it means that a record is not in the list')),
});

export const guard = object('how the service refuses a write of a record that has changed', {
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

const place = text({ about: 'a query parameter, or for a POST a JSON Pointer into its body' });

const pages = object('how the list goes on', {
  size: may(
    object('the number of records of a page', {
      in: must(place),
      of: must(count(1, 10_000, 'the most that the service takes')),
    }),
  ),
  page: may(
    object('pages have numbers', { in: must(place), first: may(count(0, 1, 'the number of the first; 1 without')) }),
  ),
  offset: may(place),
  cursor: may(
    object('each page names the next', {
      in: must(place),
      at: must(pointer('the name of the next page in the reply')),
    }),
  ),
  next: may(pointer('the address of the next page in the reply; of it only the query is used')),
  linkHeader: may(yes('the Link header holds the address of the next page, rel="next"; of it only the query is used')),
  more: may(pointer('a member that is there, and is not false, while more pages follow')),
  total: may(pointer('the number of all records that match')),
});

const filter = object('a filter that takes several values', {
  in: must(place),
  most: may(count(1, 1_000, 'the most values of one call; 1 without')),
  as: may(
    choice(['joined', 'repeated', 'list'], 'with commas, as a parameter each, or as a list in the body, one value too'),
  ),
});

export const recordList = object('a list of the records that match', {
  method: may(readMethod),
  path: must(path),
  query: may(query),
  constant: may(json('members of the body that are always sent')),
  records: must(pointer('the list of records in the reply')),
  record: may(pointer('the record in an entry of the list')),
  filters: may(
    map(
      either(place, filter, (name) => ({ in: name })),
      'where the value of a filter goes, by field; with `entries` the key of its entry',
    ),
  ),
  entries: may(
    object('filters are entries of a list in the body', {
      at: must(pointer('the list')),
      entry: must(json('an entry, with "{key}" and "{value}"')),
    }),
  ),
  caseless: may(yes('filters do not distinguish capitals')),
  search: may(
    object('a parameter that takes the text of --where-raw', {
      in: must(place),
      language: must(words('what it takes: "text that the title holds"')),
    }),
  ),
  pages: may(pages),
});
