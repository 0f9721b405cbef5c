import { OppatchError } from '../core/errors.ts';
import { credentialProblem } from './credentials-json.ts';

const mostBytes = 65_536;

/** Reads a refresh token, alone on one line, from a stream (stdin). Never repeats it. */
export async function readRefreshToken(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > mostBytes) throw wrong('is longer than 64 KiB');
    chunks.push(part);
  }
  const token = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  const problem = credentialProblem(token) ?? (/^[{["']|\s/.test(token) ? 'is not the token alone' : undefined);
  if (problem !== undefined) throw wrong(problem);
  return token;
}

function wrong(problem: string): OppatchError {
  return new OppatchError('bad-refresh-token', `The refresh token ${problem}.`, {
    place: 'stdin',
    hint: 'Give the refresh token alone, in one line, without quotes.',
  });
}
