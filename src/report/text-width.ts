import { stripVTControlCharacters } from 'node:util';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** East Asian Wide and Fullwidth, by the blocks of Unicode 15 that matter in names, and emoji. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const plain = /^[\u0020-\u007e\u00a0-\u02ff]*$/;

/** Columns that a text takes on a terminal; colours take none. */
export function textWidth(text: string): number {
  const bare = stripVTControlCharacters(text);
  if (plain.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of segmenter.segment(bare)) width += segmentWidth(segment);
  return width;
}

function segmentWidth(segment: string): number {
  if (zeroWidth.test(segment)) return 0;
  return wide.test(segment) || segment.includes('\ufe0f') ? 2 : 1;
}

/** The beginning of an uncoloured text that fits into `columns`, with `…` where something was cut off. */
export function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += segmentWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
