import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';

/** One request to the token, device or authorization endpoint, as the server understood it. */
export interface Asked {
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly status: number;
}

/** A strict OAuth server on loopback with Entra's paths: PKCE required, device codes, refresh tokens that work once. */
export interface SignInServer {
  /** The setting `authority`. */
  readonly authority: string;
  readonly asked: readonly Asked[];
  /** These answer the next requests to the token endpoint, in turn, in place of the server. */
  readonly answerNext: ((response: ServerResponse) => void)[];
  /** Seconds between questions, as the reply on a device code states them; undefined leaves them out. */
  interval: number | undefined;
  /** Seconds for which access tokens are good. */
  accessTokenSeconds: number;
  /** The `amr` of access tokens. */
  amr: readonly string[];
  refreshTokens: boolean;
  /** Lets the device code of the last sign-in run out. */
  readonly expireDeviceCode: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export const tenantId = '6f9a3c1e-0000-4000-8000-7d2b51a4c0de';
export const clientId = 'public-app';
const resource = 'https://api.partner.microsoft.com';

export async function startSignInServer(): Promise<SignInServer> {
  const asked: Asked[] = [];
  const http = createServer();
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const authority = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: SignInServer = {
    authority,
    asked,
    answerNext: [],
    interval: undefined,
    accessTokenSeconds: 3600,
    amr: ['pwd', 'mfa'],
    refreshTokens: true,
    expireDeviceCode: async () => {
      const last = asked.findLast(({ parameters }) => typeof parameters['device_code'] === 'string');
      const code = await provider.DeviceCode.find(String(last?.parameters['device_code']));
      if (code === undefined) throw new Error('No device code was asked with');
      Object.assign(code, { exp: 1 });
      const { adapter } = code as unknown as { adapter: { upsert: (...of: unknown[]) => Promise<void> } };
      await adapter.upsert(code.jti, { ...code, exp: 1, kind: 'DeviceCode' }, 600);
    },
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  const provider = new Provider(authority, configuration(server));
  provider.use(async (context, next) => {
    await next();
    const { route, params } = (context as { oidc?: { route?: string; params?: Record<string, unknown> } }).oidc ?? {};
    if (route === undefined || !['token', 'device_authorization', 'authorization'].includes(route)) return;
    asked.push({ route, parameters: { ...params }, status: context.status });
    if (route === 'device_authorization' && server.interval !== undefined && context.status === 200) {
      context.body = { ...(context.body as object), interval: server.interval };
    }
  });
  const answer = provider.callback();
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const special = request.url?.endsWith('/token') === true ? server.answerNext.shift() : undefined;
    if (special === undefined) return void answer(request, response);
    request.resume().once('end', () => special(response));
  });
  return server;
}

const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

function configuration(server: SignInServer): Configuration {
  const own = `/${tenantId}/oauth2/v2.0`;
  return {
    clients: [
      {
        client_id: clientId,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: ['http://localhost/', 'http://localhost/oauth/callback'],
      },
    ],
    jwks: { keys: [{ ...signingKey, kty: 'RSA', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['of-the-tests'] },
    routes: {
      token: `${own}/token`,
      device_authorization: `${own}/devicecode`,
      authorization: `${own}/authorize`,
      code_verification: '/device',
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_context, client) => server.refreshTokens && client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    extraTokenClaims: () => ({ amr: server.amr, oid: 'ada' }),
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    features: {
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: `${resource}/.default`,
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    ttl: {
      AccessToken: () => server.accessTokenSeconds,
      AuthorizationCode: 60,
      DeviceCode: 900,
      Grant: 86_400,
      Interaction: 3600,
      Session: 86_400,
    },
  };
}
