import type { Rate } from '../../src/core/duration.ts';
import { rateText } from '../../src/core/duration.ts';
import type { Meter } from '../../src/core/vendor.ts';

export function meter(rate: Rate, more: Partial<Meter> = {}): Meter {
  return {
    ...rate,
    name: rateText(rate),
    window: 'sliding',
    evidence: 'documented',
    description: 'of a test',
    ...more,
  };
}
