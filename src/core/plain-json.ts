/** What JSON text says, its numbers as binary floats hold them; undefined where it is none. The parser's own error, which quotes the text, does not get out. */
export function plainJsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
