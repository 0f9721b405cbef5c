import { scalarText, type Json } from './json.ts';
import type { Service } from './vendor.ts';

/** What people call the fields of an account and the values in them, as far as its metadata tells. */
export interface Names {
  /** Of a field, by the name that changes write it by; undefined where it is the same or not known. */
  readonly ofField: (field: string) => string | undefined;
  /** Of a value; of a list, those of all its members. */
  readonly ofValue: (field: string, value: Json) => string | undefined;
}

export const noNames: Names = { ofField: () => undefined, ofValue: () => undefined };

interface NamedField {
  readonly label: string | undefined;
  readonly nameOf: ((value: Json) => string | undefined) | undefined;
}

/** The names that the service knows of its account. */
export function namesOf(service: Pick<Service, 'fields' | 'openField'>): Names {
  const known = new Map<string, NamedField>();
  for (const { name, writes = name, label, form } of service.fields) {
    const before = known.get(writes);
    // Several columns may write one field: `owner` and `user_id`.
    known.set(writes, { label: before?.label ?? label, nameOf: before?.nameOf ?? form.nameOf });
  }
  const fieldOf = (name: string): NamedField => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const open = service.openField?.(name);
    const field = { label: open?.label, nameOf: open?.form.nameOf };
    known.set(name, field);
    return field;
  };
  return {
    ofField: (name) => {
      const { label } = fieldOf(name);
      return label?.toLowerCase() === name.toLowerCase() ? undefined : label;
    },
    ofValue: (name, value) => {
      const { nameOf } = fieldOf(name);
      if (nameOf === undefined) return undefined;
      if (!Array.isArray(value)) return nameOf(value);
      const members = (value as readonly Json[]).map((member) => ({ member, name: nameOf(member) }));
      if (members.every(({ name: none }) => none === undefined)) return undefined;
      return members.map(({ member, name: one }) => one ?? scalarText(member) ?? '…').join(', ');
    },
  };
}

/** `Won (stat_8Hk2)`: what people call it first. */
export function named(name: string | undefined, text: string): string {
  return name === undefined || name === text ? text : `${name} (${text})`;
}
