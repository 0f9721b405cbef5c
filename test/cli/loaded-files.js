// For `node --import`: writes what the program loads to the file LOADED_FILES, as JSON: its own files, and the modules of Node that were not there before.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { cache } = createRequire(import.meta.url);
const before = new Set(process.moduleLoadList);
process.on('exit', () => {
  const ofNode = process.moduleLoadList.filter((name) => !before.has(name) && name.startsWith('NativeModule '));
  const builtins = ofNode.map((name) => name.slice('NativeModule '.length));
  writeFileSync(process.env.LOADED_FILES, JSON.stringify({ files: Object.keys(cache), builtins }));
});
