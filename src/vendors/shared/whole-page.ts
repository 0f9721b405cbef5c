/** Each entry of a page as `read` understands it; undefined where it does not understand one, for a list must not be shorter than what the vendor sent. */
export function wholePage<Entry, Read>(
  entries: readonly Entry[],
  read: (entry: Entry) => Read | undefined,
): readonly Read[] | undefined {
  const records: Read[] = [];
  for (const entry of entries) {
    const record = read(entry);
    if (record === undefined) return undefined;
    records.push(record);
  }
  return records;
}
