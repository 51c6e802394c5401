import { equal } from '../../util/bytes.js';
import { enforce } from '../errors.js';
import { headerMessage } from '../header.js';
import { readBond, removeBond } from '../stake/bond.js';
import { readGlobals } from '../state.js';
import type { EvidenceTx } from '../types.js';
import { checkBalance, credit, type TxRun, takeFee } from './run.js';

/** What a bond's reporter gets of it: a twentieth. Who reports itself loses the rest. */
export function rewardOf(stake: bigint): bigint {
  return stake / 20n;
}

/**
 * Two headers of one slot under one bond's key: on two branches as well as on one. Whether the slot was the bond's to
 * lead is not asked: nobody honest signs two. What was signed before the bond was made is an earlier life's.
 */
export function validateEvidence(run: TxRun<EvidenceTx>): void {
  const { tx, state, context } = run;
  const { first, second } = tx;
  const { derived } = context.params;
  const headers = [first, second];
  const messages = headers.map((header) => headerMessage(header, derived.genesisId));
  enforce(first.slot === second.slot && equal(first.producer, second.producer), 'evidence-pair');
  // Signatures apart: to sign one header twice is no offence.
  enforce(!equal(messages[0]!, messages[1]!), 'evidence-pair');
  const bond = readBond(state, first.producer);
  enforce(bond !== undefined, 'bond-unknown');
  enforce(first.slot >= bond.since, 'evidence-early');
  enforce(context.slot - first.slot <= derived.bondSlots, 'evidence-late');
  enforce(tx.fee <= (context.defences?.rewardOf ?? rewardOf)(bond.stake), 'insufficient');
  for (const [i, { proof }] of headers.entries()) context.check(proof.signature, messages[i]!, bond.signingKey);
}

/** The bond goes whatever its state, so that one offence is paid for once; but for the reward it is burnt. */
export function applyEvidence(run: TxRun<EvidenceTx>): void {
  const { tx, txid, state } = run;
  takeFee(run);
  const account = tx.first.producer;
  const { stake } = readBond(state, account)!;
  const reward = (run.context.defences?.rewardOf ?? rewardOf)(stake);
  removeBond(state, account);
  const globals = readGlobals(state);
  state.setGlobals({ ...globals, burnt: globals.burnt + stake - reward });
  if (reward > tx.fee) {
    credit(run, tx.to, reward - tx.fee, 'slash', null);
    checkBalance(run, tx.to);
  }
  run.events.push({ kind: 'bond', account, bond: null, txid });
}
