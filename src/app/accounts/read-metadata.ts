import type { Call, Reading, Reply } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import { printable } from '../../core/printable.ts';
import type { Metadata, MetadataRead, Service } from '../../core/vendor.ts';
import type { ReadReply } from '../../run/call-dispatcher.ts';

/** A read that gave nothing: what can't be done without it, and why. */
export interface MetadataGap {
  readonly part: string;
  readonly without: string;
  readonly reason: string;
  /** It may go better the next time. */
  readonly passing: boolean;
}

export interface ReadMetadata {
  readonly metadata: Metadata;
  readonly gaps: readonly MetadataGap[];
}

/** Lists longer than this many pages are taken for ones that never end. */
const mostPages = 1000;

/** Reads all that the service declares, page by page; `title` is the vendor's. Undefined where the sending was stopped. */
export async function readMetadata(
  service: Pick<Service, 'metadata'>,
  title: string,
  send: (call: Call) => Promise<ReadReply>,
): Promise<ReadMetadata | undefined> {
  const reads = service.metadata?.reads ?? [];
  const parts = await Promise.all(reads.map((read) => readPart(read, title, send)));
  const metadata: Record<string, readonly JsonObject[]> = {};
  const gaps: MetadataGap[] = [];
  for (const [index, part] of parts.entries()) {
    if (part === undefined) return undefined;
    const read = reads[index];
    if (read === undefined) continue;
    if ('items' in part) metadata[read.name] = part.items;
    else gaps.push({ part: read.name, without: read.without, ...part });
  }
  return { metadata, gaps };
}

type Part = { readonly items: readonly JsonObject[] } | Pick<MetadataGap, 'reason' | 'passing'>;

async function readPart(
  read: MetadataRead,
  title: string,
  send: (call: Call) => Promise<ReadReply>,
): Promise<Part | undefined> {
  const items: JsonObject[] = [];
  let call: Call | undefined = read.call;
  for (let pages = 0; call !== undefined; pages += 1) {
    if (pages === mostPages) return { reason: `more than ${mostPages} pages`, passing: false };
    const sent: ReadReply = await send(call);
    if (sent.kind === 'stopped') return undefined;
    if (sent.kind === 'failed') return { reason: printable(sent.message), passing: true };
    const { reply } = sent;
    const page = read.items(reply);
    if (page === undefined) return { reason: refusal(title, reply), passing: false };
    items.push(...page);
    call = read.next?.(reply, call);
  }
  return { items };
}

function refusal(title: string, { status }: Reply): string {
  return status >= 200 && status < 300
    ? `${title} answered HTTP ${status} with a body that is not understood`
    : `${title} answered HTTP ${status}`;
}

/**
 * How a vendor's reply to a read of metadata is taken by what sends it: as settled where only the metadata itself can judge it. A refusal of
 * this one read (403) says nothing of the credentials.
 */
export function metadataReading(service: Pick<Service, 'read'>): (reply: Reply, call: Call) => Reading {
  return (reply, call) => {
    const reading = service.read(reply, call);
    const { quota } = reading;
    const unread = reply.status === 200 && reading.kind === 'transient';
    const refused = reply.status === 403 && reading.kind === 'unauthorised';
    if (!unread && !refused) return reading;
    return { kind: 'settled', verdicts: [{ kind: 'applied' }], ...(quota === undefined ? {} : { quota }) };
  };
}
