import { scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { ReplyDetail } from '../shared/http-status.ts';

/**
 * `{"errors":[…],"field-errors":{"value":"text"}}` or `{"error":"text"}`; either key may be absent, and a field's error may be nested.
 * Seen in the tests of https://github.com/closeio/closeio-api and in https://github.com/closeio/flask-mongorest, 2026-10.
 */
export function closeErrorDetail(status: number, body: JsonObject): ReplyDetail {
  const fieldErrors = errorTexts(body['field-errors'], '');
  const texts = [...fieldErrors, ...errorTexts(body['errors'], ''), ...errorTexts(body['error'], '')];
  const code =
    status === 400
      ? fieldErrors.length > 0
        ? 'field-errors'
        : 'bad-request'
      : status === 402
        ? 'plan-limit'
        : undefined;
  return {
    ...(code === undefined ? {} : { code }),
    ...(texts.length === 0 ? {} : { message: excerpt(texts.join('; '), 500) }),
  };
}

function errorTexts(errors: Json | undefined, place: string, depth = 0): readonly string[] {
  if (errors === undefined || errors === null || depth > 5) return [];
  const text = scalarText(errors);
  if (text !== undefined) return text === '' ? [] : [place === '' ? text : `${place}: ${text}`];
  const members: readonly [string, Json | undefined][] = Object.entries(errors as JsonObject | readonly Json[]);
  return members.flatMap(([key, value]) => {
    const anonymous = Array.isArray(errors) || key === 'errors' || key === 'field-errors';
    return errorTexts(value, anonymous ? place : place === '' ? key : `${place}.${key}`, depth + 1);
  });
}
