import { describe, expect, it } from 'vitest';
import { hasRefusal } from '../../src/run/refusal-beside.ts';

describe('a sign of refusal beside a success', () => {
  it.each([
    '{"id":"1","error":"no"}',
    '{"id":"1","errors":[{}]}',
    '{"id":"1","field-errors":{"note":"no"}}',
    '{"id":"1","ErrorMessage":"no"}',
    '{"id":"1","error_code":7}',
    '{"id":"1","ExceptionType":"X"}',
    '{"id":"1","status":"error"}',
    '{"id":"1","Status":"Failed"}',
    '{"id":"1","code":"2000","description":"no"}',
    '{"id":"1","error":true}',
  ])('is seen in %s', (body) => {
    expect(hasRefusal(body)).toBe(true);
  });

  it.each([
    '',
    '{"id":"1"}',
    '{"id":"1","error":null,"errors":[],"exception":"","fault":{},"errorCode":0,"error_info":false}',
    '{"id":"1","properties":{"error":"a field of the record"}}',
    '{"id":"1","note":"\\"error\\": no"}',
    '{"id":"1","status":"won","code":"A7"}',
    '{"id":"1","terrors":"no","message":"well done"}',
    '[{"error":"no"}]',
    '{"error":"cut off',
  ])('is not seen in %s', (body) => {
    expect(hasRefusal(body)).toBe(false);
  });
});
