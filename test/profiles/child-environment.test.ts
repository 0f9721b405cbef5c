import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../src/profiles/child-environment.ts';
import { vendors } from '../../src/vendors/index.ts';

const secret = 'k3y-of-acme-0123456789';

describe("the environment of a user's command", () => {
  it.each([
    ['as it is', secret],
    ['among other words', `a ${secret} b`],
    ['encoded for URLs', encodeURIComponent(`${secret}/+`)],
    ['base64', Buffer.from(secret).toString('base64')],
    ['in Basic credentials', `Basic ${Buffer.from(`${secret}:`).toString('base64')}`],
  ])('holds no secret of the session: %s', (_form, value) => {
    const env = { PATH: '/bin', OWN: value };
    expect(childEnvironment(env, { vendors: [], secrets: [secret, `${secret}/+`] })).toEqual({ PATH: '/bin' });
  });

  it('holds no variable of any vendor, nor of a profile, and none with the same value', () => {
    const env = {
      PATH: '/bin',
      CLOSE_API_KEY: 'api_key_of_close',
      RAZE_API_KEY: 'bin',
      COPY: 'Bearer api_key_of_close',
      OTHER: 'x-profile-variable',
      AGAIN: Buffer.from('x-profile-variable').toString('base64'),
    };
    const profiles = [{ environmentNames: { apiKey: 'OTHER' } }];
    expect(childEnvironment(env, { vendors, profiles })).toEqual({ PATH: '/bin' });
  });

  it('keeps the proxies, whose password is not a credential of a vendor', () => {
    const env = { HTTPS_PROXY: 'http://me:hidden-word@proxy:3128', no_proxy: 'localhost' };
    expect(childEnvironment(env, { vendors, secrets: ['hidden-word'] })).toEqual(env);
  });
});
