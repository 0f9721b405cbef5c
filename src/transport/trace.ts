import { excerpt } from '../core/printable.ts';
import type { Redact } from '../core/redact.ts';
import type { Transport } from '../core/wire.ts';

const longestBody = 400;

/** A transport that tells every exchange in masked lines: request, reply or failure, and the time it took. */
export function createTrace(transport: Transport, write: (line: string) => void, redact: Redact): Transport {
  const tell = (text: string): void => write(excerpt(redact(text), 2000));
  let exchanges = 0;
  return {
    send: async (request, options) => {
      exchanges += 1;
      const number = exchanges;
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
      tell(
        `#${number} → ${request.method} ${request.url} {${headers.join(', ')}} ${excerpt(redact(request.body ?? ''), longestBody)}`,
      );
      const startedAt = performance.now();
      const took = (): string => `${Math.round(performance.now() - startedAt)}ms`;
      try {
        const reply = await transport.send(request, options);
        tell(`#${number} ← ${reply.status} ${took()} ${excerpt(redact(reply.body), longestBody)}`);
        return reply;
      } catch (error) {
        tell(`#${number} ✗ ${took()} ${error instanceof Error ? error.message : String(error)}`);
        throw error;
      }
    },
    close: () => transport.close(),
  };
}
