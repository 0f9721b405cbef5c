import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { directories } from './directories.ts';

/**
 * Has Node (22.8 and newer) keep what it compiled of the program, in the state directory and once that is there: nobody else may write into it, which
 * does not hold for Node's own choice in the directory of temporary files. `NODE_COMPILE_CACHE` names another one, and `NODE_DISABLE_COMPILE_CACHE` forbids it.
 */
export function keepCompiled(env: Readonly<Record<string, string | undefined>>): void {
  const { state } = directories(env);
  // In Node 20 there is none.
  const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: (directory?: string) => unknown };
  if (env['NODE_COMPILE_CACHE'] !== undefined || !existsSync(state)) return;
  enableCompileCache?.(join(state, 'compiled'));
}
