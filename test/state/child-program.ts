import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** A TypeScript program of the tests, compiled with all that it imports, so that real processes can run it. */
export interface ChildProgram {
  /** Starts it with an IPC channel. */
  readonly start: (...words: string[]) => ChildProcess;
  readonly remove: () => void;
}

export function compileChild(entry: string): ChildProgram {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'child-'));
  const options = { noEmit: false, noCheck: true, rootDir: root, outDir: join(directory, 'out') };
  const project = join(directory, 'tsconfig.json');
  writeFileSync(
    project,
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: options, include: [], files: [entry] }),
  );
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]);
  const script = join(directory, 'out', relative(root, entry)).replace(/\.ts$/, '.js');
  return {
    start: (...words) => fork(script, words, { execArgv: [] }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The next message of the child. Rejects when it ends before it says anything. */
export async function message(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`The child ended (${String(code ?? signal)}) without a word`);
  });
  const [said] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  return said;
}

/** Resolves with its exit code; null when it was killed. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
