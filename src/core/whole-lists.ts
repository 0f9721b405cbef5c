import { changeName } from './difference.ts';
import type { Change } from './edit.ts';
import type { Field, ListForm } from './field.ts';
import type { Json } from './json.ts';
import { isEmpty, sameValue } from './same-value.ts';
import { arrayList } from './value-forms.ts';
import type { Service } from './vendor.ts';

/** A list that the vendor only takes as a whole. */
export interface WholeList {
  readonly form: ListForm;
  /** What the vendor takes as the empty list; absent: what `form` makes of no items. */
  readonly cleared?: { readonly value: Json };
}

/** The list to which a change adds, or from which it removes, where the vendor cannot do that by itself; undefined for any other change. */
export type WholeListOf = (change: Pick<Change, 'field' | 'action'>) => WholeList | undefined;

const known = new WeakMap<Pick<Service, 'fields' | 'openField'>, WholeListOf>();

/** The lists of a service that are only taken as a whole: those of its fields that are made `fromCurrent`. */
export function wholeLists(service: Pick<Service, 'fields' | 'openField'>): WholeListOf {
  const found = known.get(service) ?? wholeListsOf(service);
  known.set(service, found);
  return found;
}

function wholeListsOf({ fields, openField }: Pick<Service, 'fields' | 'openField'>): WholeListOf {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const byChange = new Map<string, Field | undefined>();
  for (const field of fields)
    if (field.action !== undefined && field.writes !== undefined)
      byChange.set(changeName({ field: field.writes, action: field.action }), field);
  return (change) => {
    if (change.action !== 'add' && change.action !== 'remove') return undefined;
    const name = changeName(change);
    const changing = byChange.get(name) ?? openField?.(name);
    if (changing?.fromCurrent !== true) return undefined;
    const whole = byName.get(change.field) ?? openField?.(change.field);
    const form = whole?.form.list ?? arrayList;
    return whole?.cleared === undefined ? { form } : { form, cleared: whole.cleared };
  };
}

/** The fields of which whole lists are to be sent for these changes. */
export function wholeListFields(
  changes: readonly Pick<Change, 'field' | 'action'>[],
  wholeList: WholeListOf | undefined,
): ReadonlySet<string> {
  if (wholeList === undefined || !changes.some((change) => wholeList(change) !== undefined)) return noFields;
  return new Set(changes.filter((change) => wholeList(change) !== undefined).map(({ field }) => field));
}

const noFields: ReadonlySet<string> = new Set();

/** Changes as they are sent, or the field of which the record does not show what it holds. */
export type WithWholeLists = { readonly changes: readonly Change[] } | { readonly unknown: string };

/**
 * Puts whole lists, made of what the record holds, in place of what is added to them or removed. Where all that is added is there and nothing that is
 * removed, the list is the one that the record holds, to the letter. `held`: what a field holds; undefined where that is not known.
 */
export function withWholeLists(
  changes: readonly Change[],
  held: (field: string) => Json | undefined,
  wholeList: WholeListOf | undefined,
): WithWholeLists {
  const fields = wholeListFields(changes, wholeList);
  if (fields.size === 0) return { changes };
  const whole: Change[] = [];
  for (const change of changes) {
    const { field } = change;
    if (!fields.has(field)) whole.push(change);
    if (!fields.has(field) || whole.some((one) => one.field === field)) continue;
    const value = held(field);
    if (value === undefined) return { unknown: field };
    whole.push(
      wholeChange(
        changes.filter((one) => one.field === field),
        value,
        wholeList,
      ),
    );
  }
  return { changes: whole };
}

/** The one change that does what these do in turn to a field that holds `before`. */
function wholeChange(changes: readonly Change[], before: Json, wholeList: WholeListOf | undefined): Change {
  const [first] = changes;
  const list = changes.map((change) => wholeList?.(change)).find((one) => one !== undefined);
  if (first === undefined || list === undefined) throw new Error('no change of a whole list');
  const { form, cleared } = list;
  const { field, column } = first;
  let value = before;
  for (const change of changes) {
    const items = form.items(value);
    if (change.action === 'set' || change.action === 'clear') value = change.value;
    else if (change.action === 'add') {
      const more = form.items(change.value).filter((item) => !items.some((one) => sameValue(one, item, 'any')));
      if (more.length > 0) value = form.of([...items, ...more]);
    } else {
      const less = form.items(change.value);
      const rest = items.filter((item) => !less.some((one) => sameValue(one, item, 'any')));
      if (rest.length < items.length) value = form.of(rest);
    }
  }
  if (!isEmpty(value)) return { field, action: 'set', value, column };
  return { field, action: 'clear', value: cleared === undefined ? form.of([]) : cleared.value, column };
}
