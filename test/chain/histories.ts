import fc from 'fast-check';
import { commitmentOf } from '../../src/lib/chain/commitment.js';
import { bountyId } from '../../src/lib/chain/encoding.js';
import { readBond } from '../../src/lib/chain/stake/bond.js';
import { readAdvert, readBid, readBounty } from '../../src/lib/chain/state.js';
import type { Block, Hash } from '../../src/lib/chain/types.js';
import { alice, bob, bountyItem, Card, carol, hashOf, type Person, TestChain, testParams } from './helpers.js';
import { offence } from './stake/offence.js';
import { keysOf } from './stake/world.js';

/** Who lives in the histories. */
export const people = [alice, bob, carol];
const card = new Card(5n);
const reveal = { price: 5n, peer: Uint8Array.of(1), payee: card.key, salt: hashOf('salt') };
const memo = new Uint8Array(0);

interface Objects {
  bounties: { id: Hash; by: Person }[];
  adverts: Hash[];
}

type Act = { kind: string; who: number; pick: number; amount: number };

const acts: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(
    'transfer',
    'empty',
    'post',
    'sweep',
    'revoke',
    'advert',
    'commit',
    'commit',
    'reveal',
    'reveal',
    'bond',
    'unbond',
    'evidence',
  ),
  who: fc.nat(2),
  pick: fc.nat(),
  amount: fc.integer({ min: 1_000, max: 100_000 }),
});

/** A transaction of the wanted kind that should apply now, or nothing. */
function attempt(chain: TestChain, objects: Objects, act: Act): Uint8Array | undefined {
  const { ledger } = chain;
  const me = people[act.who]!;
  const other = people[act.pick % 3]!;
  const amount = BigInt(act.amount);
  const bounty = objects.bounties[act.pick % Math.max(1, objects.bounties.length)];
  const { slot } = ledger.tip;
  switch (act.kind) {
    case 'transfer':
      return chain.make(
        { kind: 'transfer', from: me.address, outputs: [{ to: other.address, amount }], memo },
        me.signer,
      ).bytes;
    case 'empty': {
      const all = chain.balanceOf(me.address) - 1_000n;
      if (all < 2_000n) return undefined;
      const tx = chain.draft({
        kind: 'transfer',
        from: me.address,
        outputs: [{ to: other.address, amount: all }],
        memo,
      });
      const fee = tx.fee + 200n;
      const outputs = [{ to: other.address, amount: all + 1_000n - fee }];
      return fee > 900n ? undefined : chain.sign({ ...tx, fee, outputs } as typeof tx, me.signer);
    }
    case 'post': {
      const bounties = [{ amount, payee: null, key: card.key, duration: 24 + (act.pick % 50), items: [bountyItem(1)] }];
      const made = chain.make({ kind: 'post', from: me.address, bounties }, me.signer);
      objects.bounties.push({ id: bountyId(made.id, 0), by: me });
      return made.bytes;
    }
    case 'sweep':
      if (!bounty || !readBounty(ledger.state, bounty.id)) return undefined;
      return chain.make({ kind: 'sweep', entries: [{ bounty: bounty.id, to: other.address }] }, (m) => card.sign(m), {
        tip: 7n,
      }).bytes;
    case 'revoke':
      if (!bounty || !readBounty(ledger.state, bounty.id)) return undefined;
      return chain.make({ kind: 'revoke', from: bounty.by.address, bounties: [bounty.id] }, bounty.by.signer).bytes;
    case 'advert': {
      const closes = slot + 20;
      const terms = {
        lots: 1,
        size: act.amount,
        term: 1,
        reserve: 1n << 20n,
        creditDays: 4,
        closes,
        contact: card.key,
        excluded: [],
      };
      const made = chain.make({ kind: 'advert', from: me.address, ...terms }, me.signer);
      objects.adverts.push(made.id);
      return made.bytes;
    }
    case 'commit': {
      const advert = objects.adverts.find((id) => {
        const closes = readAdvert(ledger.state, id)?.closes ?? 0;
        return closes > slot + 2 && !readBid(ledger.state, id, me.address);
      });
      if (!advert) return undefined;
      const commitment = commitmentOf(reveal, me.address, advert);
      return chain.make({ kind: 'commit', from: me.address, advert, commitment, deposit: amount }, me.signer).bytes;
    }
    case 'bond':
      // Far below a twentieth of the supply: these chains are mined to their end.
      return chain.make({ kind: 'bond', from: me.address, amount: amount + 100_000n, ...keysOf(me) }, me.signer).bytes;
    case 'unbond':
      return chain.make({ kind: 'unbond', from: me.address }, me.signer).bytes;
    case 'evidence': {
      const bond = readBond(ledger.state, other.address);
      if (!bond || act.amount % 3 > 0) return undefined;
      const headers = offence(chain.params, other, bond.since + (act.pick % 9));
      return chain.make({ kind: 'evidence', ...headers, to: me.address }, me.signer, { tip: 2n }).bytes;
    }
    default: {
      const advert = objects.adverts.find((id) => {
        const found = readAdvert(ledger.state, id);
        const bid = readBid(ledger.state, id, me.address);
        return found && bid && !bid.reveal && found.closes < slot + 2 && slot + 2 <= found.revealsUntil;
      });
      if (!advert) return undefined;
      return chain.make({ kind: 'reveal', from: me.address, advert, ...reveal }, me.signer, { tip: 3n }).bytes;
    }
  }
}

export interface Step {
  acts: Act[];
  slots: number;
  producer: number;
}

/** What happens block by block; an act that cannot apply then is left out. */
export const plans: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    acts: fc.array(acts, { maxLength: 6 }),
    slots: fc.oneof(fc.constant(2), fc.integer({ min: 1, max: 15 })),
    producer: fc.nat(2),
  }),
  { minLength: 40, maxLength: 60 },
);

/** A chain whose people have mined a block each, that stops mining and shows a cycle's end early. */
export async function openHistory(): Promise<TestChain> {
  const chain = await TestChain.open(
    testParams({ powBlocks: 45, cycleBlocks: 100, rentPerDay: '7', rules: { rent: 6 } }),
  );
  for (const person of people) await chain.produce([], { producer: person.address });
  return chain;
}

/** The plan's blocks, each built on the tip and handed over before the next is. */
export async function live(chain: TestChain, plan: Step[], each: (block: Block) => Promise<void>): Promise<void> {
  const objects: Objects = { bounties: [], adverts: [] };
  for (const { acts: wanted, slots, producer } of plan) {
    const txs = wanted.map((act) => attempt(chain, objects, act)).filter((tx) => tx !== undefined);
    await each(await chain.build(txs, { slots, producer: people[producer]!.address }));
  }
}

/** One history that is sure to see everything, whatever the random ones do. */
export const EVERYTHING = Array.from({ length: 60 }, (_, i) => ({
  acts: Object.entries({ post: 0, advert: 1, commit: 2, reveal: 2, sweep: 0, revoke: 0, bond: 1, unbond: 1 }).map(
    ([kind, who]) => ({
      kind,
      who,
      pick: i >> 1,
      amount: 20_000,
    }),
  ),
  slots: 4,
  producer: i % 3,
}));
