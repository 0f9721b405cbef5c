/* oxlint-disable no-control-regex -- naming control characters is what this module is for */

/**
 * Text from files and vendors made safe for a terminal: escape sequences and control characters (C0, DEL, C1, bidirectional
 * overrides, line and paragraph separators) become a visible mark, so that no text can move the cursor or hide another text.
 */
export function printable(text: string): string {
  return text
    .replace(/\r\n|[\r\n\t\u2028\u2029]/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Printable text of at most `length` characters, with `…` where it was cut. */
export function excerpt(text: string, length: number): string {
  const clean = printable(text.length > length * 4 ? text.slice(0, length * 4) : text);
  const characters = [...clean];
  return characters.length <= length ? clean : `${characters.slice(0, length - 1).join('')}…`;
}
