import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leanHeap } from '../../src/core/lean-heap.ts';
import { openParts } from '../../src/core/parts.ts';

const nodeRequire = createRequire(import.meta.url);

function place(): { readonly directory: string; readonly home: string; readonly compiled: string } {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-parts-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(
    join(directory, 'start.cjs'),
    `exports.sum=(a,b)=>{const{add}=require("./add.cjs");return add(a,b)};exports.path=require("node:path");exports.name=__filename`,
  );
  writeFileSync(join(directory, 'add.cjs'), `exports.add=(a,b)=>a+b;exports.fail=()=>{throw new Error("no")}`);
  const home = mkdtempSync(join(directory, 'home-'));
  return { directory, home, compiled: join(home, 'compiled') };
}

interface Start {
  readonly sum: (a: number, b: number) => number;
  readonly path: unknown;
  readonly name: string;
}

describe('the parts of the bundle', () => {
  it('are modules: loaded once, with what Node has, under the names of their files', () => {
    const { directory } = place();
    const parts = openParts(directory, {
      args: [],
      nodeFlags: [],
      env: { OPPATCH_HOME: join(directory, 'none') },
      nodeRequire,
    });
    const start = parts.require('./start.cjs') as Start;
    expect(start.sum(2, 3)).toBe(5);
    expect(start.path).toBe(nodeRequire('node:path'));
    expect(start.name).toBe(join(directory, 'start.cjs'));
    expect(parts.require('./start.cjs')).toBe(start);
    const { fail } = parts.require('./add.cjs') as { readonly fail: () => void };
    expect(fail).toThrow(expect.objectContaining({ stack: expect.stringContaining('add.cjs:1:') }));
    parts.keep();
    expect(readdirSync(directory)).not.toContain('none');
  });

  it('are kept compiled for each command, for the owner only; what is damaged in any byte is compiled again', () => {
    const { directory, home, compiled } = place();
    const use = (): string[] => {
      const parts = openParts(directory, { args: ['set'], nodeFlags: [], env: { OPPATCH_HOME: home }, nodeRequire });
      const start = parts.require('./start.cjs') as Start;
      // What it loads then is loaded under other flags of V8.
      leanHeap();
      expect(start.sum(2, 3)).toBe(5);
      parts.keep();
      return readdirSync(compiled);
    };
    const [name = '', ...more] = use();
    expect(more).toEqual([]);
    const path = join(compiled, name);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (let again = 0; again < 4; again += 1) use();
    const whole = readFileSync(path);
    const before = statSync(path).mtimeMs;
    expect(use()).toEqual([name]);
    expect(statSync(path).mtimeMs).toBe(before);
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 40)) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      for (const bytes of [damaged, whole.subarray(0, at)]) {
        writeFileSync(path, bytes);
        expect(use()).toEqual([name]);
        expect(readFileSync(path).equals(bytes)).toBe(false);
      }
    }
  });

  it.each([
    ['forbidden', 0o700, { NODE_DISABLE_COMPILE_CACHE: '1' }],
    ['open to others', 0o770, {}],
  ])('are not kept where that is %s', (_where, mode, more) => {
    const { directory, home } = place();
    chmodSync(home, mode);
    const env = { OPPATCH_HOME: home, ...more };
    const parts = openParts(directory, { args: ['set'], nodeFlags: [], env, nodeRequire });
    expect((parts.require('./start.cjs') as Start).sum(2, 3)).toBe(5);
    parts.keep();
    expect(readdirSync(home)).toEqual([]);
  });

  it.each([
    ['a file is in the place of the directory', (compiled: string) => writeFileSync(compiled, '')],
    [
      'a directory is in the place of the file',
      (compiled: string, name: string) => mkdirSync(join(compiled, name), { recursive: true }),
    ],
    [
      'others may write into the directory',
      (compiled: string) => {
        mkdirSync(compiled);
        chmodSync(compiled, 0o777);
      },
    ],
    [
      'a pipe is in the place of the file',
      (compiled: string, name: string) => {
        mkdirSync(compiled);
        execFileSync('mkfifo', [join(compiled, name)]);
      },
    ],
  ])('are used all the same, without a word, where %s', (_what, damage) => {
    const { directory, home, compiled } = place();
    const use = () => {
      const parts = openParts(directory, { args: ['set'], nodeFlags: [], env: { OPPATCH_HOME: home }, nodeRequire });
      expect((parts.require('./start.cjs') as Start).sum(2, 3)).toBe(5);
      parts.keep();
    };
    use();
    const [name = ''] = readdirSync(compiled);
    rmSync(compiled, { recursive: true });
    damage(compiled, name);
    use();
    expect(lstatSync(compiled).isFile() ? [] : readdirSync(compiled)).toHaveLength(damage.length === 2 ? 1 : 0);
  });

  it('are used where nothing of the state can be looked at', () => {
    const { directory } = place();
    const env = { OPPATCH_HOME: join(directory, 'n'.repeat(300)) };
    const parts = openParts(directory, { args: ['set'], nodeFlags: [], env, nodeRequire });
    expect((parts.require('./start.cjs') as Start).sum(2, 3)).toBe(5);
    parts.keep();
  });
});
