import { bountyId } from '../../src/lib/chain/encoding.js';
import type { Address } from '../../src/lib/chain/types.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { u32be } from '../../src/lib/util/bytes.js';
import { alice, Card, TestChain } from '../chain/helpers.js';

export const NONCE = new Uint8Array(32).fill(7);
/** Of each bounty, in grains. */
const AMOUNT = 20_000n;
/** What is left of so many bounties, once the fees of their sweeps are paid. */
export const worth = (bounties: number): bigint => BigInt(bounties) * (AMOUNT - 1_000n);

/** alice's bounties, one for each answer to a challenge. `payee` null leaves open where they go. */
export async function posted(answers: readonly bigint[], payee: Address | null = null) {
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const bounties = answers.map((answer, i) => {
    const item = { name: sha256(u32be(i)), nonce: NONCE };
    return { amount: AMOUNT, payee, key: new Card(answer).key, duration: 100, items: [item] };
  });
  const post = chain.make({ kind: 'post', from: alice.address, bounties }, alice.signer);
  await chain.produce([post.bytes]);
  const ids = answers.map((_, i) => bountyId(post.id, i));
  /** A sweep to an account, by whoever answers with a scalar. */
  const sweep = (to: Address, by: bigint, i = 0) =>
    chain.make({ kind: 'sweep', entries: [{ bounty: ids[i]!, to }] }, (message) => new Card(by).sign(message)).bytes;
  const revoke = () => chain.make({ kind: 'revoke', from: alice.address, bounties: ids }, alice.signer).bytes;
  return { chain, sweep, revoke };
}
