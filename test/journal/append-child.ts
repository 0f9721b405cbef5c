import { AppendLog } from '../../src/journal/append-log.ts';

/** Appends without end, many at once, and sends the number of each line that is durable. */
const [path = ''] = process.argv.slice(2);
const log = await AppendLog.open(path, 0);
let next = 0;
const writer = async (): Promise<void> => {
  for (;;) {
    next += 1;
    const row = next;
    log.append(`row ${row}`);
    await log.durable();
    process.send?.(row);
  }
};
await Promise.all(Array.from({ length: 16 }, writer));
