import { enforce } from '../errors.js';
import { type Bond, mayLeave, readBond } from '../stake/bond.js';
import { book, leave } from '../stake/boundary.js';
import { readGlobals } from '../state.js';
import type { UnbondTx } from '../types.js';
import { checkSequence, checkSigner } from './common.js';
import { checkRemainder, debit, type TxRun, takeFee } from './run.js';

export function validateUnbond(run: TxRun<UnbondTx>): void {
  const { tx, state } = run;
  checkSequence(run, tx.from, tx.seq);
  const bond = readBond(state, tx.from);
  enforce(bond !== undefined, 'bond-unknown');
  enforce(bond.state.kind === 'active' || bond.state.kind === 'absent', 'bond-leaving');
  checkSigner(run, tx.from);
}

/** The whole bond. It goes at once where enough stays and nobody waits already; else an epoch's start lets it go. */
export function applyUnbond(run: TxRun<UnbondTx>): void {
  const { tx, state, context } = run;
  takeFee(run);
  debit(run, tx.from, tx.fee, 'unbond', null);
  checkRemainder(run, tx.from);
  const bond = readBond(state, tx.from)!;
  if (mayGoNow(run, bond)) leave(run, tx.from, bond);
  else book(run, tx.from, { ...bond, state: { kind: 'waiting', since: context.slot } });
}

function mayGoNow({ state, context }: TxRun, bond: Bond): boolean {
  if (bond.state.kind === 'absent') return true;
  const globals = readGlobals(state);
  return globals.waiting === 0 && (context.defences?.mayLeave ?? mayLeave)(globals, bond.stake);
}
