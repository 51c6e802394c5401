import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import type { Params } from '../../src/lib/chain/params.js';
import { applyTx, readTx } from '../../src/lib/chain/rules/apply.js';
import type { BlockContext } from '../../src/lib/chain/rules/run.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import type { TestChain } from '../chain/helpers.js';

/** Parameters that no genesis could ask for: what follows from it is replaced. */
export function bent(params: Params, derived: Partial<Params['derived']>, change: Partial<Params> = {}): Params {
  return { ...params, ...change, derived: { ...params.derived, ...derived } };
}

/** What the rules say to transactions, one on the other, in the block after the tip. */
export function attempt(
  chain: TestChain,
  txs: readonly Uint8Array[],
  change: Partial<BlockContext> = {},
): (RuleCode | 'valid')[] {
  const { ledger, params } = chain;
  const state = new Overlay(ledger.state);
  const context: BlockContext = {
    ...{ params, height: ledger.tip.height + 1, slot: ledger.tip.slot + 2, staked: false, check: checkNow },
    blockIdAt: (height) => ledger.idAt(height),
    ...change,
  };
  return txs.map((bytes) => {
    try {
      applyTx(context, state, readTx(bytes));
      return 'valid';
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return error.rule;
    }
  });
}

/** What an act was refused for. */
export async function outcome(act: () => unknown): Promise<RuleCode | 'valid'> {
  try {
    await act();
    return 'valid';
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return error.rule;
  }
}
