import { longestRecordBytes } from './csv-parser.ts';
import type { Position } from './place.ts';

/** What is wrong with the quotes of a CSV file, with the place of the character that is to blame. */
export type QuoteFault =
  | { readonly kind: 'never-closed'; readonly opened: Position }
  | { readonly kind: 'text-after-quote'; readonly opened: Position; readonly at: Position; readonly character: string }
  | { readonly kind: 'quote-in-cell'; readonly at: Position };

type State = 'cell-start' | 'bare' | 'quoted' | 'quote-in-quoted';

/**
 * Reads a CSV text from its start up to the first fault of its quotes. csv-parse tells that there is one; this tells where it
 * begins. Undefined where every quote is in order.
 */
export async function findQuoteFault(
  chunks: AsyncIterable<string>,
  delimiter: string,
): Promise<QuoteFault | undefined> {
  let state: State = 'cell-start';
  let line = 1;
  let column = 0;
  let opened: Position = { line, column };
  let quotedLength = 0;
  let afterCr = false;
  for await (const chunk of chunks) {
    for (const character of chunk) {
      const lineFeedOfPair = afterCr && character === '\n';
      afterCr = character === '\r';
      column += character.length;
      if (state === 'quoted') {
        quotedLength += 1;
        if (character === '"') state = 'quote-in-quoted';
        else if (quotedLength > longestRecordBytes) return { kind: 'never-closed', opened };
      } else if (character === '"') {
        if (state === 'bare') return { kind: 'quote-in-cell', at: { line, column } };
        if (state === 'cell-start') {
          opened = { line, column };
          quotedLength = 0;
        }
        state = 'quoted';
      } else if (character === delimiter || character === '\n' || character === '\r') {
        state = 'cell-start';
      } else {
        if (state === 'quote-in-quoted') return { kind: 'text-after-quote', opened, at: { line, column }, character };
        state = 'bare';
      }
      if (character === '\r' || (character === '\n' && !lineFeedOfPair)) line += 1;
      if (character === '\r' || character === '\n') column = 0;
    }
  }
  return state === 'quoted' ? { kind: 'never-closed', opened } : undefined;
}
