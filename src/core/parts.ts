import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { directories } from './directories.ts';
import { underUsualFlags } from './lean-heap.ts';
import { nodeVersion, ownUid, pid, platform, processor } from './own-process.ts';

/** What the build writes here: a digest of all parts, and the names of the commands. */
const build = 'BUILD-DIGEST';
const commands = 'BUILD-COMMANDS'.split(' ');

/** What V8 made of the parts that a command loads, in the form in which it takes them back, by their names. */
interface Compiled {
  /** How many processes have added to it. */
  readonly generation: number;
  readonly parts: ReadonlyMap<string, Buffer>;
}

const nothing: Compiled = { generation: 0, parts: new Map() };

/** A function is compiled when it is first called: the first processes of a command add to what is kept, later ones seldom call others. */
const lastGeneration = 4;
const keptForMs = 30 * 24 * 3_600_000;

/** In a line, so that the lines of errors are those of the file. */
const before = '(function(exports,require,module,__filename,__dirname){';
const after = '\n})';

export interface Parts {
  /** `./start.cjs` of the bundle, or what Node finds by any other name. */
  readonly require: (name: string) => unknown;
  /** Keeps what V8 made of them, where something is new. To be called when the process ends. Never throws. */
  readonly keep: () => void;
}

/**
 * The parts of the bundle in `directory`, loaded in place of Node's `require`, which finds all else. What V8 made of them is kept in the state directory, a file for
 * each command, once that directory is there and nobody else may write into it. Node's own compile cache does not hold what is compiled when it is first called,
 * which are nearly all functions, and Node 20 has none. `NODE_DISABLE_COMPILE_CACHE` forbids it.
 */
export function openParts(
  directory: string,
  {
    args: [word = ''],
    nodeFlags,
    env,
    nodeRequire,
  }: {
    readonly args: readonly string[];
    /** Those of Node that were typed; V8 takes nothing back that it made with others. */
    readonly nodeFlags: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly nodeRequire: NodeJS.Require;
  },
): Parts {
  const { state } = directories(env);
  const folder = join(state, 'compiled');
  const keeps = env['NODE_DISABLE_COMPILE_CACHE'] === undefined && isOwn(state) && isOwn(folder, true);
  const flags = crc32(`${nodeFlags.join(' ')} ${env['NODE_OPTIONS'] ?? ''}`).toString(16);
  const command = commands.includes(word) ? word : 'help';
  const path = join(folder, `${build}-${nodeVersion}-${processor}-${flags}-${command}`);
  const kept = keeps ? readCompiled(path) : nothing;
  let isComplete = kept.generation >= lastGeneration;
  const scripts = new Map<string, Script>();
  const modules = new Map<string, { exports: unknown }>();
  const load = (name: string): unknown => {
    if (!name.startsWith('./')) return nodeRequire(name);
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const filename = join(directory, name);
    if (nodeRequire.cache[filename] !== undefined) return nodeRequire(filename);
    const cachedData = kept.parts.get(name);
    // The build leaves ASCII only.
    const source = `${before}${readFileSync(filename, 'latin1')}${after}`;
    const options = {
      filename,
      columnOffset: -before.length,
      ...(cachedData === undefined ? {} : { cachedData }),
    };
    const script = underUsualFlags(() => new Script(source, options));
    if (script.cachedDataRejected !== false) isComplete = false;
    scripts.set(name, script);
    const module = { exports: {} };
    modules.set(name, module);
    const run = script.runInThisContext() as (...given: readonly unknown[]) => void;
    run(module.exports, load, module, filename, directory);
    return module.exports;
  };
  return {
    require: load,
    keep: () => {
      if (keeps && !isComplete) writeCompiled(path, kept, scripts);
    },
  };
}

/** Whether it is a directory into which nobody else may write; `missing` where there is nothing. */
function isOwn(path: string, missing = false): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return missing;
    if (!found.isDirectory() || platform === 'win32') return found.isDirectory();
    return (found.mode & 0o022) === 0 && (found.uid === ownUid || found.uid === 0);
  } catch {
    // It is in a directory that may not be entered.
    return false;
  }
}

/** Nothing where there is none, or none that is whole: V8 itself would run what is damaged. */
function readCompiled(path: string): Compiled {
  try {
    // To open a pipe would wait for a writer.
    if (!statSync(path).isFile()) return nothing;
    const bytes = readFileSync(path);
    if (crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return nothing;
    let at = 8 + bytes.readUInt32LE(4);
    const head = JSON.parse(bytes.toString('latin1', 8, at)) as { generation: number; parts: [string, number][] };
    const parts = head.parts.map(([name, length]): [string, Buffer] => {
      at += length;
      return [name, bytes.subarray(at - length, at)];
    });
    return { generation: head.generation, parts: new Map(parts) };
  } catch {
    return nothing;
  }
}

/** Puts the file in place as a whole, and removes what nobody has written for a month: versions that were replaced. */
function writeCompiled(path: string, kept: Compiled, scripts: ReadonlyMap<string, Script>): void {
  const parts = new Map(kept.parts);
  underUsualFlags(() => {
    for (const [name, script] of scripts) parts.set(name, script.createCachedData());
  });
  const list = [...parts].map(([name, { length }]) => [name, length]);
  const head = Buffer.from(JSON.stringify({ generation: kept.generation + 1, parts: list }));
  const bytes = Buffer.concat([Buffer.alloc(8), head, ...parts.values()]);
  bytes.writeUInt32LE(head.length, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  const directory = join(path, '..');
  const passing = `${path}.${pid}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(passing, bytes, { mode: 0o600 });
    renameSync(passing, path);
    for (const name of readdirSync(directory)) {
      const other = join(directory, name);
      if (Date.now() - statSync(other).mtimeMs > keptForMs) rmSync(other, { force: true });
    }
  } catch {
    // It only makes the next start faster.
    removeIfPossible(passing);
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is in a directory that may not be entered, or that is a file.
  }
}
