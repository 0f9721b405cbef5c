import { describe, expect, it, onTestFinished } from 'vitest';
import type { VendorServer } from '../../../src/sandbox/vendor-server.ts';
import { run, summaryOf } from '../../cli/oppatch.ts';
import { startTokenServer } from '../../profiles/token-server.ts';
import { plain, practiced, type Members } from './practiced.ts';

/** Ways to sign in that a file declares: access tokens by refresh tokens and client credentials, and alternatives. */

const app = {
  clientId: { description: 'Of your app.', as: 'oauth', public: true },
  clientSecret: { description: 'Of your app.', as: 'oauth' },
  accessToken: { description: 'An access token.', as: 'bearer' },
} as const;
const withRefresh = { ...app, refreshToken: { description: 'Of a sign-in.', as: 'oauth' } } as const;
const tokenUrl = 'https://accounts.my-crm.example/oauth/token';

/** The tokens of the server, and no others. */
function knowsTokens(server: VendorServer): VendorServer {
  return {
    ...server,
    unauthorised: ({ headers }) =>
      /^Bearer access-\d+$/.test(headers['authorization'] ?? '') ? undefined : { status: 401, body: {} },
  };
}

async function signedIn(file: Members, env: Readonly<Record<string, string>>, faults: readonly Members[] = []) {
  const tokens = await startTokenServer();
  onTestFinished(() => tokens.close());
  const service = await practiced(file, {
    samples: 4,
    wrapped: knowsTokens,
    behaviour: { faults: faults as never },
  });
  const { place, words, ids } = service;
  const address = ['--setting', `token-url=http://${tokens.host}/token`];
  const edits = place.file('edits.csv', `id,amount\n${ids.map((id) => `${id},7`).join('\n')}\n`);
  const oppatch = (...typed: readonly string[]) => run([...typed, ...words, ...address], { home: place.home, env });
  return { ...service, tokens, edits, oppatch, address };
}

const appInEnvironment = { MY_CRM_CLIENT_ID: 'app-1', MY_CRM_CLIENT_SECRET: 'app-secret-0123' } as const;

describe('access tokens', () => {
  it('come by a refresh token, from an address that is named, and are renewed where they are refused', async () => {
    const file = { credentials: withRefresh, oauth: { tokenUrl, form: { scope: 'deals' } } };
    const env = { ...appInEnvironment, MY_CRM_REFRESH_TOKEN: 'refresh-0' };
    const { tokens, edits, oppatch } = await signedIn(file, env, [{ kind: '401', every: 3, first: 1 }]);
    tokens.rotates = false;
    const applied = await oppatch('apply', edits, '--yes', '--json', '--concurrency', '1');
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ read: 4, applied: 4 });
    expect(applied.stderr).toContain(`Access tokens come from ${tokens.host}, as the vendor file says.`);
    for (const form of tokens.forms)
      expect(Object.fromEntries(form)).toEqual({
        grant_type: 'refresh_token',
        client_id: 'app-1',
        client_secret: 'app-secret-0123',
        refresh_token: 'refresh-0',
        scope: 'deals',
      });
    // For the name of the account and the run, and after the refusal.
    expect(tokens.forms).toHaveLength(2);
    expect(applied.stdout + applied.stderr).not.toMatch(/app-secret|refresh-\d|access-\d/);
  });

  it('come by the credentials of the app itself, in a Basic header', async () => {
    const oauth = { tokenUrl, grants: ['client-credentials'], client: 'basic' };
    const { tokens, edits, oppatch } = await signedIn({ credentials: app, oauth }, appInEnvironment);
    tokens.appSecret = 'app-secret-0123';
    const applied = await oppatch('apply', edits, '--yes', '--json');
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ applied: 4 });
    for (const form of tokens.forms) expect(Object.fromEntries(form)).toEqual({ grant_type: 'client_credentials' });
    expect(tokens.authorizations[0]).toMatch(/^Basic /);
  });

  it('are kept with the profile, with the refresh token that took the place of the first', async () => {
    const { tokens, edits, place, words, address } = await signedIn(
      { credentials: withRefresh, oauth: { tokenUrl } },
      {},
    );
    const credentials = { clientId: 'app-1', clientSecret: 'app-secret-0123', refreshToken: 'refresh-0' };
    const [, path = '', , baseUrl = ''] = words;
    const file = ['--vendor-file', path];
    const added = await run(
      [
        'profile',
        'add',
        'own',
        '--vendor',
        'my-crm',
        '--base-url',
        baseUrl,
        '--credentials-stdin',
        ...address,
        ...file,
      ],
      { home: place.home, input: JSON.stringify(credentials) },
    );
    expect([added.code, added.stderr]).toEqual([0, expect.not.stringContaining('error') as unknown]);
    for (const [times, words] of [
      ['applied', ['apply', edits]],
      ['unchanged', ['apply', edits]],
    ] as const) {
      const ended = await run([...words, '--profile', 'own', '--yes', '--json', ...file], { home: place.home });
      expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ [times]: 4 });
    }
    expect(tokens.forms).toHaveLength(1);
    expect(tokens.refreshToken).toBe('refresh-1');
  });

  it('are taken as they are where one is given, and nobody else is asked', async () => {
    const file = { credentials: withRefresh, oauth: { tokenUrl } };
    const { tokens, edits, oppatch } = await signedIn(file, { MY_CRM_ACCESS_TOKEN: 'access-7' });
    const applied = await oppatch('apply', edits, '--yes', '--json');
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ applied: 4 });
    expect(applied.stderr).not.toContain('Access tokens come from');
    expect(tokens.forms).toEqual([]);
  });

  it('do not come from an address without encryption, on another machine', async () => {
    const file = { credentials: withRefresh, oauth: { tokenUrl } };
    const env = { ...appInEnvironment, MY_CRM_REFRESH_TOKEN: 'refresh-0' };
    const { edits, world, place, words } = await signedIn(file, env);
    const ended = await run(
      ['apply', edits, '--yes', ...words, '--setting', 'token-url=http://accounts.my-crm.example/token'],
      { home: place.home, env },
    );
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('token-url') as unknown]);
    expect(world.statistics.arrivals).toBe(0);
  });
});

describe('alternative credentials', () => {
  const file = {
    credentials: {
      apiKey: { description: 'A key.', header: 'X-API-Key' },
      user: { description: 'An e-mail address.', as: 'basic-user', public: true },
      password: { description: 'A password.', as: 'basic-password' },
    },
    alternatives: [['apiKey'], ['user', 'password']],
  } as const;

  it.each([[['apiKey']], [['user', 'password']]] as const)('%j are enough', async (names) => {
    const { sandbox, place, words, ids } = await practiced({ ...plain, ...file }, { samples: 2 });
    const all = sandbox.credentials['my-crm'] ?? {};
    const variables = { apiKey: 'MY_CRM_API_KEY', user: 'MY_CRM_USER', password: 'MY_CRM_PASSWORD' } as const;
    const env = Object.fromEntries(names.map((name) => [variables[name], all[name] ?? '']));
    const set = await run(['set', ids[0] ?? '', 'amount=7', '--yes', '--json', ...words], { home: place.home, env });
    expect(summaryOf(set).rows, set.stderr).toMatchObject({ applied: 1 });
  });

  it('are named by `vendors check`', async () => {
    const { place, words } = await practiced(file, { samples: 1 });
    const checked = await run(['vendors', 'check', words[1] ?? ''], { home: place.home });
    expect(checked.stdout).toContain('Set MY_CRM_API_KEY, or MY_CRM_USER and MY_CRM_PASSWORD,');
  });
});
