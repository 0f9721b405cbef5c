import type { Change } from './edit.ts';

/** Whether a message speaks of this field or column. A plain word, such as `note`, may stand in any sentence: it counts only where it stands for the field. */
export function speaksOf(message: string, name: string): boolean {
  return spokenForm(name).test(withoutQuotes(message));
}

/** A vendor's message with the person's column first where it names a field that the column writes: `Remarks (note): too long`. */
export function inOwnWords(message: string, changes: readonly Pick<Change, 'field' | 'column'>[]): string {
  let text = message;
  for (const { field, column } of changes) {
    if (column.toLowerCase() === field.toLowerCase() || speaksOf(text, column)) continue;
    const form = spokenForm(field);
    // What stands in quotes is a value, or text of the vendor that is to be found again.
    text = text
      .split(quotedForm)
      .map((part, index) =>
        index % 2 === 1 ? part : part.replace(form, (found) => found.replace(field, () => `${column} (${field})`)),
      )
      .join('');
  }
  return text;
}

const quotedForm = /("[^"]*"|“[^”]*”)/;

function withoutQuotes(text: string): string {
  return text.replace(/"[^"]*"|“[^”]*”/g, '…');
}

function spokenForm(name: string): RegExp {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  const behind = String.raw`(?: \([^()]*\))?`;
  return new RegExp(
    /^[a-z]+$/.test(name)
      ? String.raw`(?:^|[;,] |applied; )${escaped}${behind}(?:: |(?=(?:, [^;:]+)? changed since\b))|\bbut ${escaped}${behind} is\b`
      : String.raw`(?<![\w/])${escaped}(?![\w/])`,
  );
}
