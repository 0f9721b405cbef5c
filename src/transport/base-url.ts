import { OppatchError } from '../core/errors.ts';
import { excerpt } from '../core/printable.ts';
import { isLoopback } from './no-proxy.ts';

/**
 * Checks an address that credentials will be sent to: https anywhere, http on loopback hosts only, no user name, query or fragment.
 * Returns it without a trailing slash. The text is repeated in an error only where it cannot hold a credential.
 */
export function checkBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    const shown = /[@?#]/.test(text) ? 'The text' : JSON.stringify(excerpt(text, 200));
    throw new OppatchError('bad-base-url', `${shown} is not a web address.`, {
      place: '--base-url',
      hint: 'Write the whole address, for example https://api.close.com/api/v1.',
    });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new OppatchError('bad-base-url', 'The address holds a user name, a query or a fragment.', {
      place: '--base-url',
      hint: 'Give the address alone; credentials belong in the profile.',
    });
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new OppatchError(
      'insecure-base-url',
      `http://${url.host} is refused: credentials go to another machine over https only.`,
      { place: '--base-url', hint: 'Use https. Plain http is for loopback hosts (127.0.0.1, [::1], localhost).' },
    );
  }
  // A lone `?` or `#` leaves no trace in `search` and `hash`, but stays in `href` until they are set.
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}
