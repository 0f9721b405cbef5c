import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OppatchError } from '../core/errors.ts';

/** The redirect of a sign-in, with whatever the server put into its query. */
export interface Redirect {
  readonly url: URL;
  /** Tells the person in the browser how it ended. */
  readonly answer: (signedIn: boolean) => void;
}

/**
 * Listens on 127.0.0.1, any free port unless one is given, for the redirect of one sign-in. What does not bear its state, was meant for another host name (DNS
 * rebinding) or is not a GET of the path is refused and changes nothing. `redirectUri`: `http://localhost:PORT/`, or the path that was given; `redirect`: the
 * first redirect that bears the state.
 */
export async function listenForRedirect({
  host,
  state,
  port = 0,
  path = '/',
}: {
  /** As it stands in the redirect. */
  readonly host: string;
  readonly state: string;
  /** 0 for any that is free. */
  readonly port?: number;
  readonly path?: string;
}) {
  /** Undefined once it is taken. */
  let take: ((redirect: Redirect) => void) | undefined;
  const redirect = new Promise<Redirect>((resolve) => (take = resolve));
  let redirectUri = '';
  const server = createServer((request, response) => {
    const own = new URL(redirectUri);
    const target = request.url ?? '';
    const url = target.startsWith('/') && URL.canParse(target, redirectUri) ? new URL(target, redirectUri) : undefined;
    if (request.headers.host !== own.host || url?.pathname !== path)
      return page(response, 404, 'There is nothing here.');
    if (request.method !== 'GET') return page(response, 405, 'There is nothing here.');
    if (url.searchParams.getAll('state').join() !== state || take === undefined) {
      return page(response, 400, 'This is not the sign-in that oppatch waits for. Nothing was done.');
    }
    const arrived = take;
    take = undefined;
    arrived({
      url,
      answer: (signedIn) =>
        signedIn
          ? page(response, 200, 'You are signed in. You can close this window and go back to the terminal.')
          : page(response, 400, 'The sign-in did not succeed. The terminal says why; you can close this window.'),
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: unknown) => {
    throw new OppatchError(
      'redirect-port-in-use',
      `The port ${port}, to which the sign-in comes back, cannot be used.`,
      {
        hint: 'Stop the program that uses it, then sign in again.',
        exitCode: 1,
        cause: error,
      },
    );
  });
  redirectUri = `http://${host}:${(server.address() as AddressInfo).port}${path}`;
  return {
    redirectUri,
    redirect,
    close: async (): Promise<void> => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const kill = setTimeout(() => server.closeAllConnections(), 500);
      await closed;
      clearTimeout(kill);
    },
  };
}

function page(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(`<!doctype html><html lang="en"><title>oppatch</title><p>${text}</p></html>\n`);
}
