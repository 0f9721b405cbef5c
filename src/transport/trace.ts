import { excerpt } from '../core/printable.ts';
import type { Redact } from '../core/redact.ts';
import type { Sender, WireRequest } from '../core/wire.ts';
import { maskedHeader } from './printable-call.ts';

const longestBody = 400;
const longestLine = 2_000;

/**
 * A transport that tells every exchange in masked lines: request, reply or failure, and the time it took. Secrets are masked before anything is cut, so
 * that no half of one remains; headers and query parameters whose name speaks of a secret are masked whatever they hold.
 */
export function createTrace(transport: Sender, write: (line: string) => void, redact: Redact): Sender {
  const bodyText = (body: string): string => (body === '' ? '' : ` ${excerpt(redact(body), longestBody)}`);
  let exchanges = 0;
  return {
    send: async (request, options) => {
      exchanges += 1;
      const number = exchanges;
      const tell = (text: string): void => write(excerpt(redact(`#${number} ${text}`), longestLine));
      tell(
        `→ ${request.method} ${maskedUrl(request.url)} {${headersText(request.headers)}}${bodyText(request.body ?? '')}`,
      );
      const startedAt = performance.now();
      const took = (): string => `${Math.round(performance.now() - startedAt)}ms`;
      try {
        const reply = await transport.send(request, options);
        tell(`← ${reply.status} ${took()} {${headersText(reply.headers)}}${bodyText(reply.body)}`);
        return reply;
      } catch (error) {
        tell(`✗ ${took()} ${error instanceof Error ? error.message : String(error)}`);
        throw error;
      }
    },
  };
}

const secretName = /auth|cookie|key|token|secret|password/i;

function headersText(headers: WireRequest['headers']): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${secretName.test(name) ? maskedHeader(value) : value}`)
    .join(', ');
}

function maskedUrl(url: string): string {
  return url.replace(/([?&])([^=&#]*)=([^&#]*)/g, (pair, mark: string, name: string) =>
    secretName.test(name) ? `${mark}${name}=***` : pair,
  );
}
