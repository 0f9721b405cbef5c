import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { fast, newPlace, newSandbox, run, summaryOf, type Ended } from '../../cli/oppatch.ts';

/** Raze as its folder describes it and as a file does: the same commands have to send the same requests. */

const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'examples', 'raze.json');
const [first, second, third] = [1, 2, 3].map((number) => `opp_sandbox${String(number).padStart(6, '0')}`);

const edits = `id,amount,currency,stage,note
${first},1250.50,EUR,proposal,Renewal
${second},42000,,won,
${third},,,,Signed
opp_sandboxabsent,1,,,
`;

type Run = (...words: readonly string[]) => Promise<Ended>;

/** Runs the commands with one of the two, against a sandbox of its own, and gives what it was asked. */
async function journey(
  way: 'built in' | 'by file',
  behaviour: SandboxOptions['behaviour'],
  commands: (run: Run, edits: string) => Promise<void>,
) {
  const sandbox = await newSandbox({ autoCreate: false, ...behaviour });
  const place = newPlace();
  const { apiKey = '' } = sandbox.credentials['raze'] ?? {};
  const env = { RAZE_API_KEY: apiKey, RAZE_BY_FILE_API_KEY: apiKey };
  const account = [
    way === 'built in' ? '--vendor=raze' : `--vendor-file=${file}`,
    '--base-url',
    sandbox.baseUrls['raze'] ?? '',
    ...fast,
  ];
  await commands((...words) => run([...words, ...account], { home: place.home, env }), place.file('edits.csv', edits));
  return requestsOf(sandbox);
}

function requestsOf(sandbox: Sandbox) {
  return sandbox.world('raze').log.map(({ method, path, query, headers, body }) => ({
    method,
    path,
    query,
    body,
    key: headers['x-api-key'],
    accept: headers['accept'],
    type: headers['content-type'],
  }));
}

async function both(
  behaviour: SandboxOptions['behaviour'],
  commands: (run: Run, edits: string) => Promise<void>,
): Promise<readonly unknown[]> {
  const builtIn = await journey('built in', behaviour, commands);
  const byFile = await journey('by file', behaviour, commands);
  expect(byFile.length).toBeGreaterThan(3);
  expect(byFile).toEqual(builtIn);
  return byFile;
}

describe('Raze by a file', () => {
  it('takes under 80 lines', () => {
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').length).toBeLessThan(80);
  });

  it('plans, applies, retries and undoes request for request like the built-in one', async () => {
    await both({}, async (oppatch, path) => {
      const planned = await oppatch('plan', path);
      expect([planned.code, planned.stdout]).toEqual([3, expect.stringContaining('proposal') as unknown]);
      const applied = await oppatch('apply', path, '--yes', '--json', '--concurrency', '1');
      expect(summaryOf(applied).rows).toMatchObject({ read: 4, applied: 3, rejected: 1 });
      const again = await oppatch('apply', path, '--yes', '--json', '--concurrency', '1');
      expect(summaryOf(again).rows).toMatchObject({ unchanged: 3, rejected: 1 });
      const undone = await oppatch('undo', summaryOf(applied).run, '--yes', '--json', '--concurrency', '1');
      expect(undone.code).toBe(0);
      const shown = await oppatch('get', first ?? '', '--json');
      expect(shown.stdout).toContain('"qualified"');
    });
  });

  it('proves what a cut connection leaves open, one call after the other', async () => {
    await both({ faults: [{ kind: 'cut-after', every: 2 }] }, async (oppatch, path) => {
      const applied = await oppatch('apply', path, '--yes', '--json', '--concurrency', '1');
      expect(summaryOf(applied).rows).toMatchObject({ applied: 3, rejected: 1 });
    });
  });

  it('waits as long as it is told where it is throttled', async () => {
    await both({ faults: [{ kind: '429-unannounced', every: 3, first: 1 }] }, async (oppatch, path) => {
      const applied = await oppatch('apply', path, '--yes', '--json', '--concurrency', '1');
      expect(summaryOf(applied).rows).toMatchObject({ applied: 3, rejected: 1 });
    });
  });

  it('stops where the key is refused, and goes on later', async () => {
    await both({ faults: [{ kind: '401', every: 2, first: 1 }] }, async (oppatch, path) => {
      const stopped = await oppatch('apply', path, '--yes', '--json', '--concurrency', '1');
      expect(stopped.code).toBe(4);
      const resumed = await oppatch('resume', '--json', '--concurrency', '1');
      expect(resumed.code).toBe(3);
      const retried = await oppatch('retry', summaryOf(resumed).run, '--yes', '--json', '--concurrency', '1');
      expect(retried.code).toBe(3);
    });
  });

  it('is there by its name where the file lies in the configuration directory', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const { apiKey = '' } = sandbox.credentials['raze'] ?? {};
    mkdirSync(join(place.directory, 'vendors'));
    place.file('vendors/raze-by-file.json', readFileSync(file, 'utf8'));
    const env = { RAZE_BY_FILE_API_KEY: apiKey };
    const added = await run(
      ['profile', 'add', 'own', '--vendor', 'raze-by-file', '--base-url', sandbox.baseUrls['raze'] ?? '', '--from-env'],
      { home: place.directory, env },
    );
    expect([added.code, added.stderr]).toEqual([0, '']);
    const set = await run(['set', first ?? '', 'amount=7', '--yes', '--json', ...fast], { home: place.directory, env });
    expect(summaryOf(set).rows).toMatchObject({ applied: 1 });
    const listed = await run(['vendors'], { home: place.directory, env });
    expect(listed.stdout).toContain('raze-by-file');
  });
});
