import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { OppatchError } from '../core/errors.ts';

const extraVariable = 'NODE_EXTRA_CA_CERTS';

/**
 * The certificates of authorities that count besides those of the system: Node's own and NODE_EXTRA_CA_CERTS stay. Undefined where no file is given, as Node's own
 * count then anyway. Throws `ca-file`.
 */
export async function readAuthorities(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
  place = '--ca',
): Promise<readonly string[] | undefined> {
  if (file === undefined) return undefined;
  const own = await certificatesOf(file, place);
  const extra = env[extraVariable];
  // Node says itself that it can't read that one.
  const others = extra === undefined || extra === '' ? [] : await certificatesOf(extra, extraVariable).catch(() => []);
  return [...tls.rootCertificates, ...others, ...own];
}

async function certificatesOf(file: string, place: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw refused(file, place, `it can't be read (${error.code ?? 'unknown'})`);
  });
  const found =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^]+?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw refused(file, place, 'it holds no certificate in PEM form');
  try {
    tls.createSecureContext({ ca: found });
  } catch {
    throw refused(file, place, 'a certificate in it is damaged');
  }
  return found;
}

function refused(file: string, place: string, reason: string): OppatchError {
  return new OppatchError('ca-file', `The file of certificates ${file} can't be used: ${reason}.`, {
    place,
    hint: 'Give the file of your company\'s certificate authority, which begins with "-----BEGIN CERTIFICATE-----".',
  });
}
