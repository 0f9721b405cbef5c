/** Both are counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where in a file: `edits.csv:12`, or `edits.csv:12:34` with a column of characters. Lines and columns are counted from 1. */
export function placeIn(displayName: string, line: number, column?: number): string {
  return column === undefined ? `${displayName}:${line}` : `${displayName}:${line}:${column}`;
}

const lineBreak = /\r\n|\n|\r/g;

/** Number of line breaks in a text: LF, CR LF and CR count as one each. */
export function countLineBreaks(text: string): number {
  if (!text.includes('\n') && !text.includes('\r')) return 0;
  return text.match(lineBreak)?.length ?? 0;
}

/** Where the character at `offset` stands, where the text itself begins at `line` and `column`. */
export function positionAt(text: string, offset: number, { line, column }: Position): Position {
  const before = text.slice(0, offset);
  const breaks = countLineBreaks(before);
  if (breaks === 0) return { line, column: column + offset };
  return { line: line + breaks, column: offset - Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) };
}
