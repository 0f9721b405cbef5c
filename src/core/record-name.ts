import { excerpt, printable } from './printable.ts';

/** What people know an opportunity by, for reports: kept beside its id. */
export interface RecordName {
  /** Printable, of at most {@link longestTitle} characters. */
  readonly title?: string;
  /** Its address for a browser. */
  readonly link?: string;
}

const longestTitle = 100;
const longestLink = 500;

/** The title and the address that a record shows, fit to be kept: short, without control characters, an https address or none. */
export function recordName({ title, link }: RecordName): RecordName {
  const shown = excerpt(title ?? '', longestTitle).trim();
  return {
    ...(shown === '' ? {} : { title: shown }),
    ...(link !== undefined && isAddress(link) ? { link } : {}),
  };
}

function isAddress(link: string): boolean {
  return link.length <= longestLink && /^https:\/\/[\u0021-\u007e]+$/.test(link) && URL.canParse(link);
}

/** `Northwind, 500 seats (opp_1)`: what people call it first. */
export function recordText({ id, title }: Pick<RecordName, 'title'> & { readonly id: string }): string {
  return title === undefined ? printable(id) : `${title} (${printable(id)})`;
}
