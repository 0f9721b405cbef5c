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

/** Characters that take no room or look like a blank that they are not; the selectors behind a picture are no riddle. */
const hiddenForm = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{115f}\u{1160}\u{3164}\u{ffa0}]|\p{Default_Ignorable_Code_Point}/gu;

/** The first character of a text that cannot be seen, as `U+200B`; undefined where there is none. Tabs and line breaks count. */
export function hidden(text: string): string | undefined {
  hiddenForm.lastIndex = 0;
  const [found] = hiddenForm.exec(text) ?? [];
  return found === undefined ? undefined : codeOf(found);
}

/** The text without the characters that cannot be seen. */
export function withoutHidden(text: string): string {
  return text.replace(hiddenForm, '');
}

/** The text with each character that cannot be seen named in its place, `id<U+200B>`, for messages in which such a character is the reason. */
export function visible(text: string): string {
  return text.replace(hiddenForm, (found) => (/[\t\r\n]/.test(found) ? found : `<${codeOf(found)}>`));
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
