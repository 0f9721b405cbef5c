/* CSV as services take and give it: RFC 4180, comma, quoted where needed. */

/** A cell, quoted where it has to be. */
export function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The records of a file, each as what it says under a name of the header; none for a file without one. A record that has not one cell for each name is left
 * out: the last one of a file that was cut off.
 */
export function* csvRecords(text: string): Iterable<(name: string) => string | undefined> {
  const rows = csvRows(text);
  const header = rows.next().value ?? [];
  const places = new Map(header.map((name, index) => [name, index]));
  for (const cells of rows) if (cells.length === header.length) yield (name) => cells[places.get(name) ?? -1];
}

/** Whole rows only: one that does not end in a line break may have been cut. */
function* csvRows(text: string): Generator<readonly string[], undefined> {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r)/y;
  cell.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  let cells: string[] = [];
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    const [, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '') yield cells;
    cells = [];
  }
  return undefined;
}
