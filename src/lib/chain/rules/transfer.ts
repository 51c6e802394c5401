import type { TransferTx } from '../types.js';
import { checkSequence, checkSigner } from './common.js';
import { checkBalance, checkRemainder, credit, debit, type TxRun, takeFee } from './run.js';

export function validateTransfer(run: TxRun<TransferTx>): void {
  checkSequence(run, run.tx.from, run.tx.seq);
  checkSigner(run, run.tx.from);
}

export function applyTransfer(run: TxRun<TransferTx>): void {
  const { from, outputs, fee } = run.tx;
  takeFee(run);
  debit(
    run,
    from,
    outputs.reduce((sum, output) => sum + output.amount, fee),
    'transfer',
    null,
  );
  for (const output of outputs) credit(run, output.to, output.amount, 'transfer', null);
  for (const output of outputs) checkBalance(run, output.to);
  checkRemainder(run, from);
}
