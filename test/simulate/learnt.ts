import type { Outcome } from './outcome.js';
import type { Flow } from './purse.js';
import type { Setting } from './setting.js';

/**
 * The setting in which stewards know from a world before, all of whose agents were honest, what serving costs them, and how much of
 * what they kept nobody paid. How
 * often a share is sent depends on too much to be estimated well, and who bids less than his costs is not the honest one to
 * compare with: whoever keeps nothing, or asks for more, does better than he.
 */
export function learnt(setting: Setting, { stewards }: Outcome): Setting {
  const spent = (flow: Flow) => -stewards.reduce((sum, { flows }) => sum + flows[flow], 0);
  const unpaid = stewards.reduce((sum, seat) => sum + seat.unpaid, 0);
  const cost = spent('send') + spent('fee') + spent('deposit') + unpaid;
  return { ...setting, servingPart: cost / spent('keep') };
}
