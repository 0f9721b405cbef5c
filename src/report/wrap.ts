import { textWidth } from './text-width.ts';

/**
 * Breaks a text at blanks so that no line is wider than `columns` (words that are longer stay whole, so that they can be copied);
 * further lines begin with `indent`. Blanks at the beginning stay. `columns` may be infinite.
 */
export function wrap(text: string, columns: number, indent = ''): string {
  if (text.length <= columns && textWidth(text) <= columns) return text;
  const lead = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const [index, word] of text.slice(lead.length).split(' ').entries()) {
    const wordWidth = textWidth(word);
    if (index === 0) {
      line = lead + word;
      width = lead.length + wordWidth;
    } else if (width + 1 + wordWidth > columns) {
      lines.push(line);
      line = indent + word;
      width = indent.length + wordWidth;
    } else {
      line += ` ${word}`;
      width += 1 + wordWidth;
    }
  }
  return [...lines, line].join('\n');
}
