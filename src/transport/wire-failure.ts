import { WireError } from '../core/wire.ts';
import type { Proxy } from './proxies.ts';

/** How far an exchange had come when it failed. */
export interface Progress {
  /** `host` or `host:port`; nothing else of the address, which may hold secrets. */
  readonly host: string;
  /** The way through which it went; undefined for directly. */
  readonly proxy: Proxy | undefined;
  /** True from the moment at which a connection stood and the request was about to be written to it. */
  readonly written: boolean;
}

/** The error of an exchange that broke off. Nothing of the request but its host stands in it. */
export function wireFailure(error: unknown, { host, proxy, written }: Progress): WireError {
  const refusal = proxy === undefined ? undefined : proxyRefusal(error, host, proxy);
  if (refusal !== undefined) return refusal;
  const code = failureCode(error);
  if (code === 'UND_ERR_INVALID_ARG') {
    return new WireError('BAD_REQUEST', `the request to ${host} is not one that HTTP can carry`, false, error);
  }
  if (!written) {
    const certificate = certificateProblem(code);
    const way = proxy === undefined ? '' : ` (through the proxy ${proxy.host})`;
    const [kind, message] =
      certificate !== undefined
        ? [certificate[0], `the certificate of ${host}${way} ${certificate[1]} (${code})`]
        : /^ERR_SSL_|^EPROTO$/.test(code)
          ? ['NOT_TLS', `what answers at ${host}${way} does not speak TLS (${code})`]
          : proxy !== undefined
            ? ['PROXY_UNREACHABLE', `no connection to the proxy ${proxy.host} (${connectionProblems[code] ?? code})`]
            : [code, `no connection to ${host} (${connectionProblems[code] ?? code})`];
    return new WireError(kind, message, false, error);
  }
  if (/^HPE|^UND_ERR_(?:HEADERS_OVERFLOW|RES_)/.test(code)) {
    return new WireError('BAD_REPLY', `the reply of ${host} is not valid HTTP (${code})`, true, error);
  }
  return new WireError(code, `the connection to ${host} broke before the reply was complete (${code})`, true, error);
}

/** The system's code, of the first address where several were tried; `CUT` where the other side simply closed. */
function failureCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if (error instanceof AggregateError && error.errors.length > 0) return failureCode(error.errors[0]);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'CONNECT_TIMEOUT';
  if (error instanceof Error && error.name === 'HTTPParserError') return typeof code === 'string' ? code : 'HPE';
  if (typeof code === 'string' && code !== 'UND_ERR_SOCKET') return code;
  if (cause !== undefined && cause !== null) return failureCode(cause);
  return code === 'UND_ERR_SOCKET' ? 'CUT' : 'UNKNOWN';
}

const connectionProblems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'ENOTFOUND: the name is not known',
  ECONNREFUSED: 'ECONNREFUSED: nothing listens there',
  CONNECT_TIMEOUT: 'CONNECT_TIMEOUT: no answer',
};

type Problem = readonly [code: string, what: string];

const expired: Problem = ['CERTIFICATE_EXPIRED', 'is not valid at this time'];
const unknownIssuer: Problem = ['CERTIFICATE_ISSUER', 'comes from an authority that this machine does not know'];
const otherHost: Problem = ['CERTIFICATE_HOST', 'is for another name'];

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, 2026-11. */
const certificateProblems: Readonly<Record<string, Problem>> = {
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: expired,
  DEPTH_ZERO_SELF_SIGNED_CERT: ['CERTIFICATE_SELF_SIGNED', 'is signed by itself'],
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  ERR_TLS_CERT_ALTNAME_INVALID: otherHost,
  HOSTNAME_MISMATCH: otherHost,
};

/** Why a certificate is refused; undefined where that is not the reason. */
function certificateProblem(code: string): Problem | undefined {
  const other: Problem = ['CERTIFICATE', 'is not accepted'];
  return certificateProblems[code] ?? (/CERT|UNABLE_TO_|^ERR_TLS_/.test(code) ? other : undefined);
}

/** How undici words the answer of a proxy that does not let a call through. */
const proxyAnswer = /^Proxy response \((\d{3})\)/;

function proxyRefusal(error: unknown, host: string, proxy: Proxy): WireError | undefined {
  const status = Number(error instanceof Error ? proxyAnswer.exec(error.message)?.[1] : Number.NaN);
  if (Number.isNaN(status)) return undefined;
  const told = (code: string, what: string): WireError =>
    new WireError(code, `the proxy ${proxy.host} ${what} (HTTP ${status})`, false, error);
  // 401 is for the address itself, yet some proxies (tinyproxy) answer so where the password is wrong.
  if (status === 407 || status === 401) {
    const known = proxy.authorization !== undefined;
    return told('PROXY_CREDENTIALS', known ? 'refuses the user and password' : 'wants a user and a password');
  }
  if (status >= 300 && status < 400) return told('PORTAL', `answers for ${host} with another address`);
  if (status >= 400 && status < 500) return told('PROXY_BLOCKED', `lets nothing through to ${host}`);
  return told('PROXY_FAILED', `could not reach ${host}`);
}
