import type { Encoded, ValueForm } from '../../core/field.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { nearestName } from '../../core/nearest.ts';
import { excerpt } from '../../core/printable.ts';

/** Something that an account knows by an id, and its people by names: a status, a user. */
export interface NamedThing {
  readonly id: string;
  /** All that it may be called; the one that tells it apart best comes last. */
  readonly names: readonly string[];
  /** Why its name is not taken for it, after the name; it is still known by its id. */
  readonly unfit?: string;
}

export interface NameFormOptions {
  /** For messages: `status`, `user`. */
  readonly noun: string;
  /** Whether a text is an id already, known or not. Absent: the things have all ids, and another text is one that only a record may still hold. */
  readonly isId?: (text: string) => boolean;
  readonly things: readonly NamedThing[];
  /** Said of a name that nothing has. */
  readonly hint: string;
  /** Whether the names are shown as the allowed values. */
  readonly listed?: boolean;
}

const mostCandidates = 8;

/**
 * A form that takes an id as it is and a name for the one thing that has it. Letter case and the number of blanks do not count. A name that
 * several things have is refused with all of them, one that nothing has with the nearest.
 */
export function nameForm({ noun, isId, things: given, hint, listed = false }: NameFormOptions): ValueForm {
  // A list that is read page by page may show a thing twice.
  const byId = new Map(given.map((thing) => [thing.id, thing]));
  const things = [...byId.values()];
  const byName = new Map<string, Set<NamedThing>>();
  for (const thing of things) {
    for (const name of thing.names) {
      const plain = plainName(name);
      byName.set(plain, (byName.get(plain) ?? new Set()).add(thing));
    }
  }
  const fit = things.filter(({ unfit }) => unfit === undefined);
  const bestName = ({ names, id }: NamedThing): string => names.at(-1) ?? id;
  // Of names that lead nowhere but to an error, none is offered.
  const leading = fit.flatMap(({ names }) => names.filter((name) => byName.get(plainName(name))?.size === 1));
  const encode = (input: Json): Encoded => {
    const text = scalarText(input)?.trim();
    if (text === undefined || text === '') return { problem: 'is not a text', hint };
    if (isId?.(text) ?? byId.has(text)) return { value: text };
    const found = [...(byName.get(plainName(text)) ?? [])];
    const usable = found.length > 1 ? found.filter(({ unfit }) => unfit === undefined) : found;
    const [only] = usable.length > 0 ? usable : found;
    if (only === undefined) {
      const near = nearestName(text, leading);
      return {
        problem: `names no ${noun} of this account${near === undefined ? '' : `; did you mean ${near}?`}`,
        hint: listed && shown.length > 0 ? `${hint} There are: ${excerpt(shown.join(', '), 200)}` : hint,
        ...(isId === undefined ? { ifUnchanged: text } : {}),
      };
    }
    if (usable.length !== 1) {
      const candidates = found.slice(0, mostCandidates).map((thing) => `${bestName(thing)} (${thing.id})`);
      const more = found.length > mostCandidates ? ` and ${found.length - mostCandidates} more` : '';
      return {
        problem: `may be any of ${found.length}: ${excerpt(candidates.join(', '), 400)}${more}`,
        hint: 'Give the longer name where it differs, or the id.',
      };
    }
    if (only.unfit !== undefined)
      return { problem: only.unfit, hint: `Give the id to send it all the same: ${only.id}` };
    return { value: only.id };
  };
  const shown = fit
    .map((thing) => thing.names.find((name) => byName.get(plainName(name))?.size === 1) ?? thing.id)
    .filter((name) => name.trim() !== '' && 'value' in encode(name));
  return {
    type: 'id',
    ...(listed && shown.length > 0 ? { options: shown } : {}),
    encode,
    nameOf: (value) => {
      const thing = typeof value === 'string' ? byId.get(value) : undefined;
      return thing === undefined ? undefined : bestName(thing);
    },
  };
}

/** `Sales/Won` is `sales / won`. */
export function plainName(name: string): string {
  return name
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/\s*\/\s*/g, '/')
    .replace(/\s+/g, ' ');
}

/** One of the options to the letter, blanks included: what the vendor would store as it stands, or refuse. */
export function exactOptionForm(options: readonly string[], noun = 'choice'): ValueForm {
  const known = new Set(options);
  return {
    type: 'choice',
    options,
    encode: (input) => {
      const text = scalarText(input);
      if (text === undefined) return { problem: 'is not a text' };
      if (known.has(text)) return { value: text };
      const near = nearestName(text, options);
      const all = excerpt(options.join(', '), 200);
      return {
        problem: `names no ${noun} of this field${near === undefined ? '' : `; did you mean "${near}"?`}`,
        hint: `Spelling, letter case and blanks count. The field has: ${all}`,
        ifUnchanged: text,
      };
    },
  };
}
