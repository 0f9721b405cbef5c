import { scalarText } from '../../core/json.ts';
import type { Finder } from '../../core/vendor.ts';
import type { ListForm, ReadForm } from './form.ts';
import { filteredField, filterOf, filterProblem, firstPage, listedRecords, withFilter } from './list.ts';
import { nextPage } from './pages.ts';
import type { Described } from './write.ts';

/** Records by another key than their id: the list, filtered by that field. A record that does not show the key itself is left out. */
export function describedFind(described: Described, read: ReadForm, list: ListForm): Finder {
  return {
    problem: (field) => filterProblem(described, list, field),
    most: 1,
    mostOf: (field) => filterOf(list.filters?.get(field) ?? '').most ?? 1,
    call: (field, keys) => withFilter(list, firstPage(described, list, 'find'), field, keys),
    read: (reply, call) => {
      const found = listedRecords(described, read, list, reply);
      const field = filteredField(list, call);
      if (found === undefined || field === undefined) return undefined;
      const { next, odd } = nextPage(list.pages, reply, call, found.length);
      if (odd !== undefined) return undefined;
      const records = found.flatMap(({ id, values, title: name, link }) => {
        const key = scalarText(values.get(field)?.value ?? null);
        return key === undefined
          ? []
          : [{ id, key, ...(name === undefined ? {} : { title: name }), ...(link === undefined ? {} : { link }) }];
      });
      return next === undefined ? { records } : { records, next };
    },
    ...(list.caseless === undefined ? {} : { sameKey: (key: string) => key.trim().toLowerCase() }),
  };
}
