import { OppatchError } from '../../core/errors.ts';
import { createRedact } from '../../core/redact.ts';
import type { RunSummary } from '../../core/run-summary.ts';
import type { Host } from '../../host.ts';
import type { RunHeader } from '../../journal/run-header.ts';
import { openRunLog, type LogFields, type RunLog } from '../../report/run-log.ts';
import type { KnownAccount } from '../accounts/account-name.ts';
import type { Context } from '../session/context.ts';
import type { SendOptions } from '../session/options.ts';
import { writeErr } from '../session/output.ts';

/** Who sends the word: its secrets are masked, and its way out is taken. */
type Sender = Pick<Context, 'account' | 'network'>;

/** What unattended runs are watched with: the log file and the word at the end. */
export interface Watch {
  readonly log: RunLog | undefined;
  /** The run has its summary. Never rejects. */
  readonly ended: (summary: RunSummary, reason: string | undefined, context: Sender) => Promise<void>;
  /** The run broke off without one. Never rejects. */
  readonly failed: (header: RunHeader, error: unknown, context: Sender) => Promise<void>;
}

/** Opens what `--log-file` and `--notify` ask for, before anything is sent; what ends the work with an error is logged too. */
export async function watched<T>(
  host: Host,
  options: Pick<SendOptions, 'logFile' | 'logFormat' | 'notify'>,
  work: (watch: Watch) => Promise<T>,
): Promise<T> {
  const { logFile, logFormat = 'text', notify: target } = options;
  if (target !== undefined) (await import('./notify.ts')).checkNotify(target);
  const log = logFile === undefined ? undefined : openRunLog(logFile, logFormat, (line) => writeErr(host, line));
  const handOver = async (summary: object, context: Sender): Promise<void> => {
    if (target === undefined) return;
    const { notify } = await import('./notify.ts');
    const trouble = await notify(host, target, summary, context);
    if (trouble === undefined) return;
    const message = createRedact(context.account.secrets)(`--notify: ${trouble}`);
    log?.write('warning', { message });
    writeErr(host, `! ${message}`);
  };
  const watch: Watch = {
    log,
    ended: (summary, reason, context) => {
      log?.write('run-end', runEnd(summary, reason));
      return handOver(summary, context);
    },
    failed: ({ run, profile, vendor, source }, error, context) => {
      const { code, message, exitCode } = explained(error);
      const redact = createRedact(context.account.secrets);
      return handOver(
        {
          run,
          status: 'stopped',
          profile,
          vendor,
          source,
          exit_code: exitCode,
          error: { code, message: redact(message) },
        },
        context,
      );
    },
  };
  try {
    return await work(watch);
  } catch (error) {
    const { code, message, hint, exitCode } = explained(error);
    log?.write('error', { code, message, hint, exit_code: exitCode });
    throw error;
  } finally {
    log?.close();
  }
}

function explained(error: unknown): Pick<OppatchError, 'code' | 'message' | 'hint' | 'exitCode'> {
  if (error instanceof OppatchError) return error;
  return {
    code: 'internal-error',
    message: error instanceof Error ? error.message : String(error),
    hint: undefined,
    exitCode: 1,
  };
}

export function runBegin(header: RunHeader, known: KnownAccount | undefined): LogFields {
  const { run, command, profile, vendor, baseUrl, source, input } = header;
  const host = new URL(baseUrl).host;
  return { run, command, profile, vendor, account: known?.name, host, source, rows: input.rows };
}

function runEnd(
  { run, status, exit_code, rows, calls, elapsed_ms }: RunSummary,
  reason: string | undefined,
): LogFields {
  return { run, status, exit_code, reason, ...rows, calls: calls.sent, throttled: calls.throttled, elapsed_ms };
}
