import { describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import { checkBaseUrl } from '../../src/transport/base-url.ts';

function refusal(text: string): OppatchError {
  try {
    checkBaseUrl(text);
  } catch (error) {
    if (error instanceof OppatchError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('a base URL', () => {
  it.each([
    ['https://api.close.com/api/v1', 'https://api.close.com/api/v1'],
    ['https://api.close.com/api/v1/', 'https://api.close.com/api/v1'],
    ['https://API.Close.com:443/api/v1//', 'https://api.close.com/api/v1'],
    ['https://proxy.example:8443', 'https://proxy.example:8443/'],
    ['https://proxy.example/?', 'https://proxy.example/'],
    ['https://proxy.example/v2#', 'https://proxy.example/v2'],
    ['http://127.0.0.1:8080/v1', 'http://127.0.0.1:8080/v1'],
    ['http://127.9.9.9', 'http://127.9.9.9/'],
    ['http://127.1', 'http://127.0.0.1/'],
    ['http://localhost:3000/', 'http://localhost:3000/'],
    ['http://[::1]:3000/x', 'http://[::1]:3000/x'],
  ])('%s is taken as %s', (text, expected) => {
    expect(checkBaseUrl(text).href).toBe(expected);
  });

  it.each([
    'http://api.close.com/api/v1',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://example.com:80#@127.0.0.1'.replace('#', '/'),
    'http://0.0.0.0',
    'http://192.168.0.1',
    'http://[::ffff:127.0.0.1]',
    'http://[::]',
    'http://128.0.0.1',
  ])('%s is refused: plain http leaves this machine', (text) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: 'insecure-base-url', exitCode: 2, place: '--base-url' });
    expect(error.hint).toContain('https');
  });

  it.each([
    '',
    'api.close.com/api/v1',
    'api.close.com',
    '/api/v1',
    'ftp://api.close.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
    'https://user:hunter2@api.close.com',
    'https://hunter2@api.close.com',
    'https://api.close.com/?key=hunter2',
    'https://api.close.com/#hunter2',
    'hunter2:hunter2@api.close.com',
    'http://user:hunter2@localhost',
  ])('%j is refused, and what may be a credential is not repeated', (text) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: 'bad-base-url', exitCode: 2, place: '--base-url' });
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
  });
});
