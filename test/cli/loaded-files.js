// For `node --import`: writes what the program loads to the file LOADED_FILES, as JSON: files, in the order in which they come, and the modules of Node that were not there before.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const { cache } = createRequire(import.meta.url);
const parts = [];
const { readFileSync, writeFileSync } = fs;
// The program loads its parts by itself.
fs.readFileSync = (path, ...more) => {
  if (String(path).endsWith('.cjs')) parts.push(path);
  return readFileSync(path, ...more);
};
const before = new Set(process.moduleLoadList);
process.on('exit', () => {
  const ofNode = process.moduleLoadList.filter((name) => !before.has(name) && name.startsWith('NativeModule '));
  const builtins = ofNode.map((name) => name.slice('NativeModule '.length));
  const files = [...new Set([...Object.keys(cache), ...parts])];
  writeFileSync(process.env.LOADED_FILES, JSON.stringify({ files, builtins }));
});
