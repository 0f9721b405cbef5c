/**
 * Exact decimal arithmetic on text. No value passes through a binary float.
 * A decimal is `digits × 10^-scale`; `digits` carries the sign.
 */
export interface Decimal {
  readonly digits: bigint;
  /** Number of digits after the point, 0 or more. */
  readonly scale: number;
}

/** More digits or a larger exponent than any amount of money has; guards against `1e999999999`. */
const longestDecimal = 60;

const plainForm = /^([+-]?)(\d+)(?:\.(\d+))?$/;
const exponentForm = /^([+-]?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,3})$/;

/**
 * Reads a plain decimal with a dot: `1250`, `-0.50`, and (from JSON) `1.25e3`. Grouping such as `1,250` or `1.250,00`, currency
 * signs, blanks, hexadecimal, NaN and Infinity are not decimals: the result is undefined.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const match = plainForm.exec(text) ?? exponentForm.exec(text);
  if (match === null || text.length > longestDecimal) return undefined;
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > longestDecimal) return undefined;
  const magnitude = BigInt(whole + fraction);
  const digits = sign === '-' ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** The shortest plain text of the same value: `1250.50` → `1250.5`, `-0` → `0`, `007` → `7`. */
export function decimalText({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const all = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = all.slice(0, all.length - scale);
  const fraction = all.slice(all.length - scale).replace(/0+$/, '');
  return fraction === '' ? (digits === 0n ? '0' : sign + whole) : `${sign}${whole}.${fraction}`;
}

/** Moves the point `places` to the right, for example 2 for major units → cents. Undefined where a fraction would remain. */
export function toMinorUnits({ digits, scale }: Decimal, places: number): bigint | undefined {
  if (scale <= places) return digits * 10n ** BigInt(places - scale);
  const divisor = 10n ** BigInt(scale - places);
  return digits % divisor === 0n ? digits / divisor : undefined;
}

/** Negative, 0 or positive as `a` is smaller than, equal to or larger than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * 10n ** BigInt(scale - a.scale);
  const right = b.digits * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const digits = a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale);
  return { digits, scale };
}
