import type { StakedHeader } from '../chain/types.js';
import { formatAddress } from '../crypto/address.js';
import type { Context } from './context.js';
import { spend } from './spend.js';

/**
 * What is done about a leader that made two headers for one slot: it is logged, and where the wallet is open its
 * evidence is sent, for the reward. Others that saw it send theirs; one gets into a block, and the rest come to nothing.
 */
export async function reportTwins(context: Context, first: StakedHeader, second: StakedHeader): Promise<void> {
  const { books, log, wallet } = context;
  const told = { leader: formatAddress(first.producer), slot: first.slot };
  log.warn(told, 'a leader made two blocks for one slot');
  if (!wallet.unlocked) return;
  try {
    const draft = { kind: 'evidence' as const, first, second, to: wallet.main };
    await books.exclusive(() => spend(context, { draft }));
  } catch (error) {
    log.info({ ...told, error: (error as Error).message }, 'no evidence was sent');
  }
}
