/** Does one thing with a database or a lock, as a process of its own: `state-child ACTION PATH …`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { openDatabase } from '../../src/state/database.ts';
import { tryLock, withLock } from '../../src/state/lock.ts';

const [, , action = '', path = '', count = '0'] = process.argv;

function say(text: string): void {
  process.send?.(text);
}

switch (action) {
  case 'increment': {
    say('ready');
    await new Promise((resolve) => process.once('message', resolve));
    const database = await openDatabase(path, 'CREATE TABLE IF NOT EXISTS tally (n INTEGER NOT NULL)');
    for (let i = 0; i < Number(count); i += 1) {
      await database.transaction((sql) => {
        const n = Number(sql.get('SELECT n FROM tally')?.['n'] ?? 0);
        if (sql.run('UPDATE tally SET n = ?', n + 1) === 0) sql.run('INSERT INTO tally VALUES (?)', n + 1);
      });
    }
    database.close();
    break;
  }
  case 'hang-in-transaction': {
    const database = await openDatabase(path, 'CREATE TABLE IF NOT EXISTS tally (n INTEGER NOT NULL)');
    await database.transaction((sql) => {
      sql.run('INSERT INTO tally VALUES (?)', 99);
      say('written');
      // The message is on its way already; this process stays inside its transaction.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
    break;
  }
  case 'hold': {
    const lock = await tryLock(path, { purpose: 'hold it in a test' });
    say('heldBy' in lock ? 'refused' : 'held');
    process.on('message', () => {
      if (!('heldBy' in lock)) lock.release();
      process.disconnect();
    });
    break;
  }
  case 'add-under-lock': {
    for (let i = 0; i < Number(count); i += 1) {
      await withLock(
        path,
        async () => {
          const before = Number(readFileSync(`${path}.sum`, 'utf8'));
          await new Promise(setImmediate);
          writeFileSync(`${path}.sum`, String(before + 1));
        },
        { purpose: 'add', waitMs: 60_000 },
      );
    }
    break;
  }
  default:
    throw new Error(`No action ${action}`);
}
if (action !== 'hold') process.disconnect();
