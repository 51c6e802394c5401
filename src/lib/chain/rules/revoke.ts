import { equal } from '../../util/bytes.js';
import { enforce } from '../errors.js';
import { readBounty } from '../state.js';
import type { RevokeTx } from '../types.js';
import { checkDistinct, checkSigner } from './common.js';
import { creditOrPool, type Defences, type TxRun, takeFee } from './run.js';

/** Only after it expired: what is posted cannot be taken back while it may be earned. */
const mayRevoke: Defences['mayRevoke'] = ({ expires }, slot) => slot > expires;

export function validateRevoke(run: TxRun<RevokeTx>): void {
  const { from, bounties } = run.tx;
  const { context } = run;
  checkDistinct(bounties);
  for (const id of bounties) {
    const bounty = readBounty(run.state, id);
    enforce(bounty !== undefined, 'bounty-unknown');
    enforce(equal(bounty.funder, from), 'wrong-funder');
    enforce((context.defences?.mayRevoke ?? mayRevoke)(bounty, context.slot), 'bounty-live');
  }
  checkSigner(run, from);
}

export function applyRevoke(run: TxRun<RevokeTx>): void {
  const { from, bounties, fee } = run.tx;
  takeFee(run);
  const open = bounties.map((id) => ({ id, bounty: readBounty(run.state, id)! }));
  const sum = open.reduce((total, { bounty }) => total + bounty.amount, 0n);
  enforce(sum >= fee, 'insufficient');
  for (const { id, bounty } of open) {
    run.state.setBounty(id, null);
    run.events.push({ kind: 'revoked', bountyId: id, bounty, txid: run.txid });
  }
  // One credit for all: apart, each might be too little for an account that does not exist.
  creditOrPool(run, from, sum - fee, 'revoke', bounties[0]!);
}
