import { spendingFlags } from './flags.js';
import { Flags } from './oclif.js';

/** On what acts but does not spend: its fee comes out of what it claims. */
export const requestIdFlag = { 'request-id': spendingFlags['request-id'] };

export const roleFlag = {
  role: Flags.option({ options: ['owner', 'steward'] as const })({
    description: 'owner: what I pay for; steward: what I am paid for',
    helpValue: 'ROLE',
  }),
};
