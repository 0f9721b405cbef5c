// Bundles the program into `dist/bundle`, with all packages that are plain JavaScript: a command then opens a handful of files in place of some hundred.
// Beside it, `contents.json` says what each file holds (for the test that guards what a start loads), and `licenses.txt` holds the licences of what is bundled.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { leanerChunks, leanerPackages } from './leaner.js';
import { vendorOutlines } from '../dist/app/session/vendor-outlines.js';
import { commandOutlines } from '../dist/cli/command-outlines.js';
import { processHost } from '../dist/host.js';

const root = dirname(import.meta.dirname);
const source = join(root, 'src');
const target = join(root, 'dist', 'bundle');
const require = createRequire(join(source, 'main.ts'));
const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * What is loaded together stands together: a file for each stage, with the modules that are named and all that they import, but for what an earlier stage
 * holds. Imports that wait (`await import()`) are not followed; what no stage reaches gets files by who needs it.
 */
const stages = [
  { name: 'parts', modules: ['core/parts.ts'] },
  // Besides what the program begins with, what completion needs: it is asked for at each press of a key.
  { name: 'start', modules: ['main.ts', 'host.ts', 'cli/command-outlines.ts', 'core/defined.ts', 'core/printable.ts'] },
  { name: 'commands', modules: ['cli/command-parts.ts', 'core/clear-token.ts', 'core/outcome.ts'] },
  { name: 'profiles', modules: ['app/session/check-home.ts', 'profiles/profile-store.ts'] },
  { name: 'vendors', modules: ['vendors/index.ts', 'app/session/vendor-called.ts'] },
  {
    name: 'run',
    modules: [
      'app/runs/new-run.ts',
      'app/edits/input-copy.ts',
      'app/session/context.ts',
      'profiles/open-secret-stores.ts',
      'profiles/resolve.ts',
      'profiles/access-token.ts',
      'report/paint.ts',
      'journal/last-sent.ts',
      'transport/base-url.ts',
      'transport/send.ts',
      'transport/trace.ts',
      'transport/wire-request.ts',
      'quota/gate.ts',
      'quota/open-permit-store.ts',
      'quota/disk-permit-store.ts',
      'quota/shared-permits.ts',
      'input/json-source.ts',
      'undici/lib/dispatcher/agent.js',
      'libsql',
    ],
  },
];

/** The files that `bin` imports; rolldown makes an entry file for each besides, which nobody needs. */
const entries = { 'entry-parts': 'core/parts.ts', 'entry-main': 'main.ts', 'entry-host': 'host.ts' };

/** What these modules make of all vendors and all commands, in their place: plain data. */
const commands = await commandOutlines({ host: processHost, end: () => undefined });
const outlines = {
  'app/session/vendor-outlines.ts': `export const vendorOutlines = ${JSON.stringify(vendorOutlines)};`,
  'cli/command-outlines.ts': `export const commandOutlines = async () => ${JSON.stringify(commands)};`,
};
const plainOutlines = { name: 'plain-outlines', load: (id) => outlines[relative(source, id).split(sep).join('/')] };

const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(entries).map(([name, module]) => [name, join(source, module)])),
  platform: 'node',
  plugins: [plainOutlines, leanerPackages, leanerChunks],
  // They bring a binary for each platform; so does libsql, whose own code is bundled.
  external: Object.keys(optionalDependencies),
  checks: { ineffectiveDynamicImport: false },
});
rmSync(target, { recursive: true, force: true });
const { output } = await bundle.write({
  // As deep below package.json as the sources, which read the version from there.
  dir: join(target, 'parts'),
  // Of Node's two loaders this one has less to do for each file, and does not ask a module of Node for all that it exports.
  format: 'cjs',
  // The parts are loaded as scripts, in which `import()` is an experiment of Node 20.
  dynamicImportInCjs: false,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  // Names stay, so that the trace of a defect can be read.
  minify: {
    compress: false,
    mangle: { toplevel: false, keepNames: { function: true, class: true } },
    codegen: { removeWhitespace: true },
  },
  minifyInternalExports: false,
  codeSplitting: { groups: stages.map(groupOf) },
});
await bundle.close();
const chunks = output.filter(
  ({ type, fileName }) => type === 'chunk' && entries[fileName.slice(0, -'.cjs'.length)] === undefined,
);
for (const name of Object.keys(entries)) rmSync(join(target, 'parts', `${name}.cjs`));
nameBuild();
const contents = chunks.map(({ fileName, moduleIds }) => [fileName, moduleIds.map(nameOf)]);
writeFileSync(
  join(target, 'licenses.txt'),
  licences(new Set(contents.flatMap(([, modules]) => modules.flatMap(packageOf)))),
);
writeFileSync(join(target, 'contents.json'), `${JSON.stringify(Object.fromEntries(contents), null, 1)}\n`);

/** Writes into what loads the parts which build they are of, so that nothing compiled of another one is taken for theirs. */
function nameBuild() {
  const digest = createHash('sha256');
  const names = commands.map(({ term }) => term.split(/[ |]/)[0]).join(' ');
  for (const { code } of chunks) digest.update(code);
  const path = join(target, 'parts', 'parts.cjs');
  const text = readFileSync(path, 'utf8');
  const named = text.replace('BUILD-DIGEST', digest.digest('hex').slice(0, 16)).replace('BUILD-COMMANDS', names);
  if (/BUILD-/.test(named) || named === text) throw new Error('bundle/build.js: parts.cjs has no place for the build.');
  writeFileSync(path, named);
}

function groupOf({ name, modules }, index) {
  const paths = modules.map((module) => (module.endsWith('.ts') ? join(source, module) : require.resolve(module)));
  for (const path of paths)
    if (!existsSync(path)) throw new Error(`bundle/build.js names ${path}, which does not exist.`);
  return {
    name,
    priority: stages.length - index,
    test: (id) => paths.includes(id),
  };
}

function nameOf(id) {
  return relative(root, id).split(sep).join('/');
}

function packageOf(module) {
  const [, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(module) ?? [];
  return name === undefined ? [] : [name];
}

/** Their licences ask that the text goes with every copy. */
function licences(packages) {
  return [...packages]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map(licence)
    .join('\n\n');
}

function licence(name) {
  const directory = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((one) => /^(licen[cs]e|copying)(\.|$|-)/i.test(one));
  const text = file === undefined ? '' : `\n\n${readFileSync(join(directory, file), 'utf8').trim()}`;
  return `=== ${name} ${version} (${license})${text}\n`;
}
