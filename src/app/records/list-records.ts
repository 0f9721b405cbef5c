import type { Call } from '../../core/call.ts';
import { defined } from '../../core/defined.ts';
import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { printable } from '../../core/printable.ts';
import type { FoundRecord, Lister, ListPage } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { counted } from '../../report/numbers.ts';
import { metadataReading } from '../accounts/read-metadata.ts';
import { isSameCall } from '../edits/key-finder.ts';
import { withOwnNames } from '../edits/resolve-names.ts';
import { openContext, terminalStyle, type Context } from '../session/context.ts';
import type { ListOptions } from '../session/options.ts';
import { LineWriter, writeErr } from '../session/output.ts';
import type { ReadReply } from '../../run/call-dispatcher.ts';
import { openReadCalls, type ReadCalls } from '../session/read-calls.ts';
import { csvList, jsonList, tableList, type ListOutput } from './list-output.ts';
import { listOrder, type ListOrder } from './list-query.ts';
import { warn } from '../session/session.ts';

/**
 * Prints the opportunities that match, page by page. Rejects with `list-cut-off` (exit 3) where the vendor gives a part of the list only: what was
 * printed of a file of edits then ends with a row that no run accepts, whatever broke the list off.
 */
export async function listRecords(host: Host, options: ListOptions): Promise<ExitCode> {
  if (options.csv === true && options.json === true)
    throw new OppatchError('two-formats', '--csv and --json are given together.', { hint: 'Give one of them.' });
  const given = await openContext(host, options, { offline: false });
  const { title } = given.account.vendor;
  if (given.account.service.list === undefined)
    throw new OppatchError('cannot-list', `${title} documents no way to list opportunities by conditions.`, {
      hint: 'Export them there, and apply the file.',
    });
  const context = await withOwnNames(given, options);
  const { service } = context.account;
  const lister = service.list ?? given.account.service.list;
  const order = listOrder(lister, context.account, options);
  const parts = { service, fields: order.fields, redact: context.redact };
  const output =
    options.json === true
      ? jsonList(parts)
      : options.csv === true
        ? csvList(parts)
        : tableList(parts, await terminalStyle(host, options, 'stdout'));
  const calls = await openReadCalls(context, {
    concurrency: 1,
    read: metadataReading(service),
    ...defined({ timeout: options.timeout, verbose: options.verbose }),
  });
  const shown = listWriter(host, output);
  try {
    const tally = await printPages(pages(lister, lister.call(order.query), calls, context), order, shown, context);
    if (options.quiet !== true) tell(context, tally);
    return 0;
  } catch (error) {
    await shown.end(context.redact(error instanceof Error ? error.message : String(error)));
    throw error;
  } finally {
    await calls.close();
  }
}

interface ListTally {
  matching: number;
  /** Sent by the vendor although they do not match. */
  others: number;
}

async function printPages(
  listed: AsyncIterable<ListPage>,
  { mayMatch }: ListOrder,
  shown: ListWriter,
  { account }: Context,
): Promise<ListTally> {
  const known = new Set<string>();
  const tally: ListTally = { matching: 0, others: 0 };
  for await (const { records, cut } of listed) {
    const fresh: FoundRecord[] = [];
    const before = known.size;
    for (const record of records) {
      const id = account.service.canonicalId?.(record.id) ?? record.id;
      // A record that moves while the list is read comes on two pages.
      if (known.has(id)) continue;
      known.add(id);
      if (mayMatch(record)) fresh.push(record);
      else tally.others += 1;
    }
    tally.matching += fresh.length;
    await shown.page(fresh);
    if (shown.closed()) return tally;
    if (cut !== undefined) throw cutOff(`${cut}.`, known.size);
    // A service that shows the same page whatever is asked would be read forever.
    if (records.length > 0 && known.size === before)
      throw cutOff(`${account.vendor.title} shows nothing but what it has shown before.`, known.size);
  }
  await shown.end();
  return tally;
}

/** The pages of a list, each read once. Throws where a page cannot be read. */
async function* pages(lister: Lister, first: Call, calls: ReadCalls, { account }: Context): AsyncIterable<ListPage> {
  const { title } = account.vendor;
  let call: Call | undefined = first;
  for (let number = 1; call !== undefined; number += 1) {
    const sent: ReadReply = await calls.send(call);
    if (sent.kind === 'stopped') throw calls.failure();
    if (sent.kind === 'failed') throw notReplied(sent, title, number);
    const page = lister.read(sent.reply, call);
    if (page === undefined) throw refusedPage(sent, title, number);
    yield page;
    if (page.cut !== undefined) return;
    if (page.next !== undefined && isSameCall(page.next, call))
      throw cutOff(`${title} names page ${number} as the one that follows it.`);
    call = page.next;
  }
}

function notReplied(
  { code, message }: Extract<ReadReply, { kind: 'failed' }>,
  title: string,
  page: number,
): OppatchError {
  return new OppatchError(
    'list-cut-off',
    `Page ${page} of the list could not be read from ${title}: ${printable(message)}.`,
    {
      hint: 'What was printed is not the whole list. Try again later.',
      exitCode: code.startsWith('no-reply') ? 6 : 3,
    },
  );
}

/** The first page refused: the conditions are not understood. A later one: the list is cut off. */
function refusedPage(
  { reply, answer }: Extract<ReadReply, { kind: 'reply' }>,
  title: string,
  page: number,
): OppatchError {
  const verdict = answer.kind === 'settled' ? answer.verdicts[0] : undefined;
  const said = verdict?.kind === 'rejected' ? `: ${printable(verdict.message)}` : '';
  if (page === 1 && said !== '' && reply.status >= 400 && reply.status < 500)
    return new OppatchError('list-refused', `${title} refuses the list (HTTP ${reply.status})${said}`, {
      hint: verdict?.kind === 'rejected' && verdict.hint !== undefined ? verdict.hint : 'Check the conditions.',
    });
  return cutOff(`${title} answered HTTP ${reply.status} to page ${page}, which is not understood${said}.`);
}

function cutOff(reason: string, records?: number): OppatchError {
  return new OppatchError(
    'list-cut-off',
    `The list is cut off${records === undefined ? '' : ` after ${opportunities(records)}`}: ${reason}`,
    {
      hint: 'What was printed is not the whole list. Ask for less: add a condition, or list it part by part.',
      exitCode: 3,
    },
  );
}

function tell(context: Context, { matching, others }: ListTally): void {
  const { title } = context.account.vendor;
  if (others > 0) {
    const left = others === 1 ? 'that does not match; it is left out' : 'that do not match; they are left out';
    warn(context, `${title} also sent ${opportunities(others)} ${left}.`);
  }
  writeErr(context.host, matching === 0 ? 'No opportunity matches.' : `${opportunities(matching)}.`);
}

function opportunities(count: number): string {
  return counted(count, 'opportunity', 'opportunities');
}

type ListWriter = ReturnType<typeof listWriter>;

/** Writes a list, no faster than it is taken. */
function listWriter(host: Host, output: ListOutput) {
  const writer = new LineWriter(host);
  let begun = false;
  const write = async (text: string | undefined): Promise<void> => {
    if (text !== undefined) await writer.line(text);
  };
  return {
    /** True once nobody reads any more. */
    closed: () => writer.closed,
    page: async (records: readonly FoundRecord[]): Promise<void> => {
      begun = true;
      if (records.length > 0) await write(output.page(records));
    },
    /** A list of which nothing came is left without an end. */
    end: async (cut?: string): Promise<void> => {
      if (cut !== undefined && !begun) return;
      await write(output.end(cut));
      await writer.flush();
    },
  };
}
