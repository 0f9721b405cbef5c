/** The members that have a value, for options that are left out rather than set to undefined. */
export function defined<T extends object>(members: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const known: { [Name in keyof T]?: Exclude<T[Name], undefined> } = { ...members };
  for (const name of Object.keys(known) as (keyof T)[]) if (known[name] === undefined) delete known[name];
  return known;
}
