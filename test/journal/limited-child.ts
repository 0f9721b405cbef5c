import { spawn } from 'node:child_process';
import { AppendLog } from '../../src/journal/append-log.ts';
import { listRuns } from '../../src/journal/run-listing.ts';

/** Does a task under a limit of the system (`ulimit`), which holds for the process that it starts itself again in. */
const [limit = '', task = '', path = ''] = process.argv.slice(2);

/** Appends from several sides until each side is refused. */
async function fillDisk(): Promise<void> {
  const log = await AppendLog.open(path, 0);
  let next = 0;
  const refusals: unknown[] = [];
  const writer = async (): Promise<void> => {
    for (;;) {
      next += 1;
      const row = next;
      try {
        log.append(`row ${row} ${'ä'.repeat(row % 900)}`);
        await log.durable();
      } catch (error) {
        refusals.push(error);
        return;
      }
      process.send?.({ row });
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
  await log.close();
  const [first] = refusals;
  const { code, message, hint } = first as { code: string; message: string; hint: string };
  process.send?.({ refusals: refusals.length, same: new Set(refusals).size === 1, code, message, hint });
}

if (process.env['OPPATCH_LIMITED'] === undefined) {
  const words = ['-c', `ulimit ${limit} && exec "$0" "$@"`, process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, OPPATCH_LIMITED: '1' };
  const limited = spawn('sh', words, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  limited.on('message', (message) => process.send?.(message));
  limited.on('close', (code) => (process.exitCode = code ?? 1));
} else if (task === 'fill-disk') {
  await fillDisk();
} else {
  process.send?.((await listRuns(path)).length);
}
