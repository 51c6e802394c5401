import { tokens } from './flags.js';
import { Flags } from './oclif.js';

/** On both ways to run a controller. */
export const controllerFlags = {
  'repair-below': Flags.integer({
    description: 'repair a file with fewer live shares than this',
    helpValue: 'N',
    min: 1,
    max: 256,
  }),
  barter: Flags.boolean({ description: 'spend no more in all than was earned here' }),
  'max-spend': tokens({ description: 'spend no more than this in one pass' }),
};
