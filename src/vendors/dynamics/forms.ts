import { compareDecimals, parseDecimal, type Decimal } from '../../core/decimal.ts';
import type { Encoded, ValueForm } from '../../core/field.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { listOf } from '../../core/same-value.ts';
import { arrayList, dayForm, utcForm } from '../../core/value-forms.ts';
import { nameForm, type NamedThing } from '../shared/names-to-ids.ts';
import { encodeAll, jsonNumberForm, refined } from '../shared/value-forms.ts';

/*
 * How values become what the Web API takes; its types are strict. https://learn.microsoft.com/power-apps/developer/data-platform/entity-attribute-metadata,
 * …/multi-select-picklist and …/behavior-format-date-time-attribute, as of 2026-10.
 */

export interface NumberLimits {
  /** Digits after the point. What the service does with more is not known. */
  readonly places?: number | undefined;
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

/** A JSON number in plain digits: a text is refused. */
export function numberForm({ places, least, most }: NumberLimits = {}): ValueForm {
  return refined(jsonNumberForm(), (value) => {
    const decimal = decimalOf(scalarText(value) ?? '');
    if (places !== undefined && decimal.scale > places)
      return { problem: `has more than ${places} digits after the point`, hint: 'Round it.' };
    if (least !== undefined && compareDecimals(decimal, decimalOf(String(least))) < 0)
      return { problem: `is less than ${least}` };
    return most !== undefined && compareDecimals(decimal, decimalOf(String(most))) > 0
      ? { problem: `is more than ${most}` }
      : { value };
  });
}

function decimalOf(text: string): Decimal {
  return parseDecimal(text) ?? { digits: 0n, scale: 0 };
}

/** A choice: its number on the wire, its label for people. `open`: the environment may have others, which are given by number. */
export function choiceOf(noun: string, things: readonly NamedThing[], open = things.length === 0): ValueForm {
  const hint = things.length === 0 ? `Give the number of the ${noun}.` : `Give a ${noun} by its label or number.`;
  const form = nameForm({ noun, isId: (text) => /^-?\d{1,10}$/.test(text), things, hint, listed: true });
  const known = new Set(things.map(({ id }) => id));
  const numbered = refined(form, (id) => {
    const number = Number(scalarText(id));
    return open || known.has(String(number))
      ? { value: number }
      : { problem: `is not a ${noun} of this environment`, hint, ifUnchanged: number };
  });
  return { ...numbered, nameOf: (value) => form.nameOf?.(scalarText(value) ?? '') };
}

/** The service takes no more choices in one column. */
const mostChoices = 150;

/** Several choices, which replace all that are there: an array, or one text with semicolons between, or commas between numbers. */
export function choicesOf(noun: string, things: readonly NamedThing[]): ValueForm {
  const item = choiceOf(noun, things);
  const encode = (part: Json): Encoded => (part === null ? { problem: 'is null' } : item.encode(part));
  return {
    ...item,
    type: 'list',
    list: { ...arrayList, items: partsOf },
    encode: (input): Encoded => {
      const parts = partsOf(input);
      if (parts.length === 0) return { problem: 'is an empty list', hint: 'Clear the column instead.' };
      const all = encodeAll(parts, encode, (items) => [...new Set(items.map((one) => Number(scalarText(one))))]);
      if ('problem' in all) return { ...all, problem: `holds an entry that ${all.problem}` };
      return listOf(all.value).length > mostChoices ? { problem: `has more than ${mostChoices} choices` } : all;
    },
    nameOf: (value) => {
      const parts = partsOf(value);
      const names = parts.map((part) => item.nameOf?.(part));
      return names.every((name) => name === undefined)
        ? undefined
        : names.map((name, index) => name ?? scalarText(parts[index] ?? null) ?? '').join('; ');
    },
  };
}

/** The parts of `1,9`, as the service writes several choices, of `Monday; Friday`, or of a list. */
export function partsOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  const text = scalarText(value) ?? '';
  const isNumbers = /^[\s\d,-]+$/.test(text);
  const parts = text.split(isNumbers ? /,/ : /;/).map((part) => part.trim());
  return parts.filter((part) => part !== '').map((part) => (isNumbers ? Number(part) : part));
}

/** Both days and moments, where it is not known which of the two the column holds. */
export function dayOrMomentForm(): ValueForm {
  const [day, moment] = [dayForm(), utcForm()];
  return {
    ...moment,
    encode: (input) =>
      typeof input === 'string' && /^\s*\d{4}-\d\d-\d\d\s*$/.test(input) ? day.encode(input) : moment.encode(input),
  };
}

export interface LookupTargets {
  /** The set of the one table that the column points at, such as `systemusers`. */
  readonly entitySet?: string | undefined;
  /** Known records by name; their ids are of the form `/systemusers(…)`. */
  readonly things?: readonly NamedThing[] | undefined;
}

/**
 * A lookup, as it is bound: `/systemusers(id)`. Given by name where the names are known, by id, or with its set, `teams(id)`, which a column
 * that points at several tables needs.
 */
export function lookupForm(noun: string, { entitySet, things }: LookupTargets = {}): ValueForm {
  const withSet = `Give the id of the ${noun} with its set, such as accounts(…).`;
  const byId = `Give the id of the ${noun}.`;
  const byName = `Give the name of the ${noun}, or its id.`;
  const hint = things === undefined ? (entitySet === undefined ? withSet : byId) : byName;
  const form = nameForm({ noun, isId: () => false, things: things ?? [], hint });
  const known = new Map((things ?? []).map(({ id }) => [boundId.exec(id)?.[2], id]));
  return {
    ...form,
    encode: (input) => {
      const text = scalarText(input)?.trim() ?? '';
      const [, set, id] = boundId.exec(text) ?? [];
      if (set !== undefined && id !== undefined) return { value: bound(set, id) };
      if (!guid.test(text)) return form.encode(input);
      const found = known.get(text.toLowerCase());
      if (found !== undefined) return { value: found };
      return entitySet === undefined
        ? { problem: 'does not say of which table the record is', hint: withSet }
        : { value: bound(entitySet, text) };
    },
    show: (value) => {
      const text = scalarText(value) ?? '';
      const [, set, id] = boundId.exec(text) ?? [];
      return id !== undefined && set === entitySet ? id : text.replace(/^\//, '');
    },
  };
}

/** `/systemusers(0a4d7d11-…)` */
export function bound(entitySet: string, id: string): string {
  return `/${entitySet}(${id.toLowerCase()})`;
}

export const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The set and the id of a bound record. */
export const boundId = /^\/?([a-z_0-9]+)\(([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\)$/i;
