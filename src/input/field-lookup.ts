import type { Field } from '../core/field.ts';
import { nearestName } from '../core/nearest.ts';
import { excerpt, hidden, visible, withoutHidden } from '../core/printable.ts';
import type { Service } from '../core/vendor.ts';

/** Why a name cannot be used, as half a sentence after the name, and what to do. */
export interface NameFault {
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
  /** The name that was probably meant. */
  readonly nearest?: string;
}

/** Names to fields of one vendor. */
export interface FieldLookup {
  /** The vendor's own name first, then the common names, then the vendor's patterns, then the account's own names (both kinds of names in any letter case). */
  readonly find: (name: string) => Field | NameFault;
  /** The same, with the fields that can only be read: for conditions, keys and what is shown. */
  readonly known: (name: string) => Field | NameFault;
  readonly isIdName: (name: string) => boolean;
}

export function isNameFault(found: Field | NameFault): found is NameFault {
  return 'reason' in found;
}

/** `title`: of the vendor, for messages. */
export function createFieldLookup(service: Service, title: string): FieldLookup {
  const own = new Map<string, Field>();
  const common = new Map<string, Field>();
  const labelled = new Map<string, readonly Field[]>();
  for (const field of service.fields) {
    if (!own.has(field.name)) own.set(field.name, field);
    if (field.label !== undefined) {
      const plain = plainLabel(field.label);
      labelled.set(plain, [...(labelled.get(plain) ?? []), field]);
    }
    for (const name of field.common ?? []) if (!common.has(name)) common.set(name, field);
  }
  const writable = [...own.values()].filter(({ readOnly }) => readOnly === undefined);
  const suggestions = new Set([
    ...writable.map(({ name }) => name),
    ...common.keys(),
    ...writable.flatMap(({ label }) => (label === undefined ? [] : [label])),
  ]);
  const idNames = new Set(['id', ...service.idNames].map((name) => name.toLowerCase()));

  const readable = new Set([...suggestions, ...own.keys()]);
  const known = (name: string, meant: Iterable<string> = readable): Field | NameFault => {
    const ownField = own.get(name) ?? common.get(name.toLowerCase()) ?? service.openField?.(name);
    const named = ownField === undefined ? (labelled.get(plainLabel(name)) ?? []) : [ownField];
    if (named.length > 1) return ambiguous(named);
    const [field] = named;
    return field ?? unknown(name, meant);
  };
  const find = (name: string): Field | NameFault => {
    const field = known(name, suggestions);
    if (isNameFault(field) || field.readOnly === undefined) return field;
    return { code: 'read-only-field', reason: `cannot be written at ${title}`, hint: sentence(field.readOnly) };
  };
  const unknown = (name: string, names: Iterable<string>): NameFault => {
    const unseen = hidden(name);
    const nearest = nearestName(withoutHidden(name), names);
    const cause = unseen === undefined ? '' : `: it holds a character that cannot be seen, ${unseen}`;
    const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    return {
      code: 'unknown-field',
      reason: `is not a field of ${title}${cause}${meant}`,
      hint: sentence(service.unknownFieldHint?.(name) ?? ''),
      ...(nearest === undefined ? {} : { nearest }),
    };
  };
  return { find, known: (name) => known(name), isIdName: (name) => idNames.has(name.trim().toLowerCase()) };
}

function ambiguous(fields: readonly Field[]): NameFault {
  return {
    code: 'ambiguous-field',
    reason: `is the name of ${fields.length} fields of this account: ${fields.map(({ name }) => name).join(', ')}`,
    hint: 'Use the one that is meant as the header, or map the column to it.',
  };
}

/** Ignores letter case; runs of white space equal one space; the space before `.add` and `.remove` is optional. */
function plainLabel(label: string): string {
  return label
    .normalize('NFC')
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/ (?=\.(?:add|remove)$)/i, '')
    .toLowerCase();
}

/** With a full stop. */
export function sentence(text: string): string {
  return text === '' || /[.?!]$/.test(text) ? text : `${text}.`;
}

/** A name in double quotes, safe for a terminal, with what cannot be seen named. */
export function quotedName(name: string): string {
  return `"${excerpt(visible(name), 60)}"`;
}

/** An argument as it must be typed in a shell. */
export function shellArgument(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
