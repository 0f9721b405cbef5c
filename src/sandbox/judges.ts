/** Whether a value on the wire has a form that a field takes. */
export type Judge = (value: unknown) => boolean;

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

export const isInteger: Judge = (value) => Number.isSafeInteger(value);
export const isBoolean: Judge = (value) => typeof value === 'boolean';

export function textOf(form: RegExp): Judge {
  return (value) => isText(value) && form.test(value);
}

export const isDay = textOf(/^\d{4}-\d\d-\d\d$/);

export function orNull(judge: Judge): Judge {
  return (value) => value === null || judge(value);
}
