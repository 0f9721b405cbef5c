import type { Json } from '../../core/json.ts';
import { printable } from '../../core/printable.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? '');
}

/** JSON for a script element: it can neither end the element nor begin a comment in it. Numbers must be plain ones. */
export function scriptJson(value: Json): string {
  return JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** {@link escapeHtml} of text from files and vendors, without control characters. */
export function pageText(text: string): string {
  return escapeHtml(printable(text));
}
