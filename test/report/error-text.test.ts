import { describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import { createRedact } from '../../src/core/redact.ts';
import { errorJson, errorText, unexpectedErrorText } from '../../src/report/error-text.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { coloured, controlsIn, hostile, plain } from './samples.ts';

const secret = 'sk_4711_very_secret';
const redact = createRedact([secret]);
const options = { columns: 80, redact };
const unexpected = { ...options, version: '0.1.0', verbose: false };

describe('errorText', () => {
  it('says where, what and what to type next', () => {
    const error = new OppatchError('bad-rate', '"25" is not a rate.', { place: '--rate', hint: 'Write 25/5s.' });
    expect(errorText(error, plain, options)).toBe('error --rate: "25" is not a rate.\n  → Write 25/5s.');
    expect(errorText(new OppatchError('x', 'Alone.'), plain, options)).toBe('error Alone.');
  });

  it('keeps the lines of a list and of a hint', () => {
    const error = new OppatchError('x', '2 rows:\n  line 2: a\n  line 3: b', { hint: 'One.\nTwo.' });
    expect(errorText(error, plain, options)).toBe('error 2 rows:\n  line 2: a\n  line 3: b\n  → One.\n    Two.');
  });

  it('fits the terminal, the place included', () => {
    const words = 'many words '.repeat(30);
    const error = new OppatchError('x', `${words}\n  ${words}`, {
      place: 'a file with blanks in its name.csv:17',
      hint: words,
    });
    for (const columns of [80, 40, 24]) {
      const text = errorText(error, coloured, { ...options, columns });
      for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }
    expect(errorText(error, plain, { ...options, columns: Number.POSITIVE_INFINITY }).split('\n')).toHaveLength(3);
  });

  it('colours label and place only', () => {
    const error = new OppatchError('x', 'What.', { place: 'edits.csv:3' });
    expect(errorText(error, coloured, options)).toBe(
      `${coloured.bad('error')} ${coloured.strong('edits.csv:3:')} What.`,
    );
  });

  it('lets no secret and no control character through', () => {
    const text = `${secret} ${hostile}`;
    const told = errorText(new OppatchError('x', text, { place: text, hint: text }), plain, options);
    expect(told).not.toContain(secret);
    expect(controlsIn(told)).toEqual([]);
  });
});

describe('errorJson', () => {
  it('is code, message with its place, and hint', () => {
    expect(errorJson(new OppatchError('c', 'm', { place: 'p', hint: 'h' }), redact)).toEqual({
      error: { code: 'c', message: 'p: m', hint: 'h' },
    });
    expect(errorJson(new OppatchError('c', 'm'), redact)).toEqual({ error: { code: 'c', message: 'm', hint: null } });
  });

  it('lets no secret through', () => {
    const error = new OppatchError('c', `a ${secret}`, { place: secret, hint: `Basic ${btoa(`${secret}:`)}` });
    expect(JSON.stringify(errorJson(error, redact))).not.toMatch(
      new RegExp(`${secret}|${btoa(`${secret}:`).slice(0, 20)}`),
    );
  });
});

function shown(error: unknown): string {
  return unexpectedErrorText(error, plain, { ...unexpected, verbose: true });
}

describe('unexpectedErrorText', () => {
  it('is short, says that it is a bug and in which version, and what to report', () => {
    const text = unexpectedErrorText(new TypeError('x is undefined'), plain, { ...unexpected, columns: 200 });
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('error Unexpected: x is undefined');
    expect(text).toContain(`bug in oppatch 0.1.0 (Node ${process.versions.node}, ${process.platform})`);
    expect(text).toContain('--verbose');
    expect(text).not.toContain('error-text.test.ts');
  });

  it('shows the stack and its causes with --verbose, without secrets', () => {
    const error = new Error(`outer ${secret}`, { cause: new Error(`inner ${secret} ${hostile}`) });
    const text = unexpectedErrorText(error, plain, { ...unexpected, verbose: true });
    expect(text).toMatch(/outer \*\*\*[^]*error-text\.test\.ts[^]*caused by Error: inner \*\*\*/);
    expect(text).not.toContain(secret);
    expect(controlsIn(text)).toEqual([]);
  });

  it('survives what is not an error, has no message, or is its own cause', () => {
    expect(shown('a text')).toContain('Unexpected: a text');
    expect(shown(undefined)).toContain('Unexpected: undefined');
    expect(shown(new RangeError())).toContain('Unexpected: RangeError');
    const circle = new Error('round');
    circle.cause = circle;
    expect(shown(circle).match(/caused by/g)?.length).toBeLessThan(10);
  });
});
