/** A plain decimal with its digits in groups and none of them changed: `1234567.50` is `1,234,567.50`. Other text stays as it is. */
export function decimalWords(text: string): string {
  const parts = /^([+-]?)(\d+)((?:\.\d+)?)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = ''] = parts;
  return `${sign}${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}${fraction}`;
}

/** A decimal as an amount of money, `42000.5` as `42,000.50`: in groups, with two digits behind the point at least where there are any. */
export function amountWords(text: string): string {
  return decimalWords(text).replace(/\.\d$/, '$&0');
}
