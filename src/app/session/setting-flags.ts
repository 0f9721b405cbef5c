import type { AccountOptions } from './options.ts';
import { vendorOutlines, type VendorOutline } from './vendor-outlines.ts';

/** The vendors whose settings have a flag of their own, by the flag. */
export function settingFlags(): readonly {
  readonly flag: string;
  readonly description: string;
}[] {
  const byFlag = new Map<string, VendorOutline[]>();
  for (const vendor of vendorOutlines)
    for (const { flag } of vendor.settings)
      if (flag !== undefined) byFlag.set(flag, [...(byFlag.get(flag) ?? []), vendor]);
  return [...byFlag].map(([flag, having]) => {
    const titles = listed(having.map(({ title }) => title));
    return { flag, description: `the setting ${settingOf(flag)} of ${titles} (\`oppatch vendors NAME\` says more)` };
  });
}

/** `--event-code <code>` → `event-code`. */
function settingOf(flag: string): string {
  return /^--([a-z-]+)/.exec(flag)?.[1] ?? flag;
}

/** `A, B and C`. */
export function listed(titles: readonly string[]): string {
  const last = titles.at(-1) ?? '';
  return titles.length < 2 ? last : `${titles.slice(0, -1).join(', ')} and ${last}`;
}

/** The settings that the flags give. A setting's own flag (`--event-code`) is short for `--setting event-code=`. */
export function givenSettings(options: Pick<AccountOptions, 'setting'>): Readonly<Record<string, string>> {
  const values = options as Readonly<Record<string, unknown>>;
  const own = vendorOutlines.flatMap((vendor) =>
    vendor.settings.flatMap(({ name, flag }): (readonly [string, string])[] => {
      const value = flag === undefined ? undefined : values[attributeOf(flag)];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
  return Object.fromEntries([...options.setting, ...own]);
}

/** The name by which the parsed options hold a flag: `--event-code <code>` → `eventCode`. */
export function attributeOf(flag: string): string {
  return settingOf(flag).replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
}
