import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of the test's own, and a certificate of it for an IP address or names of hosts; files and contents. They are made each time. */
export interface TestAuthority {
  readonly file: string;
  readonly key: string;
  readonly cert: string;
}

export function makeAuthority(hosts: string | readonly string[], days = 2): TestAuthority {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-ca-'));
  const at = (name: string): string => join(directory, name);
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', String(days), '-subj', '/CN=Test CA');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
  const names = [hosts].flat().map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`);
  writeFileSync(at('extensions'), `subjectAltName=${names.join(',')}\n`);
  const sign = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-extfile',
    'extensions',
    '-days',
    String(days),
  ];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...sign);
  return {
    file: at('ca.pem'),
    key: readFileSync(at('server.key'), 'utf8'),
    cert: readFileSync(at('server.pem'), 'utf8'),
  };
}
