import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdings } from '../../src/lib/chain/block.js';
import { commitmentOf } from '../../src/lib/chain/commitment.js';
import { connect, disconnect } from '../../src/lib/chain/connect.js';
import { bountyId, headerId } from '../../src/lib/chain/encoding.js';
import { readEntry, writeEntry } from '../../src/lib/chain/records.js';
import { Staging } from '../../src/lib/chain/staging.js';
import { readAdvert, readBid, readBounty } from '../../src/lib/chain/state.js';
import type { Block, Hash } from '../../src/lib/chain/types.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import {
  alice,
  bob,
  bountyItem,
  Card,
  carol,
  hashOf,
  type MemoryStore,
  type Person,
  TestChain,
  testParams,
} from './helpers.js';

const people = [alice, bob, carol];
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
      const terms = { lots: 1, size: act.amount, term: 1, reserve: 1n << 20n, closes, contact: card.key, excluded: [] };
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

/** mined − burnt, and what all accounts, bounties, deposits and the pool hold, by adding up every entry. */
function supply(chain: TestChain): [bigint, bigint] {
  let held = 0n;
  for (const [key, value] of chain.store.dump('s')) held += holdings(fromHex(key.slice(2))!, fromHex(value)!);
  const { mined, burnt } = chain.ledger.globals();
  return [mined - burnt, held];
}

/** Applies a block and takes it back over a copy: every key must be as before. */
function assertUndo(chain: TestChain, block: Block): void {
  const copy: MemoryStore = chain.store.copy();
  const parent = readEntry(copy, block.header.parent)!;
  const entry = { header: block.header, id: headerId(block.header), work: parent.work + 1n };
  const staging = new Staging(copy);
  writeEntry(staging, entry, block.body);
  const applied = connect(chain.params, staging, entry);
  const undone = disconnect(chain.params, staging, entry);
  assert.deepEqual(undone, applied);
  for (const [key, value] of staging.batch()) {
    if (value === null) copy.map.delete(Buffer.from(key).toString('hex'));
    else copy.map.set(Buffer.from(key).toString('hex'), value);
  }
  assert.deepEqual(copy.dump('nstm'), chain.store.dump('nstm'));
}

/** One history that is sure to see everything, whatever the random ones do. */
const EVERYTHING = Array.from({ length: 60 }, (_, i) => ({
  acts: Object.entries({ post: 0, advert: 1, commit: 2, reveal: 2, sweep: 0, revoke: 0 }).map(([kind, who]) => ({
    kind,
    who,
    pick: i >> 1,
    amount: 20_000,
  })),
  slots: 4,
  producer: i % 3,
}));

test('over random histories no grain is lost or made, and every block can be taken back', async () => {
  const seen = new Map<string, number>();
  const blocks = fc.array(
    fc.record({
      acts: fc.array(acts, { maxLength: 6 }),
      slots: fc.oneof(fc.constant(2), fc.integer({ min: 1, max: 15 })),
      producer: fc.nat(2),
    }),
    { minLength: 40, maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(blocks, async (plan) => {
      const chain = await TestChain.open(testParams({ powBlocks: 45, cycleBlocks: 100 }));
      for (const person of people) await chain.produce([], { producer: person.address });
      const objects: Objects = { bounties: [], adverts: [] };
      for (const { acts: wanted, slots, producer } of plan) {
        const txs = wanted.map((act) => attempt(chain, objects, act)).filter((tx) => tx !== undefined);
        const block = await chain.build(txs, { slots, producer: people[producer]!.address });
        assertUndo(chain, block);
        const { connected } = await chain.add(block);
        for (const { kind } of connected[0]!.events) seen.set(kind, (seen.get(kind) ?? 0) + 1);
        const [made, held] = supply(chain);
        assert.equal(held, made);
      }
      const reopened = await TestChain.open(chain.params, chain.store.copy());
      assert.deepEqual(reopened.ledger.tip, chain.ledger.tip);
    }),
    { numRuns: 12, examples: [[EVERYTHING]] },
  );
  for (const kind of ['posted', 'swept', 'revoked', 'returned', 'advert', 'commit', 'reveal', 'settled', 'forgotten']) {
    assert.ok((seen.get(kind) ?? 0) > 0, `the histories saw ${kind}`);
  }
});
