import type { Field } from '../../core/field.ts';
import type { Service, Vendor } from '../../core/vendor.ts';
import { createFieldLookup, isNameFault } from '../../input/field-lookup.ts';
import type { InputOptions } from '../session/options.ts';
import type { PastRun } from './past-run.ts';

type Meaning = Pick<InputOptions, 'map' | 'ignore' | 'set'>;

/**
 * What the columns of a past run mean once they are mapped again. What is given now goes before what was given then: a header that is mapped or left out now
 * loses its former meaning, and a field that is set takes the place of the columns and of the `--set` that wrote it. `--set` takes a header of the
 * file as well as the name of a field.
 */
export async function remapInput(
  past: PastRun,
  given: Meaning,
  { vendor, service }: { readonly vendor: Pick<Vendor, 'title'>; readonly service: Service },
): Promise<Meaning> {
  const { options: bound } = past.header;
  const columns = await columnsOf(past, given);
  const lookup = createFieldLookup(service, vendor.title);
  const givenNow = new Set([...given.map.map(([header]) => header), ...given.ignore]);
  const optional = bound.optionalMap.filter(([header]) => past.edits.layout.kind === 'json' || columns.has(header));
  const kept = new Map([...optional, ...bound.map].filter(([header]) => !givenNow.has(header)));
  const map = new Map([...kept, ...given.map]);
  const fieldOf = (name: string): Field | undefined => {
    const found = lookup.find(map.get(name) ?? name);
    return isNameFault(found) ? undefined : found;
  };
  const set = given.set.map(([name, text]) => [map.get(name) ?? name, text] as const);
  const setFields = set.map(([name]) => fieldOf(name));
  const mappedFields = given.map.map(([header]) => fieldOf(header));
  const replaced = [...columns].filter(
    (header) => !givenNow.has(header) && setFields.some((field) => clash(field, fieldOf(header))),
  );
  const mapped = new Set(given.map.map(([header]) => header));
  return {
    map: [...map],
    ignore: [...new Set([...bound.ignore.filter((header) => !mapped.has(header)), ...given.ignore, ...replaced])],
    set: [
      ...bound.set.filter(([name]) => ![...setFields, ...mappedFields].some((field) => clash(field, fieldOf(name)))),
      ...set,
    ],
  };
}

/** Whether both write the same field; an addition and a removal go together. */
function clash(left: Field | undefined, right: Field | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  const apart = left.action !== undefined && right.action !== undefined && left.action !== right.action;
  return !apart && (left.writes ?? left.name) === (right.writes ?? right.name);
}

/** The headers; of JSON the names of all members, which only a field that is set makes worth a look. */
async function columnsOf({ edits, header }: PastRun, { set }: Meaning): Promise<ReadonlySet<string>> {
  if (edits.layout.kind === 'csv' && header.input.layout === undefined)
    return new Set(edits.layout.columns.map((column) => column.trim()));
  const names = new Set<string>();
  if (set.length === 0) return names;
  for await (const batch of edits.source())
    for (const row of batch) if (row.kind === 'json') for (const [name] of row.members) names.add(name.trim());
  return names;
}
