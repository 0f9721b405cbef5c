import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Reply } from '../../src/core/call.ts';
import { WireError, type Transport } from '../../src/core/wire.ts';

/** A token endpoint on loopback that replaces refresh tokens: one works once, as does the code. */
export interface TokenServer {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** The form of each request that came, also of those that `answerNext` answered. */
  readonly forms: readonly URLSearchParams[];
  readonly contentTypes: readonly (string | undefined)[];
  /** The `Authorization` header of each request. */
  readonly authorizations: readonly (string | undefined)[];
  /** The one-time code that works now; undefined: none does. */
  code: string | undefined;
  /** The secret with which the app itself signs in; undefined: it may not. */
  appSecret: string | undefined;
  /** The refresh token that works now. */
  refreshToken: string;
  /** In seconds, as the reply states it. */
  expiresIn: number | string | undefined;
  /** False: the same refresh token goes on working and none is sent back. */
  rotates: boolean;
  /** These answer the next requests, in turn, in place of a token. */
  readonly answerNext: ((response: ServerResponse) => void)[];
  readonly close: () => Promise<void>;
}

export async function startTokenServer(): Promise<TokenServer> {
  const forms: URLSearchParams[] = [];
  const contentTypes: (string | undefined)[] = [];
  const authorizations: (string | undefined)[] = [];
  let issued = 0;
  const http = createServer((request, response) => {
    void answer(request, response);
  });
  const server: TokenServer = {
    host: '',
    forms,
    contentTypes,
    authorizations,
    code: undefined,
    appSecret: undefined,
    refreshToken: 'refresh-0',
    expiresIn: 3600,
    rotates: true,
    answerNext: [],
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };

  function isGood(form: URLSearchParams, authorization: string | undefined): boolean {
    const grant = form.get('grant_type');
    if (grant === 'authorization_code') {
      const isCode = server.code !== undefined && form.get('code') === server.code;
      server.code = undefined;
      return isCode;
    }
    if (grant !== 'client_credentials') return form.get('refresh_token') === server.refreshToken;
    const basic = Buffer.from((authorization ?? '').replace(/^Basic /, ''), 'base64').toString('utf8');
    const [, secret] = basic.split(':').map((part) => new URLSearchParams(`part=${part}`).get('part'));
    return server.appSecret !== undefined && secret === server.appSecret;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    const form = new URLSearchParams(body);
    forms.push(form);
    contentTypes.push(request.headers['content-type']);
    authorizations.push(request.headers.authorization);
    const special = server.answerNext.shift();
    if (special !== undefined) return special(response);
    const isApp = form.get('grant_type') === 'client_credentials' && server.appSecret !== undefined;
    if (request.method !== 'POST' || !isGood(form, request.headers.authorization)) {
      return refuse(400, { error: 'invalid_grant', error_description: `${form.get('refresh_token')} is no good` })(
        response,
      );
    }
    issued += 1;
    if (server.rotates) server.refreshToken = `refresh-${issued}`;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        token_type: 'Bearer',
        access_token: `access-${issued}`,
        ...(server.expiresIn === undefined ? {} : { expires_in: server.expiresIn }),
        ...(server.rotates && !isApp ? { refresh_token: server.refreshToken } : {}),
      }),
    );
  }

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return Object.assign(server, { host: `127.0.0.1:${(http.address() as AddressInfo).port}` });
}

export function refuse(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Breaks the connection off. */
export function cut(response: ServerResponse): void {
  response.destroy();
}

/** Sends requests over node:http; enough of a transport for a token endpoint. */
export const plainTransport: Transport = {
  send: async ({ method, url, headers, body }, { timeoutMs }): Promise<Reply> => {
    try {
      const sending = httpRequest(url, { method, headers, timeout: timeoutMs, agent: false });
      sending.end(body);
      const [response] = (await once(sending, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
      const names = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      return {
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(names) as Record<string, string>,
        body: text,
        receivedAtMs: Date.now(),
      };
    } catch (error) {
      throw new WireError((error as NodeJS.ErrnoException).code ?? 'UNKNOWN', 'No reply', true, error);
    }
  },
  close: () => Promise.resolve(),
};
