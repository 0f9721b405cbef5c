/** What clears a field in a cell where no other token is given; nothing that a spreadsheet leaves behind. */
export const defaultClearToken = ':clear:';

/** Whether a text, blanks around it apart, is one of the tokens behind any number of backslashes, at least `least`. */
function isToken(text: string, tokens: readonly string[], least: number): boolean {
  const bare = text.trim();
  const slashes = /^\\*/.exec(bare)?.[0].length ?? 0;
  return tokens.some((token) => {
    const own = /^\\*/.exec(token)?.[0].length ?? 0;
    return slashes - own >= least && bare.slice(slashes - own) === token;
  });
}

/** A text as a cell in which it does not clear the field: `:clear:` as `\:clear:`. */
export function escapedToken(text: string): string {
  return isToken(text, [defaultClearToken], 0) ? text.replace(/\S/u, String.raw`\$&`) : text;
}

/** What a cell means that does not clear the field: `\:clear:` is the text `:clear:`. */
export function unescapedToken(cell: string, token: string = defaultClearToken): string {
  return cell.includes('\\') && isToken(cell, [token, defaultClearToken], 1) ? cell.replace('\\', '') : cell;
}
