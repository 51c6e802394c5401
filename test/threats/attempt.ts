import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import type { Params } from '../../src/lib/chain/params.js';
import { applyTx, readTx } from '../../src/lib/chain/rules/apply.js';
import type { BlockContext } from '../../src/lib/chain/rules/run.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import { readAccount } from '../../src/lib/chain/state.js';
import type { Address } from '../../src/lib/chain/types.js';
import type { TestChain } from '../chain/helpers.js';

/** Parameters that no genesis could ask for: what follows from it is replaced. */
export function bent(params: Params, derived: Partial<Params['derived']>, change: Partial<Params> = {}): Params {
  return { ...params, ...change, derived: { ...params.derived, ...derived } };
}

/** Transactions, one on the other, in the block after the tip: what the rules say to each, and what then is. */
function played(chain: TestChain, txs: readonly Uint8Array[], change: Partial<BlockContext>) {
  const { ledger, params } = chain;
  const state = new Overlay(ledger.state);
  const context: BlockContext = {
    ...{ params, height: ledger.tip.height + 1, slot: ledger.tip.slot + 2, staked: false, check: checkNow },
    blockIdAt: (height) => ledger.idAt(height),
    ...change,
  };
  const verdicts = txs.map((bytes): RuleCode | 'valid' => {
    try {
      applyTx(context, state, readTx(bytes));
      return 'valid';
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return error.rule;
    }
  });
  return { verdicts, state };
}

/** What the rules say to them. */
export function attempt(
  chain: TestChain,
  txs: readonly Uint8Array[],
  change: Partial<BlockContext> = {},
): (RuleCode | 'valid')[] {
  return played(chain, txs, change).verdicts;
}

/** Grains that each of these accounts has more after them. */
export function gained(
  chain: TestChain,
  txs: readonly Uint8Array[],
  accounts: readonly Address[],
  change: Partial<BlockContext> = {},
): bigint[] {
  const { state } = played(chain, txs, change);
  return accounts.map((who) => (readAccount(state, who)?.balance ?? 0n) - chain.balanceOf(who));
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
