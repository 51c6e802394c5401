import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { deserialize } from 'node:v8';
import fc from 'fast-check';
import type { AddResult } from '../../src/lib/chain/ledger.js';
import { perform } from '../../src/lib/node/acts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { Books } from '../../src/lib/node/books.js';
import type { BountyEntry, KeptContract } from '../../src/lib/node/entries.js';
import { bountyKey, Indexer } from '../../src/lib/node/indexer.js';
import { spend } from '../../src/lib/node/spend.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { alice, bob, bountyItem, hashOf } from '../chain/helpers.js';
import { EVERYTHING, live, openHistory, plans } from '../chain/histories.js';
import { tempDir } from '../helpers/temp.js';
import { DEVNET } from '../plan/samples.js';
import { type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, payAct, putBlob } from './market.js';

/** Everything in a books' database. */
async function dump(db: Database): Promise<Map<string, unknown>> {
  const out = new Map<string, unknown>();
  for (const area of 'abdfhiklmoprst') {
    for await (const [key, value] of db.scan(utf8(area))) out.set(toHex(key), deserialize(value));
  }
  return out;
}

/** The lines that only one of them has, or both have otherwise. */
function difference(a: Map<string, unknown>, b: Map<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => !isDeepStrictEqual(a.get(key), b.get(key)));
}

/** Takes the history and the bounties of another run away. */
async function empty(db: Database): Promise<void> {
  for (const area of [AREAS.HISTORY, AREAS.BOUNTIES]) {
    for await (const [key] of db.scan(utf8(area))) await db.write([[key, null]]);
  }
}

/** A contract on the blob that all bounties of the random histories are named by. */
const kept = {
  ...{
    id: 'ab'.repeat(32),
    uuid: toHex(bountyItem(1).name),
    secret: hashOf('secret'),
    size: 1,
    next: 0,
    state: 'ended',
  },
} as KeptContract;

async function books(t: TestContext) {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  const made = await Books.open(db, DEVNET);
  const accounts = [alice, bob].map(({ address }) =>
    made.accounts.put(address, { kind: 'main' as const, index: 0, address }),
  );
  await made.commit([...accounts, made.kept.put(utf8(kept.id), kept)]);
  const indexer = new Indexer(made, (uuid) => uuid === kept.uuid);
  return { db, books: made, indexer };
}

/** The owner's entry of a bounty that alice posts, as a spend writes it down. */
function ownEntry(result: AddResult, made: Books) {
  return result.connected
    .flatMap(({ events }) => events)
    .flatMap((event) => {
      if (event.kind !== 'posted') return [];
      const id = toHex(event.bountyId);
      const entry: Partial<BountyEntry> = {
        id,
        role: 'owner',
        items: [],
        openedHeight: null,
        opened: null,
        expires: null,
        closed: null,
        failed: false,
      };
      return [made.bounties.put(bountyKey('owner', id), entry as BountyEntry)];
    });
}

test('over random histories, taking a block back undoes what it did to the books, and doing it again is the same', async (t) => {
  const { db, books: made, indexer } = await books(t);
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const chain = await openHistory();
      await empty(db);
      await live(chain, plan, async (block) => {
        const result = await chain.add(block);
        await made.commit(ownEntry(result, made));
        for (const { kind } of result.connected[0]!.events) seen.add(kind);
        const before = await dump(db);
        await made.commit(indexer.writes(result.connected, []));
        const after = await dump(db);
        await made.commit(indexer.writes([], result.connected));
        const undone = await dump(db);
        // A steward remembers a bounty it has seen: it is pending then, as an owner's is.
        for (const key of undone.keys()) {
          if (before.has(key)) continue;
          const entry = made.bounties.get(Buffer.from(key, 'hex').subarray(1));
          assert.ok(entry && entry.role === 'steward', `a line too many: ${key}`);
          assert.deepEqual([entry.openedHeight, entry.opened, entry.expires, entry.closed], [null, null, null, null]);
          undone.delete(key);
        }
        assert.deepEqual(difference(undone, before), []);
        await made.commit(indexer.writes(result.connected, []));
        assert.deepEqual(difference(await dump(db), after), []);
      });
    }),
    { numRuns: 3, examples: [[EVERYTHING]], endOnFailure: true },
  );
  for (const kind of ['posted', 'swept', 'revoked', 'returned', 'credit', 'debit']) assert.ok(seen.has(kind), kind);
});

test('history lines are those of this wallet, and add up to its balance', async (t) => {
  const { books: made, indexer } = await books(t);
  const chain = await openHistory();
  const results: AddResult[] = [];
  await live(chain, EVERYTHING, async (block) => {
    const balances = [alice, bob].map(({ address }) => chain.balanceOf(address));
    const lines = (await made.history.all()).length;
    const result = await chain.add(block);
    results.push(result);
    await made.commit(indexer.writes(result.connected, []));
    const fresh = (await made.history.all()).slice(lines);
    const sum = fresh.reduce((total, { direction, amount }) => total + (direction === 'in' ? amount : -amount), 0n);
    const gained = [alice, bob].reduce((total, { address }, i) => total + chain.balanceOf(address) - balances[i]!, 0n);
    assert.equal(sum, gained);
    for (const { height, slot } of fresh) assert.deepEqual([height, slot], [block.header.height, block.header.slot]);
  });
  assert.equal(results.length, EVERYTHING.length);
});

/** Owner and steward, with a payment of each kind of state on its way. */
async function busy(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  return { world, owner, steward, contract: outcome!.contract! };
}

const dumps = (nodes: TestNode[]) => Promise.all(nodes.map((node) => node.dump()));

test('threat 16: after a reorganisation the books of both sides are as they were at the fork', async (t) => {
  const { world, owner, steward, contract } = await busy(t);
  const pay = (index: number) =>
    perform(owner.context, owner.performers, payAct(owner, [contract], { amount: 50_000n, index }));
  const [paid] = await pay(0);
  await world.mine();
  const fork = await world.fork();
  const { subject } = paid!;
  await perform(steward.context, steward.performers, { kind: 'sweep', bounties: [subject!], requestId: 'sweep' });
  const transfer = { kind: 'transfer' as const, from: owner.main, memo: new Uint8Array(0) };
  await spend(owner.context, { draft: { ...transfer, outputs: [{ to: steward.main, amount: 70_000n }] } });
  const before = await dumps([owner, steward]);
  await world.mine({ producer: owner.main });
  assert.notDeepEqual(await dumps([owner, steward]), before);
  await world.reorganise(fork, 2);
  assert.deepEqual(await dumps([owner, steward]), before);
});

test('threat 24: where the batch of a block cannot be written, neither the ledger nor the books have it', async (t) => {
  const { world, owner, steward } = await busy(t);
  const before = await dumps([owner, steward]);
  const { height } = owner.context.ledger.tip;
  owner.failNextWrite = true;
  await assert.rejects(world.mine({ producer: owner.main }), /no space left/);
  assert.equal(owner.context.ledger.tip.height, height);
  assert.deepEqual(await dumps([owner, steward]), before);
  await world.mine({ producer: owner.main });
  assert.equal(owner.context.ledger.tip.height, height + 1);
  assert.equal((await owner.dump()).size, before[0]!.size + 1);
});
