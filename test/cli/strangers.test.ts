import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { assert, constantFrom, array, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LineWriter, writeErr, writeOut, writeWhole } from '../../src/app/session/output.ts';
import { newPlace, run } from './oppatch.ts';
import { testHost } from './test-host.ts';

const isRoot = process.geteuid?.() === 0;

describe('a home that others can write to', () => {
  it('is refused by every command that reads it, and told how to close it', async () => {
    const { home } = newPlace();
    for (const mode of [0o777, 0o775]) {
      chmodSync(home, mode);
      for (const words of [['profile', 'list'], ['runs'], ['doctor']]) {
        const { code, stderr } = await run(words, { home });
        expect(code, stderr).toBe(2);
        expect(stderr).toContain('Other users of this machine can write to this directory.');
        expect(stderr).toContain(`chmod go-w ${home}`);
      }
    }
    chmodSync(home, 0o755);
    expect((await run(['profile', 'list'], { home })).code).toBe(0);
  });

  it.runIf(isRoot)('is refused where it belongs to another user, and so is a file in it', async () => {
    const { home } = newPlace();
    const profiles = join(home, 'profiles.json');
    writeFileSync(profiles, '{"profiles":[]}', { mode: 0o600 });
    expect((await run(['profile', 'list'], { home })).code).toBe(0);
    chownSync(profiles, 12_345, 12_345);
    const file = await run(['profile', 'list'], { home });
    expect(file.stderr).toContain('This file belongs to another user.');
    expect(file.code).toBe(2);
    chownSync(profiles, 0, 0);
    chownSync(home, 12_345, 12_345);
    const directory = await run(['profile', 'list'], { home });
    expect(directory.stderr).toContain('This directory belongs to another user.');
    expect(directory.code).toBe(2);
  });
});

function written(write: (host: ReturnType<typeof testHost>) => void): string {
  const host = testHost([], { env: {} });
  write(host);
  const { stdout, stderr } = host.written();
  return `${stdout}${stderr}`;
}

describe('what reaches a terminal', () => {
  const hostile = array(
    constantFrom(
      '\u001b]0;pwned\u0007',
      '\u001b[2J',
      '\u001b[8m',
      '\u009b2J',
      '\u202e',
      '\u2066',
      '\r',
      '\b',
      'a',
      '{',
      '\n',
      '\u001b[31m',
      '\u001b[39m',
    ),
  );
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,2}m`, 'g');

  it('holds no escape but colours, no control and no mark of direction, whoever writes it', async () => {
    assert(
      property(hostile, string(), (parts, more) => {
        const text = `${parts.join('')}${more}`;
        for (const write of [writeOut, writeErr]) {
          const shown = written((host) => write(host, text)).replace(colour, '');
          expect(shown).not.toMatch(forbidden);
          expect(shown).not.toContain('\u001b[8m');
        }
      }),
    );
    const host = testHost([], { env: {} });
    const writer = new LineWriter(host);
    await writer.line('a\u001b]0;pwned\u0007b');
    await writer.flush();
    expect(host.written().stdout).toBe('a\ufffd]0;pwned\ufffdb\n');
  });

  it('keeps what goes to a file as it is, where a program reads it', async () => {
    const host = testHost([], { env: {} });
    await writeWhole(host, 'id,note\n1,"a\u202eb\r\nc"');
    expect(host.written().stdout).toBe('id,note\n1,"a\u202eb\r\nc"\n');
  });
});
