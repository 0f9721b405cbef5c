import type { Field } from '../../core/field.ts';
import type { Setting, Settings } from '../../core/vendor.ts';

/** The setting `clear` of a vendor whose documentation does not say how a field is cleared. `record`: what it calls an opportunity. */
export function clearSetting(title: string, record: string): Setting {
  return {
    name: 'clear',
    description: `How a field is cleared, which the documentation of ${title} does not say: refuse (not at all), null, or empty (an empty text). Try it on one ${record} first.`,
    default: 'refuse',
    options: ['refuse', 'null', 'empty'],
  };
}

/** What the setting `clear` makes of a field that may have no value. */
export function clearingOf(
  settings: Settings,
  title: string,
  record: string,
): Pick<Field, 'cleared'> | Pick<Field, 'clearingHint'> {
  const how = settings['clear'];
  if (how === 'null') return { cleared: { value: null } };
  if (how === 'empty') return { cleared: { value: '' } };
  return {
    clearingHint: `${title} does not document how a field is cleared. Once you have tried it on one ${record}, add --setting clear=null (or clear=empty).`,
  };
}
