// Files of edits for Close, of any length: six columns, two of them numbers, one a date, one quoted text.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const writers = {
  csv: {
    begin: 'id,amount,close_date,confidence,note,custom.cf_a\n',
    row: (n) => `oppo_${n},${n}.50,2026-12-18,${n % 100},"note ${n}, with text",v${n}\n`,
    end: '',
  },
  ndjson: { begin: '', row: (n) => `${objectText(n)}\n`, end: '' },
  json: { begin: '[\n', row: (n) => `${n === 1 ? '' : ',\n'}${objectText(n)}`, end: '\n]\n' },
};

function objectText(n) {
  return `{"id":"oppo_${n}","amount":${n}.5,"close_date":"2026-12-18","confidence":${n % 100},"note":"note ${n}, with text","custom.cf_a":"v${n}"}`;
}

export async function writeEdits(path, rows, format = 'csv') {
  const { begin, row, end } = writers[format];
  const stream = createWriteStream(path);
  let text = begin;
  for (let n = 1; n <= rows; n += 1) {
    text += row(n);
    if (text.length < 1 << 16) continue;
    if (!stream.write(text)) await once(stream, 'drain');
    text = '';
  }
  stream.end(text + end);
  await once(stream, 'finish');
  return path;
}
