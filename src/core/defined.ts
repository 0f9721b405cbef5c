/** The members that have a value, for options that are left out rather than set to undefined. */
export function defined<T extends object>(members: { readonly [Name in keyof T]: T[Name] | undefined }): {
  [Name in keyof T]?: Exclude<T[Name], undefined>;
} {
  const known: { [Name in keyof T]?: Exclude<T[Name], undefined> } = {};
  for (const name in members)
    if (members[name] !== undefined) known[name] = members[name] as Exclude<T[typeof name], undefined>;
  return known;
}
