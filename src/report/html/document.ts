import { createHash } from 'node:crypto';
import { pageText } from './escape.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

/** The parts of a page that differ; `over`, `headline` and `lead` are plain text, `sections` and `footer` are HTML. */
export interface DocumentParts {
  readonly title: string;
  readonly over: string;
  readonly headline: string;
  readonly lead?: string | undefined;
  readonly sections: readonly string[];
  readonly footer: string;
  /** The member of a row by which the script sorts at first. */
  readonly sortBy: 'row' | 'rank';
}

/** A page up to its rows' data. It loads nothing, and only its own script and style are let run. */
export function documentBegin({ title, over, headline, lead, sections, footer, sortBy }: DocumentParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${hash(pageScript)}'; style-src '${hash(pageStyle)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${pageText(title)}</title>
<style>${pageStyle}</style>
</head>
<body data-sort="${sortBy}">
<a class="skip" href="#rows">To the rows</a>
<header>
<p class="over">${pageText(over)}</p>
<h1>${pageText(headline)}</h1>
${lead === undefined ? '' : `<p>${pageText(lead)}</p>`}
</header>
<main>
${sections.join('\n')}
</main>
<footer><p>${footer}</p></footer>
<script type="application/json" id="rows-data">[`;
}

/** What follows the rows' data. */
export function documentEnd(): string {
  return `]</script>\n<script>${pageScript}</script>\n</body>\n</html>\n`;
}

function hash(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
