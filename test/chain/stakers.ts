import type { ParamsJson } from '../../src/lib/chain/params.js';
import { signBlock, VrfKey } from '../../src/lib/chain/stake/lead.js';
import type { LeaderProof, StakedBlock } from '../../src/lib/chain/types.js';
import { publicFromSeed, signWithSeed } from '../../src/lib/crypto/ed25519.js';
import { hashOf, Person, TestChain, testParams } from './helpers.js';

/** Somebody with an account, and the keys of a bond. */
export class Staker extends Person {
  readonly vrf: VrfKey;
  readonly #signingSeed: Uint8Array;

  constructor(name: string) {
    super(name);
    this.vrf = new VrfKey(hashOf(`${name}'s vrf`));
    this.#signingSeed = hashOf(`${name}'s signing`);
  }

  get signingKey(): Uint8Array {
    return publicFromSeed(this.#signingSeed);
  }

  signHeader(message: Uint8Array): Uint8Array {
    return signWithSeed(this.#signingSeed, message);
  }

  bond(chain: TestChain, amount: bigint): Uint8Array {
    const { vrf, signingKey } = this;
    const draft = { kind: 'bond', from: this.address, amount, vrfKey: vrf.publicKey, signingKey } as const;
    return chain.make(draft, this.signer).bytes;
  }
}

export const [ada, ben, cid] = ['ada', 'ben', 'cid'].map((name) => new Staker(name)) as [Staker, Staker, Staker];
export const STAKERS = [ada, ben, cid];

/** An epoch of 80 slots, recovery after 24; staking may be decided from height 6 on. */
export const STAKE_PARAMS: Partial<ParamsJson> = { powBlocks: 6 };
export const EPOCH = 80;

/** The right of the first of `stakers` who leads a slot on the tip. */
export function leaderOf(
  chain: TestChain,
  slot: number,
  stakers: readonly Staker[] = STAKERS,
): [Staker, LeaderProof] | undefined {
  const draw = chain.ledger.draw(slot);
  for (const staker of stakers) {
    const stake = draw?.prove(staker.address);
    const proof = draw && stake && staker.vrf.lead(chain.params, draw, slot, stake);
    if (proof) return [staker, proof];
  }
  return undefined;
}

/** The next block by stake on the tip, from a slot on. */
export function buildLed(
  chain: TestChain,
  from = chain.ledger.tip.slot + 1,
  stakers: readonly Staker[] = STAKERS,
  txs: Uint8Array[] = [],
): StakedBlock {
  for (let slot = from; slot < from + 2 * EPOCH; slot++) {
    const found = leaderOf(chain, slot, stakers);
    if (found) return signAs(chain, found[0], chain.ledger.buildLed(txs, found[1], slot));
  }
  throw new Error(`nobody leads from slot ${from} on`);
}

export function signAs(chain: TestChain, staker: Staker, block: StakedBlock): StakedBlock {
  return signBlock(block, chain.params, (message) => staker.signHeader(message));
}

/** Blocks by stake until the tip reaches a slot or is past it; what came in. */
export async function leadTo(
  chain: TestChain,
  slot: number,
  stakers: readonly Staker[] = STAKERS,
): Promise<StakedBlock[]> {
  const blocks: StakedBlock[] = [];
  while (chain.ledger.tip.slot < slot) {
    const block = buildLed(chain, undefined, stakers);
    await chain.add(block);
    blocks.push(block);
  }
  return blocks;
}

/** Mined blocks, eight slots apart, up to the last such slot below `slot`. */
export async function mineTo(chain: TestChain, slot: number): Promise<void> {
  while (chain.ledger.tip.slot + 8 < slot) await chain.produce([], { slots: 8 });
}

/** A chain in whose first epoch the stakers mined and bonded; it stands near the end of epoch `epoch`, all mined. */
export async function bondedChain(epoch = 1, change: Partial<ParamsJson> = {}): Promise<TestChain> {
  const chain = await TestChain.open(testParams({ ...STAKE_PARAMS, ...change }));
  for (const staker of STAKERS) for (let i = 0; i < 2; i++) await chain.produce([], { producer: staker.address });
  await chain.produce(STAKERS.map((staker) => staker.bond(chain, 1_500_000_000n)));
  await mineTo(chain, (epoch + 1) * EPOCH - 10);
  return chain;
}
