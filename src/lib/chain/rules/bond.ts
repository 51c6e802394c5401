import { isValidPoint } from '../../crypto/scalar.js';
import { validateKey } from '../../crypto/vrf.js';
import { formatTokens } from '../../util/amounts.js';
import { equal } from '../../util/bytes.js';
import { enforce } from '../errors.js';
import { type Bond, makeBond, readBond } from '../stake/bond.js';
import { book } from '../stake/boundary.js';
import { epochOf } from '../stake/epoch.js';
import type { BondTx } from '../types.js';
import { checkSequence, checkSigner } from './common.js';
import { checkRemainder, debit, type TxRun, takeFee } from './run.js';

/** A new bond, or more for one that is there: its keys stay, for they may be those of a snapshot already frozen. */
export function validateBond(run: TxRun<BondTx>): void {
  const { tx, state, context } = run;
  checkSequence(run, tx.from, tx.seq);
  const bond = readBond(state, tx.from);
  if (bond) {
    enforce(bond.state.kind !== 'absent', 'bond-absent');
    enforce(bond.state.kind === 'active', 'bond-leaving');
    enforce(equal(bond.vrfKey, tx.vrfKey) && equal(bond.signingKey, tx.signingKey), 'bond-keys');
  } else {
    const { minBond } = context.params;
    enforce(tx.amount >= minBond, 'bond-low', `at least ${formatTokens(minBond)} tokens`);
  }
  checkSigner(run, tx.from);
  if (!bond) enforce(validateKey(tx.vrfKey) && isValidPoint(tx.signingKey), 'bad-key');
}

export function applyBond(run: TxRun<BondTx>): void {
  const { tx, txid, state, context } = run;
  takeFee(run);
  debit(run, tx.from, tx.amount + tx.fee, 'bond', null);
  checkRemainder(run, tx.from);
  const bond = readBond(state, tx.from);
  if (bond) {
    book(run, tx.from, { ...bond, stake: bond.stake + tx.amount });
    return;
  }
  const made: Omit<Bond, 'index'> = {
    ...{ stake: tx.amount, vrfKey: tx.vrfKey, signingKey: tx.signingKey, since: context.slot },
    state: { kind: 'active' },
    ...{ missed: 0n, signed: epochOf(context.params, context.slot), drawn: [0n, 0n] },
  };
  run.events.push({ kind: 'bond', account: tx.from, bond: makeBond(state, tx.from, made), txid });
}
