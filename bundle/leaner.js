// What the bundle changes in the code of packages and in its own, so that a start loads less of Node.
import { sep } from 'node:path';

/** In packages, by module: what takes the place of what. The build stops where a package does not hold the text any more. */
const replacements = {
  // It starts other programs for commands that are programs of their own.
  'commander/lib/command.js': [
    [`const childProcess = require('node:child_process');`, ''],
    [/childProcess\.spawn/g, `require('node:child_process').spawn`],
    [`const process = require('node:process');`, ''],
    // Each option is compared with all before it, for a mistake that a test of the sources meets as well.
    [/const matchingOption =[^]*?\n    \}\n/, ''],
  ],
  // It would run a program only where there is no other way to find out which C library the system has.
  'detect-libc/lib/detect-libc.js': [
    [`const childProcess = require('child_process');`, ''],
    [/childProcess\.exec/g, `require('node:child_process').exec`],
  ],
  // The binary is one of its own dependencies.
  'libsql/index.js': [
    [
      'return require(`@libsql/${target}`);',
      `const { createRequire } = require('node:module');
      return createRequire(createRequire(__filename).resolve('libsql'))(\`@libsql/\${target}\`);`,
    ],
  ],
  // HTTP/2, which is switched off (`allowH2`), would load Node's with it.
  'undici/lib/dispatcher/client-h2.js': [
    [/^[^]*$/, `module.exports = () => { throw new Error('HTTP/2 is not in the bundle.'); };`],
  ],
  // Node's HTTP client and server, for a number that is given, and for a body that is never sent.
  'undici/lib/dispatcher/client.js': [
    [`const http = require('node:http')`, ''],
    [
      /const getDefaultNodeMaxHeaderSize = http &&[^]*?: \(\) => \{ throw.*/,
      `const getDefaultNodeMaxHeaderSize = () => require('node:http').maxHeaderSize`,
    ],
  ],
  // Bodies of fetch: forms, files, streams. What is sent is a text.
  'undici/lib/dispatcher/client-h1.js': [
    [`require('../web/fetch/body.js').extractBody`, `() => { throw new TypeError('a body that is no text') }`],
  ],
  'undici/lib/core/util.js': [
    [`const { IncomingMessage } = require('node:http')`, ''],
    ['constructor === IncomingMessage', `constructor.name === 'IncomingMessage'`],
  ],
};

const nodesAssert = `const assert = require('node:assert')`;
const lazyAssert = `const assert = (value, message) => { if (!value) require('node:assert')(value, message) }`;

export const leanerPackages = {
  name: 'leaner-packages',
  transform: (code, id) => {
    const module = id.split(sep).join('/').split('/node_modules/').at(-1);
    // Node's is loaded by an assertion that fails.
    let text = code.includes('assert.') ? code : code.replace(nodesAssert, lazyAssert);
    for (const [from, to] of replacements[module] ?? []) {
      const before = text;
      text = text.replace(from, () => to);
      if (text === before) throw new Error(`bundle/leaner.js: ${module} does not hold ${from} any more.`);
    }
    return text === code ? undefined : { code: text };
  },
};

/** Modules of Node that every process holds from its beginning. */
const atHand = new Set(['buffer', 'events', 'fs', 'module', 'path', 'url', 'util']);

/** A module of Node that a file of the bundle imports is loaded when its first function is called: most commands call none of most of them. */
function withLazyBuiltins(code) {
  const lazy = new Set();
  const declared = code.replaceAll(/\blet (\w+)=require\("node:([\w/]+)"\);(?!\1=)/g, (all, name, module) => {
    if (atHand.has(module)) return all;
    lazy.add(name);
    return `let ${name}$;const ${name}=()=>${name}$??=require("node:${module}");`;
  });
  return declared.replaceAll(/\b(node_\w+)\./g, (all, name) => (lazy.has(name) ? `(${name}()).` : all));
}

/** V8 keeps a text that is all ASCII in half the bytes. What else there is stands in strings and expressions, but for raw ones. */
function inAscii(code) {
  // oxlint-disable-next-line no-control-regex -- what is no ASCII is looked for
  if (/String\.raw`[^`]*[^\x00-\x7f`]/.test(code)) throw new Error('bundle/leaner.js: a raw text is not ASCII.');
  // oxlint-disable-next-line no-control-regex -- as above
  return code.replaceAll(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export const leanerChunks = {
  name: 'leaner-chunks',
  generateBundle: (_options, bundle) => {
    for (const chunk of Object.values(bundle)) chunk.code = inAscii(withLazyBuiltins(chunk.code));
  },
};
