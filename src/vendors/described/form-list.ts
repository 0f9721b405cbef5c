import { choice, count, either, json, map, may, must, object, text, yes } from './shape.ts';
import { path, pointer, query, readMethod, words } from './form-values.ts';

/** What a vendor file says of lists of records that match, which also find records by other keys than their id. */

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
    map(either(place, filter), 'where the value of a filter goes, by field; with `entries` the key of its entry'),
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
