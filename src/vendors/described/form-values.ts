import { parseDurationMs, parseRate, type Rate } from '../../core/duration.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { pointerProblem } from './pointers.ts';
import { choice, count, json, map, may, text, type Shape } from './shape.ts';
import { pathProblem, queryNameProblem } from './text-problems.ts';

/** Values that several parts of a vendor file are made of. */

/** Checked and turned into what it means. */
function meaningOf<T>(
  shape: Shape<string>,
  convert: (text: string) => T | undefined,
  wrong: string,
  hint: string,
): Shape<T> {
  return {
    schema: shape.schema,
    read: (node, report) => {
      const words = shape.read(node, report);
      const meant = words === undefined ? undefined : convert(words);
      if (words !== undefined && meant === undefined) report(node.offset, wrong, hint);
      return meant;
    },
  };
}

export const duration = (about: string): Shape<number> =>
  meaningOf(
    text({ about }),
    parseDurationMs,
    'is not a time',
    'Write a time such as "500ms", "30s", "5m", "1h" or "1d".',
  );
export const rate: Shape<Rate> = meaningOf(
  text({ about: 'calls per window: "100/1h"' }),
  (words) => {
    const found = parseRate(words);
    return found?.group === undefined ? found : undefined;
  },
  'is not a quota: it needs a number of calls and a window',
  'Write calls/window: "25/5s", "1000/1h", "10000/1d".',
);

export const pointer = (about: string): Shape<string> =>
  text({ about: `a JSON Pointer to ${about}`, problem: pointerProblem, pattern: '^(/.*)?$', may: 'be empty' });
export const words = (about: string): Shape<string> => text({ about });
export const path = text({ about: 'a path below the base URL: "/deals/{id}"', problem: pathProblem, pattern: '^/' });
export const status = count(100, 599, 'an HTTP status');
export const query = map(
  text({ about: 'the value of a query parameter', may: 'be empty' }),
  'query parameters by name',
  queryNameProblem,
);
export const method = choice(['PUT', 'PATCH', 'POST'], 'the method of a call that writes');
export const readMethod = choice(['GET', 'POST'], 'the method of a call that reads');
export const scalar = json('a text, a number, true, false or null', (value: Json) =>
  isJsonObject(value) || Array.isArray(value)
    ? ['stands where one plain value is wanted', 'Write a text, a number, true, false or null.']
    : undefined,
);

/** What a reply has to be like for a rule to count: all that is said of it. */
export const conditions = {
  status: may(status),
  code: may(words('the code of the refusal, as `refusals` finds it')),
  mediaType: may(words('how the Content-Type begins: "text/html"')),
  at: may(pointer('a member of the reply')),
  equals: may(scalar),
} as const;
