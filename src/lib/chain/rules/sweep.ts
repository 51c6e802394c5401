import { equal } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';
import { enforce } from '../errors.js';
import { readBounty } from '../state.js';
import type { Bounty, SweepTx } from '../types.js';
import { checkDistinct, checkSignatures } from './common.js';
import { checkBalance, credit, type TxRun, takeFee } from './run.js';

/**
 * A bounty pays who can sign with its key, which takes the challenged bytes. Every signature covers
 * the whole body, so no entry can be peeled off or pointed elsewhere (PROTOCOL §11, row 6).
 */
export function validateSweep(run: TxRun<SweepTx>): void {
  const { entries } = run.tx;
  checkDistinct(entries.map((entry) => entry.bounty));
  const bounties = entries.map(({ bounty: id, to }) => {
    const bounty = readBounty(run.state, id);
    enforce(bounty !== undefined, 'bounty-unknown');
    enforce(run.context.slot <= bounty.expires, 'bounty-expired');
    enforce(bounty.payee === null || equal(bounty.payee, to), 'wrong-payee');
    return bounty;
  });
  checkSignatures(
    run,
    bounties.map((bounty) => bounty.key),
  );
}

/** The fee is shared evenly among the entries; the first bears what does not divide. */
export function feeShare(fee: bigint, entries: number, index: number): bigint {
  const share = fee / BigInt(entries);
  return index === 0 ? fee - share * BigInt(entries - 1) : share;
}

export function applySweep(run: TxRun<SweepTx>): void {
  const { entries, fee } = run.tx;
  takeFee(run);
  for (const [i, { bounty: id, to }] of entries.entries()) {
    const bounty: Bounty | undefined = readBounty(run.state, id);
    invariant(bounty, 'a validated bounty is there');
    const share = feeShare(fee, entries.length, i);
    enforce(bounty.amount >= share, 'insufficient');
    run.state.setBounty(id, null);
    credit(run, to, bounty.amount - share, 'sweep', id);
    run.events.push({ kind: 'swept', bountyId: id, bounty, to, txid: run.txid });
  }
  for (const { to } of entries) checkBalance(run, to);
}
