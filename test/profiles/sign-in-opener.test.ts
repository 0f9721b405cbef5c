import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInBrowser } from '../../src/profiles/sign-in-opener.ts';
import { newOpener } from './sample-opener.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oppatch-opener-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const address = "http://127.0.0.1:1/authorize?a=1&b='$(touch x)'%20;";

describe('the browser', () => {
  it.each([
    ['linux', 'xdg-open'],
    ['darwin', 'open'],
  ] as const)(
    'is opened on %s by %s: the address is one word, no secret is in its environment',
    async (platform, name) => {
      const { path, written } = newOpener(directory, [name]);
      const secrets = { PARTNER_CENTER_REFRESH_TOKEN: 'hidden', CLOSE_API_KEY: 'hidden' };
      const env = { PATH: path, HOME: directory, DISPLAY: ':9', ...secrets };
      expect(await openInBrowser(address, { platform, env })).toBe(true);
      const [word, ...environment] = (await written()).split('\n');
      expect(word).toBe(address);
      expect(environment).toContain('DISPLAY=:9');
      expect(environment.join()).not.toContain('hidden');
    },
  );

  it('is not opened without a screen, without an opener, or for what is not a web address', async () => {
    const { path, wasCalled } = newOpener(directory, ['open']);
    expect(await openInBrowser(address, { platform: 'linux', env: { PATH: path } })).toBe(false);
    expect(await openInBrowser(address, { platform: 'linux', env: { PATH: directory, DISPLAY: ':9' } })).toBe(false);
    expect(await openInBrowser('file:///etc/passwd', { platform: 'darwin', env: { PATH: path } })).toBe(false);
    expect(wasCalled()).toBe(false);
  });
});
