import { OppatchError } from '../core/errors.ts';

/**
 * Checks an address that credentials will be sent to: https anywhere, http on loopback hosts only, no user name, query or fragment.
 * Returns it without a trailing slash.
 */
export function checkBaseUrl(text: string): URL {
  if (!URL.canParse(text)) {
    throw new OppatchError('bad-base-url', `${JSON.stringify(text)} is no address.`, {
      place: '--base-url',
      hint: 'Write the whole address, for example https://api.close.com/api/v1.',
    });
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new OppatchError(
      'insecure-base-url',
      `${url.protocol}//${url.hostname} is refused: credentials go over https only.`,
      {
        place: '--base-url',
        hint: 'Use https. Plain http is for loopback hosts (127.0.0.1, localhost).',
      },
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new OppatchError('bad-base-url', 'The address holds a user name, a query or a fragment.', {
      place: '--base-url',
      hint: 'Give the address alone; credentials belong into the profile.',
    });
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** `localhost`, 127.0.0.0/8 and ::1, as the URL parser spells them. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
