import { stripVTControlCharacters } from 'node:util';

let segmenter: Intl.Segmenter | undefined;

/** Made when the first text beyond plain letters comes: it takes up to 40 ms to load. */
function segments(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/**
 * East Asian Wide and Fullwidth of Unicode 15.1, in whole blocks: code points without a character inside them count as wide.
 * Wide symbols outside these blocks are emoji, which have a property of their own.
 */
const wide =
  /^[\u1100-\u115f\u231a\u231b\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cd5}\u{18d00}-\u{18d08}\u{1aff0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;

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
    if (segment.includes('\ufe0f') || segment.includes('\u200d') || wide.test(segment)) return 2;
  }
  if (/^\p{Regional_Indicator}{2}$/u.test(segment)) return 2;
  let width = 0;
  for (const character of segment) {
    if (character === softHyphen) width += 1;
    else if (!zeroWidth.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
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
