import type { CredentialField, Vendor } from '../../src/core/vendor.ts';

const plain: Omit<Vendor, 'name' | 'title' | 'credentials'> = {
  updates: { records: 'samples', calls: 'PUT /samples/{id}' },
  documentation: [],
  settings: [],
  baseUrl: () => 'https://api.example.com/v1',
  authorise: () => ({ headers: {}, query: [] }),
  quotas: [],
  concurrency: 1,
  example: { id: '1', change: 'a=b' },
  open: () => ({
    idNames: [],
    fields: [],
    plan: () => [],
    read: () => ({ kind: 'settled', verdicts: [] }),
    check: {
      call: {
        method: 'GET',
        path: '/me',
        headers: {},
        edits: [],
        step: 'check',
        repeatable: true,
        quotaGroup: 'GET /me',
      },
      account: () => undefined,
    },
  }),
};

const secret = (name: string): CredentialField => ({ name, secret: true, description: `The ${name}.` });
const open = (name: string): CredentialField => ({ name, secret: false, description: `The ${name}.` });

/** A key, or a sign-in; as Close. */
export const acme: Vendor = {
  ...plain,
  name: 'acme',
  title: 'Acme',
  credentials: [
    {
      title: 'API key',
      fields: [
        {
          ...secret('apiKey'),
          doubt: (value) => (value.includes(' ') ? 'holds a blank, which no key does' : undefined),
        },
      ],
    },
    {
      title: 'OAuth',
      fields: [
        open('clientId'),
        secret('clientSecret'),
        secret('refreshToken'),
        { ...secret('accessToken'), optional: true },
      ],
    },
  ],
  settings: [{ name: 'login-host', description: '', default: '127.0.0.1:1' }],
  oauth: {
    tokenUrl: (_credentials, settings) => `http://${settings['login-host'] ?? ''}/token`,
    grants: [
      {
        kind: 'refresh',
        needs: ['clientId', 'clientSecret', 'refreshToken'],
        form: ({ clientId = '', clientSecret = '', refreshToken = '' }) => ({
          grant_type: 'refresh_token',
          client_id: clientId,
          client_secret: clientSecret,
          refresh_token: refreshToken,
        }),
      },
    ],
  },
};

/** A pair of keys and a host; as LeadSquared. */
export const twoKeys: Vendor = {
  ...plain,
  name: 'two-keys',
  title: 'Two Keys',
  credentials: [{ title: 'Keys', fields: [secret('accessKey'), secret('secretKey')] }],
  settings: [
    {
      name: 'host',
      description: '',
      default: 'api.example.com',
      problem: (value) => (value.includes('/') ? 'is not a host' : undefined),
    },
    { name: 'keys-in', description: '', default: 'headers', options: ['headers', 'query'] },
  ],
  baseUrl: ({ host = '' }) => `https://${host}/v2`,
};

export const sampleVendors: readonly Vendor[] = [acme, twoKeys];
