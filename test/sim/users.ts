import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import { readBond } from '../../src/lib/chain/stake/bond.js';
import { readAccount, readGlobals } from '../../src/lib/chain/state.js';
import type { Address, BondTx, EvidenceTx, StakedHeader, TransferTx, Tx } from '../../src/lib/chain/types.js';
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
  if (!node.up) return;
  trySubmit(node, payment(node, [random.pick(nodes).character.owner.address], BigInt(random.int(1_000, 50_000))));
}

/** The owner of a node bonds half of what he has, and again when he has earned as much anew. */
export function bonds(node: SimNode): void {
  const { ledger, mempool, character } = node;
  const { owner } = character;
  const { params } = ledger;
  const account = readAccount(mempool.pending, owner.address);
  const bond = readBond(mempool.pending, owner.address);
  if (!account || account.balance < 4n * params.minBond) return;
  if (bond && (bond.state.kind !== 'active' || account.balance < bond.stake)) return;
  const draft: BondTx = {
    ...{ kind: 'bond', ref: refOf(node), fee: 0n, from: owner.address, seq: account.seq, amount: account.balance / 2n },
    ...{ vrfKey: owner.vrf.publicKey, signingKey: owner.signingKey },
  };
  trySubmit(node, signed(node, draft));
}

export function evidence(node: SimNode, first: StakedHeader, second: StakedHeader): Uint8Array {
  const { owner } = node.character;
  const draft: EvidenceTx = { kind: 'evidence', ref: refOf(node), fee: 0n, first, second, to: owner.address };
  return signed(node, draft);
}

const refOf = ({ ledger: { tip } }: SimNode) => ({ height: tip.height, id: tip.id });

/** With twice the least fee. */
function signed({ ledger, character }: SimNode, draft: Tx): Uint8Array {
  const { params } = ledger;
  const fee = requiredFee(params, readGlobals(ledger.state).baseFee, draft) * 2n;
  return encodeSignedTx(signTx({ ...draft, fee }, params.derived.genesisId, character.owner.signer));
}

export function trySubmit(node: SimNode, bytes: Uint8Array | undefined): void {
  if (!bytes) return;
  try {
    node.submit(bytes);
  } catch (error) {
    // A base fee that rose, a pool that is full, somebody else who was first: the sender would look again.
    if (!(error instanceof LedgerError)) throw error;
  }
}
