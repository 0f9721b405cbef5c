import { isOwnColumn, ownColumns, ownValues, type ResultFormat } from './result-format.ts';

/** NDJSON: each object with the text that it has in the input, numbers and spelling included, our members behind its own. */
export const jsonResultFormat: ResultFormat = {
  extension: 'ndjson',
  line: (row, outcome) => {
    if (row.kind !== 'json') throw new TypeError(`row ${row.row} is ${row.kind}, not json`);
    const members = row.members.some(([name]) => isOwnColumn(name))
      ? membersWithout(row.text, isOwnColumn)
      : row.text.trim().slice(1, -1).trim();
    let own = '';
    for (const [index, value] of ownValues(outcome).entries())
      if (value !== undefined) own += `${own === '' ? '' : ','}"${ownColumns[index]}":${JSON.stringify(value)}`;
    return `{${members}${members === '' ? '' : ','}${own}}`;
  },
};

/** The members of an object's text but for some, as they are written, without the braces. `text` is valid JSON. */
export function membersWithout(text: string, isLeftOut: (name: string) => boolean): string {
  return memberTexts(text)
    .filter((member) => !isLeftOut(nameOf(member)))
    .join(',');
}

function nameOf(member: string): string {
  const name = /^"[^"\\]*(?:\\.[^"\\]*)*"/.exec(member)?.[0] ?? '""';
  return JSON.parse(name) as string;
}

/** A text, or one character that is not a part of a text. */
const piece = /"[^"\\]*(?:\\.[^"\\]*)*"|[^"]/g;

/** Cuts an object's text at the commas between its own members. */
function memberTexts(text: string): string[] {
  const inside = text.trim().slice(1, -1);
  const members: string[] = [];
  let depth = 0;
  let begin = 0;
  for (const { 0: token, index } of inside.matchAll(piece)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === ',' && depth === 0) {
      members.push(inside.slice(begin, index).trim());
      begin = index + 1;
    }
  }
  const last = inside.slice(begin).trim();
  return last === '' ? members : [...members, last];
}
