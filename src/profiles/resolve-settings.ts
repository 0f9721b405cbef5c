import { OppatchError } from '../core/errors.ts';
import { nearestHint } from '../core/nearest.ts';
import { printable } from '../core/printable.ts';
import type { Setting, Settings, Vendor } from '../core/vendor.ts';
import { environmentName, environmentValue, type Environment } from './environment-name.ts';

/** Throws `unknown-setting` or `bad-setting`. `place` says where the settings stand: a flag, a profile. */
export function checkSettings(vendor: Vendor, given: Settings, place = '--setting'): void {
  for (const [name, value] of Object.entries(given)) {
    const setting = vendor.settings.find((known) => known.name === name);
    if (setting === undefined) throw unknownSetting(vendor, name, place);
    checkValue(setting, value, place);
  }
}

/** Every setting of the vendor with its value: flag, environment, profile, default. `notes` tells which the environment decided. */
export function resolveSettings(
  vendor: Vendor,
  from: {
    readonly flags: Settings;
    readonly env: Environment;
    readonly profile: { readonly name: string; readonly settings: Settings } | undefined;
  },
): { readonly settings: Settings; readonly notes: readonly string[] } {
  checkSettings(vendor, from.flags);
  const stored = from.profile?.settings ?? {};
  if (from.profile !== undefined) checkSettings(vendor, stored, `profile ${from.profile.name}`);
  const notes: string[] = [];
  const settings = vendor.settings.map((setting): [string, string] => {
    const { name } = setting;
    if (Object.hasOwn(from.flags, name)) return [name, from.flags[name] ?? ''];
    const variable = environmentName(vendor.name, name);
    const value = environmentValue(from.env, variable);
    const kept = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (value === undefined) return [name, kept ?? setting.default];
    checkValue(setting, value, variable);
    if (value !== (kept ?? setting.default)) notes.push(`${name} is ${printable(value)}, from ${variable}.`);
    return [name, value];
  });
  return { settings: Object.fromEntries(settings), notes };
}

function checkValue({ name, options, problem }: Setting, value: string, place: string): void {
  const shown = JSON.stringify(printable(value.slice(0, 80)));
  if (options !== undefined && !options.includes(value)) {
    throw new OppatchError('bad-setting', `Invalid value ${shown} for setting ${name}.`, {
      place,
      hint: `${nearestHint(value, options)}Possible are ${options.join(', ')}.`,
    });
  }
  const reason = problem?.(value);
  if (reason !== undefined) throw new OppatchError('bad-setting', `${name}: ${shown} ${reason}.`, { place });
}

function unknownSetting(vendor: Vendor, name: string, place: string): OppatchError {
  const names = vendor.settings.map((setting) => setting.name);
  return new OppatchError('unknown-setting', `${vendor.title} has no setting ${printable(name)}.`, {
    place,
    hint: names.length === 0 ? 'It has no settings.' : `${nearestHint(name, names)}Known are ${names.join(', ')}.`,
  });
}
