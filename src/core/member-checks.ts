import { isJsonObject } from './json.ts';

/** Whether a value that was read from a file is what it should be. */
export type Check = (value: unknown) => boolean;

/** A check for each member of `T`: a member that is added to the type can't be forgotten here. */
export type MemberChecks<T> = { readonly [Name in keyof Required<T>]: Check };

/** The first member of `value` that fails its check, by its name; the empty name where it is not an object at all. Undefined where all fit. */
export function misfit<T>(value: unknown, checks: MemberChecks<T>): string | undefined {
  if (!isJsonObject(value)) return '';
  for (const name of Object.keys(checks))
    if (!(checks as Readonly<Record<string, Check>>)[name]?.(value[name])) return name;
  return undefined;
}

/** A check by the checks of the members. */
export function object<T>(checks: MemberChecks<T>): Check {
  return (value) => misfit(value, checks) === undefined;
}

export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

export function oneOf(...values: readonly unknown[]): Check {
  return (value) => values.includes(value);
}

export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every((one) => check(one));
}

/** Members of any name. */
export function recordOf(check: Check): Check {
  return (value) => isJsonObject(value) && Object.values(value).every((one) => check(one));
}

export const text: Check = (value) => typeof value === 'string';
export const flag: Check = (value) => typeof value === 'boolean';
/** A whole number, 0 at least. */
export const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const any: Check = () => true;
/** Two texts. */
export const pair: Check = (value) => Array.isArray(value) && value.length === 2 && value.every((one) => text(one));
