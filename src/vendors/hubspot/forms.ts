import type { Encoded, ValueForm } from '../../core/field.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { arrayList, checkedTextForm } from '../../core/value-forms.ts';
import { partsBetween } from '../shared/metadata-reads.ts';
import { nameForm, type NamedThing } from '../shared/names-to-ids.ts';
import { encodeAll, hinted } from '../shared/value-forms.ts';

/*
 * How values become the texts that HubSpot takes; on the wire every value is a JSON string.
 * https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide, as of 2026-10.
 */

/** `2026-11-30T00:00:00Z`; milliseconds only where they are not zero. */
export function momentText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.000Z$/, 'Z');
}

/** An id without blanks, where the account's own names are not known. `noun`: `stage`. */
export function bareIdForm(noun: string): ValueForm {
  const form = checkedTextForm('id', (text) =>
    /^[^\s;@]+$/.test(text) ? undefined : `is not the id of a ${noun}: it holds blanks, an @ or a semicolon`,
  );
  return hinted(form, `Give the id of the ${noun}; its name is looked up where HubSpot can be asked.`);
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** An option by its value, exactly, or by its label. Blanks around a value count: HubSpot stores and compares them. */
export function optionForm(options: readonly Option[]): ValueForm {
  const values = new Set(options.map(({ value }) => value));
  const byName = nameForm({
    noun: 'option',
    things: options.map(({ value, label }) => ({ id: value, names: label === '' ? [] : [label] })),
    hint: 'Give the label or the internal value of an option; `oppatch fields` lists them.',
    listed: true,
  });
  return {
    ...byName,
    type: 'choice',
    encode: (input) => {
      const text = scalarText(input);
      if (text !== undefined && values.has(text)) return { value: text };
      const encoded = byName.encode(input);
      return 'ifUnchanged' in encoded && text !== undefined ? { ...encoded, ifUnchanged: text } : encoded;
    },
  };
}

/** `true` or `false`, also by the labels that the account gave them (`Yes`, `No`). */
export function booleanForm(options: readonly Option[]): ValueForm {
  const known = options.filter(({ value }) => value === 'true' || value === 'false');
  const labels = known.length > 0 ? known : ['true', 'false'].map((value) => ({ value, label: value }));
  const form = optionForm(labels);
  return {
    ...form,
    type: 'boolean',
    encode: (input) => {
      const text = scalarText(input)?.trim().toLowerCase();
      return text === 'true' || text === 'false' ? { value: text } : form.encode(input);
    },
  };
}

export interface Owner {
  readonly id: string;
  readonly userId?: string;
  readonly email?: string;
  readonly name?: string;
}

/** An owner by e-mail address, name or owner id. HubSpot refuses the `userId`, which looks like an owner id. */
export function ownerForm(owners: readonly Owner[]): ValueForm {
  const ids = new Set(owners.map(({ id }) => id));
  const byUserId = new Map(owners.flatMap(({ userId, id }) => (userId === undefined ? [] : [[userId, id] as const])));
  const things = owners.map(({ id, name, email }): NamedThing => ({
    id,
    names: [name, email].filter((one) => one !== undefined),
  }));
  const form = nameForm({
    noun: 'owner',
    isId: (text) => /^\d+$/.test(text) && (ids.has(text) || !byUserId.has(text)),
    things,
    hint: 'Give the e-mail address, the name or the owner id of an active user.',
  });
  return {
    ...form,
    encode: (input) => {
      const ownerId = byUserId.get(scalarText(input)?.trim() ?? '');
      const encoded = form.encode(input);
      return 'problem' in encoded && ownerId !== undefined
        ? { problem: 'is the id of a user, not of an owner', hint: `The owner id of this user is ${ownerId}.` }
        : encoded;
    },
  };
}

/** The parts of `a;b`, as HubSpot writes several values of one property, or of a list that is taken apart already. */
export function partsOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((one) => scalarText(one) ?? []);
  return partsBetween(';', scalarText(value) ?? '');
}

/**
 * Several values, sent as `a;b`, which replaces all that are there. `column`: where one is added. HubSpot adds where the text begins with a
 * semicolon, so a cell that does is refused.
 */
export function severalForm(item: ValueForm, column: string): ValueForm {
  const encode = (part: Json): Encoded => (part === null ? { problem: 'is null' } : item.encode(part));
  return {
    ...item,
    type: 'list',
    encode: (input): Encoded => {
      const text = scalarText(input);
      if (text?.trimStart().startsWith(';') === true) {
        return { problem: 'begins with a semicolon', hint: `Values are added by a column ${column}.add.` };
      }
      const parts = Array.isArray(input) ? (input as readonly Json[]) : text === undefined ? [input] : partsOf(text);
      if (parts.length === 0) return { problem: 'is an empty list', hint: 'Clear the field instead.' };
      const all = encodeAll(parts, encode, (items) => [...new Set(items.map((one) => scalarText(one) ?? ''))]);
      return 'problem' in all ? { ...all, problem: `holds an entry that ${all.problem}` } : all;
    },
    nameOf: (value) => {
      const parts = partsOf(value);
      const names = parts.map((part) => item.nameOf?.(part) ?? part);
      return names.every((name, index) => name === parts[index]) ? undefined : names.join('; ');
    },
    list: { ...arrayList, items: partsOf },
  };
}
