import { isJsonObject, type Json } from '../../core/json.ts';
import type { Settings } from '../../core/vendor.ts';

/** The only two things that a file may leave open: `{id}`, and `{setting}` by its name. Nothing is reckoned. */

const hole = /\{([a-z][a-z0-9-]*)\}/g;

/** The names that stand in braces. */
export function holesOf(template: string): readonly string[] {
  return [...template.matchAll(hole)].map(([, name = '']) => name);
}

/** The text with its holes filled; `encode` makes each value fit for the place. */
export function filled(
  template: string,
  values: Readonly<Record<string, string>>,
  encode: (value: string) => string = (value) => value,
): string {
  return template.replace(hole, (whole, name: string) =>
    Object.hasOwn(values, name) ? encode(values[name] ?? '') : whole,
  );
}

/** A path with its holes filled, each as one segment that can't leave its place. */
export function filledPath(template: string, values: Readonly<Record<string, string>>): string {
  return filled(template, values, (value) => encodeURIComponent(value));
}

/**
 * JSON with its holes filled: a text that is one hole and nothing else becomes the value itself, whatever its type; others take the value's text.
 */
export function filledJson(template: Json, values: Readonly<Record<string, Json>>, settings: Settings): Json {
  if (typeof template === 'string') {
    const name = /^\{([a-z][a-z0-9-]*)\}$/.exec(template)?.[1];
    if (name !== undefined && Object.hasOwn(values, name)) return values[name] ?? null;
    return filled(template, settings);
  }
  if (Array.isArray(template)) return (template as readonly Json[]).map((item) => filledJson(item, values, settings));
  if (!isJsonObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, member]) => [name, filledJson(member ?? null, values, settings)]),
  );
}
