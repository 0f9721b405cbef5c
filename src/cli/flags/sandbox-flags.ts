import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDurationMs, type Rate } from '../../core/duration.ts';
import {
  bulkReplies,
  faultKinds,
  type BulkReply,
  type Fault,
  type FaultKind,
  type Range,
  type Refusal,
} from '../../sandbox/options.ts';
import type { SandboxOptions } from '../../sandbox/sandbox.ts';
import { readDuration, readRate, several } from './flags.ts';

const faults = faultKinds.join(', ');

export interface SandboxFlags {
  readonly port: number;
  readonly rate: readonly Rate[];
  readonly unlimited?: true;
  readonly latency?: Range;
  readonly fault: readonly Fault[];
  readonly refuse?: Refusal;
  readonly autoCreate?: true;
  readonly state: boolean;
  readonly log: boolean;
  readonly samples: number;
  readonly seed: number;
  readonly refusalForm?: '429' | '403' | '200' | 'rotate';
  readonly bulkReply?: BulkReply;
  readonly bulkAtomic?: true;
  readonly readLag?: number;
  readonly json?: true;
  readonly vendorFile?: string;
}

export function addSandboxOptions(command: Command): Command {
  return command
    .optionsGroup('Options:')
    .option('--port <n>', 'port to listen on (0: any free one)', readPort, 0)
    .addOption(several('--rate <n/window>', "quota of every vendor (repeatable; else each vendor's own)", readRate))
    .option('--unlimited', 'no quota at all')
    .option('--latency <least-most>', 'milliseconds each way, e.g. 20-100', readRange)
    .addOption(several('--fault <kind/n>', `every n-th write gets this fault (repeatable): ${faults}`, readFault))
    .option('--refuse <share>', 'refuse this share of the opportunities, e.g. 13%', readRefusal)
    .option('--auto-create', 'make unknown opportunities on their first use')
    .option('--no-state', 'judge writes but keep nothing (load tests)')
    .option('--no-log', 'do not remember the calls')
    .option('--samples <n>', 'practice opportunities for each vendor', readNumber, 20)
    .option('--seed <n>', 'of the random choices', readNumber, 1)
    .addOption(
      new Option(
        '--refusal-form <form>',
        'how a refusal for lack of quota looks, at vendors that have several forms',
      ).choices(['429', '403', '200', 'rotate']),
    )
    .addOption(
      new Option('--bulk-reply <form>', 'how a write of several opportunities is answered').choices(bulkReplies),
    )
    .option('--bulk-atomic', 'refuse such a write as a whole if one of its rows is refused')
    .option('--read-lag <time>', 'how long reads lag behind writes, at vendors where they do, e.g. 3s', readDuration)
    .option('--vendor-file <file>', 'serve the vendor that this file describes instead of the others')
    .option('--json', 'print addresses and credentials as JSON');
}

export function sandboxOptions(flags: SandboxFlags): SandboxOptions {
  const { latency, fault, refuse, refusalForm } = flags;
  return {
    port: flags.port,
    seed: flags.seed,
    samples: flags.samples,
    behaviour: {
      ...(flags.unlimited === true ? { quota: [] } : flags.rate.length > 0 ? { quota: flags.rate } : {}),
      ...(latency === undefined ? {} : { latency: { requestMs: latency, replyMs: latency } }),
      ...(refusalForm === undefined ? {} : { refusalForm }),
      bulk: { reply: flags.bulkReply ?? 'named', atomic: flags.bulkAtomic === true },
      ...(flags.readLag === undefined ? {} : { readLagMs: flags.readLag }),
      faults: fault,
      refuse: refuse === undefined ? [] : [refuse],
      autoCreate: flags.autoCreate === true,
      keepState: flags.state,
      ...(flags.log ? {} : { logged: 0 }),
    },
  };
}

function readFault(text: string): Fault {
  const [kind = '', every = '1'] = text.split('/');
  if (!(faultKinds as readonly string[]).includes(kind) || !/^[1-9]\d*$/.test(every)) {
    throw new InvalidArgumentError(`Write kind/n, for example cut-after/3. Kinds: ${faults}.`);
  }
  return { kind: kind as FaultKind, every: Number(every) };
}

function readRefusal(text: string): Refusal {
  if (!/^\d{1,3}(\.\d+)?%$/.test(text)) throw new InvalidArgumentError('Write a share, for example 13%.');
  return { share: Number(text.slice(0, -1)) / 100 };
}

function readRange(text: string): Range {
  const [least = '', most = least] = text.split('-').map((part) => (/^\d+$/.test(part) ? `${part}ms` : part));
  const range = [least, most].map((part) => (part === '0ms' ? 0 : parseDurationMs(part)));
  if (range[0] === undefined || range[1] === undefined)
    throw new InvalidArgumentError('Write two times, for example 20-100.');
  return [range[0], range[1]];
}

function readPort(text: string): number {
  const port = readNumber(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is a number up to 65535.');
  return port;
}

function readNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
