import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

let segmenter: Intl.Segmenter | undefined;

/** Made when the first text beyond plain letters comes: it takes up to 40 ms to load. */
function segments(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Marks that stand on another character, format characters (joiners among them), and the vowels and finals of Hangul syllables. */
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;

/** An emoji by variation selector, keycap, flag or joiner: two columns, however many code points it is made of. */
const emoji = /^(?:\p{Extended_Pictographic}|[#*0-9]\ufe0f|\p{Regional_Indicator}{2})/u;

const softHyphen = '\u00ad';
const plain = /^[\u0020-\u007e\u00a0-\u02ff]*$/;

/** Columns that a text takes on a terminal; colours take none. */
export function textWidth(text: string): number {
  const bare = stripVTControlCharacters(text);
  if (plain.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of segments(bare)) width += segmentWidth(segment);
  return width;
}

function segmentWidth(segment: string): number {
  if (segment.length > 1 && emoji.test(segment)) {
    if (segment.includes('\ufe0f') || segment.includes('\u200d') || widthOf(segment) === 2) return 2;
  }
  if (/^\p{Regional_Indicator}{2}$/u.test(segment)) return 2;
  let width = 0;
  for (const character of segment) {
    if (character === softHyphen) width += 1;
    else if (!zeroWidth.test(character)) width += widthOf(character);
  }
  return width;
}

/** Columns of the character that a text begins with. */
function widthOf(text: string): number {
  return eastAsianWidth(text.codePointAt(0) ?? 0);
}

/** One column takes at most so many UTF-16 units that are looked at; marks piled up beyond that are dropped. */
const unitsForEachColumn = 16;

/** The beginning of an uncoloured text that fits into `columns`, with `…` where something was cut off. */
export function cut(text: string, columns: number): string {
  const longest = columns * unitsForEachColumn;
  const head = text.length > longest ? text.slice(0, longest) : text;
  if (head === text && textWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let width = 0;
  for (const { segment } of segments(head)) {
    width += segmentWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
