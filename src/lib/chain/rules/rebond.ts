import { enforce } from '../errors.js';
import { readBond } from '../stake/bond.js';
import { book } from '../stake/boundary.js';
import { epochOf } from '../stake/epoch.js';
import type { RebondTx } from '../types.js';
import { checkSequence, checkSigner } from './common.js';
import { checkRemainder, debit, type TxRun, takeFee } from './run.js';

export function validateRebond(run: TxRun<RebondTx>): void {
  const { tx, state } = run;
  checkSequence(run, tx.from, tx.seq);
  const bond = readBond(state, tx.from);
  enforce(bond !== undefined, 'bond-unknown');
  enforce(bond.state.kind === 'absent', 'bond-present');
  checkSigner(run, tx.from);
}

/** A sign of life: the running epoch, of which most may be over, is not held against the bond. */
export function applyRebond(run: TxRun<RebondTx>): void {
  const { tx, state, context } = run;
  takeFee(run);
  debit(run, tx.from, tx.fee, 'rebond', null);
  checkRemainder(run, tx.from);
  const signed = epochOf(context.params, context.slot);
  book(run, tx.from, { ...readBond(state, tx.from)!, state: { kind: 'active' }, missed: 0n, signed });
}
