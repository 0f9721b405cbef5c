import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as Manifest;
}

/** Of package.json. */
export function toolVersion(): string {
  return manifest().version;
}

/** The versions of Node that are supported, as package.json has them: `>=20.18.1`. */
export function supportedNode(): string {
  return manifest().engines.node;
}
