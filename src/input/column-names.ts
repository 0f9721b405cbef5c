import { withoutHidden } from '../core/printable.ts';

/** A name that a flag gives for a column: a header, or with `*` a pattern of headers. */
function isPattern(name: string): boolean {
  return name.includes('*');
}

/**
 * Whether a name that a flag gives means this header. Blanks around both count for nothing, nor do characters that cannot be seen and so cannot be
 * typed; `*` stands for any text.
 */
export function columnMatcher(given: string): (header: string) => boolean {
  const name = plainName(given);
  if (!isPattern(name)) return (header) => plainName(header) === name;
  const parts = name.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|/-]/g, String.raw`\$&`));
  const form = new RegExp(`^${parts.join('.*')}$`, 's');
  return (header) => form.test(plainName(header));
}

/** A header as it is typed. */
export function plainName(name: string): string {
  return withoutHidden(name).trim();
}
