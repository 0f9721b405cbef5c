import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { nearestName } from '../../core/nearest.ts';
import type { PlacedJson } from '../../core/placed-json.ts';
import { excerpt } from '../../core/printable.ts';

/**
 * What a part of a vendor file may look like: one declaration reads it, says what is wrong and where, and gives the JSON Schema for editors. What the
 * reader takes and what the schema allows can't drift apart.
 */
export interface Shape<T> {
  /** JSON Schema, draft 2020-12. */
  readonly schema: JsonObject;
  /** Undefined where a mistake was reported. */
  readonly read: (node: PlacedJson, report: Report) => T | undefined;
}

export type Shaped<S> = S extends Shape<infer T> ? T : never;

/** Notes a mistake at a place: a sentence, and what to write instead. Nothing was read then. */
export type Report = (offset: number, message: string, hint: string) => undefined;

/** Why a text is refused, with what to write instead; undefined where it is fine. */
export type TextProblem = (text: string) => readonly [message: string, hint: string] | undefined;

/** A text that is not empty; `problem` may refuse it. `pattern` is for editors. */
export function text(options: {
  readonly about: string;
  readonly problem?: TextProblem;
  readonly pattern?: string;
  readonly may?: 'be empty';
}): Shape<string> {
  const { about, problem, pattern, may } = options;
  return {
    schema: {
      type: 'string',
      description: about,
      ...(pattern === undefined ? {} : { pattern }),
      ...(may === undefined ? { minLength: 1 } : {}),
    },
    read: ({ value, offset }, report) => {
      if (typeof value !== 'string' || (value === '' && may === undefined))
        return report(offset, `${kindOf(value)} stands where a text is wanted`, `Write ${about} in quotes.`);
      const wrong = problem?.(value);
      return wrong === undefined ? value : report(offset, ...wrong);
    },
  };
}

/** One of a closed list of texts. */
export function choice<const T extends string>(options: readonly T[], about: string): Shape<T> {
  return {
    schema: { enum: options, description: about },
    read: ({ value, offset }, report) => {
      const found = options.find((option) => option === value);
      if (found !== undefined) return found;
      const near = typeof value === 'string' ? nearestName(value, options) : undefined;
      return report(
        offset,
        `${typeof value === 'string' ? JSON.stringify(excerpt(value, 60)) : kindOf(value)} is not known here`,
        `${near === undefined ? '' : `Did you mean "${near}"? `}Write one of ${options.map((option) => `"${option}"`).join(', ')}.`,
      );
    },
  };
}

/** A whole number. */
export function count(least: number, most: number, about: string): Shape<number> {
  return {
    schema: { type: 'integer', minimum: least, maximum: most, description: about },
    read: ({ value, offset }, report) => {
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
      const wanted = `a whole number from ${least} to ${most} is wanted`;
      return report(offset, `${kindOf(value)} stands where ${wanted}`, `Write ${about}.`);
    },
  };
}

/** `true`, for members that are left out where they do not apply. */
export function yes(about: string): Shape<true> {
  return {
    schema: { const: true, description: about },
    read: ({ value, offset }, report) => {
      if (value === true) return true;
      const wrong = `${kindOf(value)} stands where only true is possible`;
      return report(offset, wrong, 'Write true, or leave the member out.');
    },
  };
}

/** Any JSON value; `problem` may refuse it. */
export function json(about: string, problem?: (value: Json) => ReturnType<TextProblem>): Shape<Json> {
  return {
    schema: { description: about },
    read: ({ value, offset }, report) => {
      const wrong = problem?.(value);
      return wrong === undefined ? value : report(offset, ...wrong);
    },
  };
}

/** A list, of one entry at least. */
export function list<T>(of: Shape<T>, about: string): Shape<readonly T[]> {
  return {
    schema: { type: 'array', minItems: 1, items: of.schema, description: about },
    read: ({ value, items, offset }, report) => {
      if (items === undefined || items.length === 0)
        return report(
          offset,
          `${items === undefined ? kindOf(value) : 'an empty list'} stands where a list is wanted`,
          `Write ${about} in square brackets, one at least.`,
        );
      const read = items.map((item) => of.read(item, report)).filter((item) => item !== undefined);
      return read.length === items.length ? read : undefined;
    },
  };
}

/** An object whose names are the file's own: fields, settings, headers. */
export function map<T>(of: Shape<T>, about: string, nameProblem?: TextProblem): Shape<ReadonlyMap<string, T>> {
  return {
    schema: { type: 'object', minProperties: 1, additionalProperties: of.schema, description: about },
    read: ({ value, members, offset }, report) => {
      if (members === undefined || members.length === 0)
        return report(
          offset,
          `${members === undefined ? kindOf(value) : 'an empty object'} stands where an object is wanted`,
          `Write ${about} in braces, one at least.`,
        );
      const found = new Map<string, T>();
      let wrong = false;
      for (const { name, offset: nameOffset, value: node } of members) {
        const problem = found.has(name)
          ? ([`"${excerpt(name, 60)}" stands here twice`, 'Leave one of them out.'] as const)
          : nameProblem?.(name);
        if (problem !== undefined) report(nameOffset, ...problem);
        const read = of.read(node, report);
        if (problem !== undefined || read === undefined) wrong = true;
        else found.set(name, read);
      }
      return wrong ? undefined : found;
    },
  };
}

interface Member<T, R extends boolean> {
  readonly shape: Shape<T>;
  readonly required: R;
}

export function must<T>(shape: Shape<T>): Member<T, true> {
  return { shape, required: true };
}

export function may<T>(shape: Shape<T>): Member<T, false> {
  return { shape, required: false };
}

type Members = Readonly<Record<string, Member<unknown, boolean>>>;
type ObjectOf<M extends Members> = {
  readonly [K in keyof M as M[K]['required'] extends true ? K : never]: Shaped<M[K]['shape']>;
} & {
  readonly [K in keyof M as M[K]['required'] extends true ? never : K]?: Shaped<M[K]['shape']>;
};

/** An object with these members and no others; every object may say in `source` where its facts stand. */
export function object<M extends Members>(about: string, known: M): Shape<ObjectOf<M>> {
  const names = [...Object.keys(known), 'source'];
  const required = Object.keys(known).filter((name) => known[name]?.required === true);
  return {
    schema: {
      type: 'object',
      description: about,
      properties: Object.fromEntries([
        ...Object.entries(known).map(([name, { shape }]) => [name, shape.schema] as const),
        ['source', { type: 'string', description: 'where this stands, with the date on which it was true' }],
      ]),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    read: ({ value, members, offset }, report) => {
      if (members === undefined)
        return report(offset, `${kindOf(value)} stands where an object is wanted`, `Write ${about} in braces.`);
      const found: [string, unknown][] = [];
      let wrong = false;
      const mistake: Report = (...words) => {
        wrong = true;
        return report(...words);
      };
      for (const [index, { name, offset: nameOffset, value: node }] of members.entries()) {
        const shown = `"${excerpt(name, 60)}"`;
        if (members.findIndex((other) => other.name === name) !== index)
          mistake(nameOffset, `${shown} stands here twice`, 'Leave one of them out.');
        else if (!names.includes(name)) {
          const near = nearestName(name, names);
          mistake(
            nameOffset,
            `${shown} is not known here`,
            `${near === undefined ? '' : `Did you mean "${near}"? `}Known are ${names.join(', ')}.`,
          );
        } else if (name === 'source') sourceShape.read(node, mistake);
        else found.push([name, known[name]?.shape.read(node, mistake)]);
      }
      for (const name of required) {
        if (!members.some((member) => member.name === name)) {
          const what = known[name]?.shape.schema['description'];
          mistake(offset, `"${name}" is missing`, `Add "${name}": ${typeof what === 'string' ? what : name}.`);
        }
      }
      return wrong ? undefined : (Object.fromEntries(found) as ObjectOf<M>);
    },
  };
}

const sourceShape = text({ about: 'where this stands, with the date on which it was true' });

/** The short form, a text, which means the same as the long one that `whole` makes of it: an object or a list. */
export function either<S, L>(short: Shape<S>, long: Shape<L>, whole: (short: S) => NoInfer<L>): Shape<L> {
  return {
    schema: { anyOf: [short.schema, long.schema] },
    read: (node, report) => {
      if (node.members !== undefined || node.items !== undefined) return long.read(node, report);
      const read = short.read(node, report);
      return read === undefined ? undefined : whole(read);
    },
  };
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return isJsonObject(value) ? 'an object' : 'this number';
}
