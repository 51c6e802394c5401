import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import { readAccount, readGlobals } from '../../src/lib/chain/state.js';
import type { Address, TransferTx } from '../../src/lib/chain/types.js';
import type { SimNode } from './node.js';
import type { Random } from './random.js';

/** Payments from the owner of a node, on top of what waits in its pool; nothing where there is too little. */
export function payment(node: SimNode, to: readonly Address[], amount: bigint, seqAhead = 0n): Uint8Array | undefined {
  const { ledger, mempool, character } = node;
  const { address, signer } = character.owner;
  const account = readAccount(mempool.pending, address);
  if (!account) return undefined;
  const { tip, params } = ledger;
  const draft: TransferTx = {
    kind: 'transfer',
    ref: { height: tip.height, id: tip.id },
    fee: 0n,
    from: address,
    seq: account.seq + seqAhead,
    outputs: to.map((payee) => ({ to: payee, amount })),
    memo: new Uint8Array(0),
  };
  const fee = requiredFee(params, readGlobals(ledger.state).baseFee, draft) * 2n;
  if (account.balance < fee + amount * BigInt(to.length) + params.minAccount) return undefined;
  return encodeSignedTx(signTx({ ...draft, fee }, params.derived.genesisId, signer));
}

/** Somebody pays somebody, now and then. */
export function pays(nodes: readonly SimNode[], random: Random): void {
  const node = random.pick(nodes);
  const bytes =
    node.up && payment(node, [random.pick(nodes).character.owner.address], BigInt(random.int(1_000, 50_000)));
  if (!bytes) return;
  try {
    node.submit(bytes);
  } catch (error) {
    // A base fee that rose, or a pool that is full: the payer would try again.
    if (!(error instanceof LedgerError)) throw error;
  }
}
