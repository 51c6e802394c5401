import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { decodeSignedTx, txId } from '../../src/lib/chain/encoding.js';
import type { Moved } from '../../src/lib/chain/ledger.js';
import type { Hash } from '../../src/lib/chain/types.js';
import { fillTxIndex, findIncluded, txIndexWrites } from '../../src/lib/node/tx-index.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { readU32be, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { alice, bob, hashOf, TestChain, testParams } from '../chain/helpers.js';
import { EVERYTHING, live, openHistory, plans } from '../chain/histories.js';
import { tempDir } from '../helpers/temp.js';

async function open(t: TestContext): Promise<Database> {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  return db;
}

async function index(db: Database): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for await (const [key, value] of db.scan(utf8(AREAS.TXIDS))) found.set(readU32be(key, 1), toHex(value));
  return found;
}

async function clear(db: Database): Promise<void> {
  for await (const [key] of db.scan(utf8(AREAS.TXIDS))) await db.write([[key, null]]);
}

const idsOf = (body: readonly Uint8Array[]) => body.map((bytes) => txId(decodeSignedTx(bytes).tx));
const pay = (chain: TestChain, amount = 5_000n) => {
  const outputs = [{ to: bob.address, amount }];
  return chain.make({ kind: 'transfer', from: alice.address, outputs, memo: new Uint8Array(0) }, alice.signer);
};

test('every transaction of random histories is found where it is, and undoing a block is undone', async (t) => {
  const db = await open(t);
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const chain = await openHistory();
      await clear(db);
      const { ledger, params } = chain;
      await fillTxIndex(db, ledger);
      const all: { id: Hash; height: number; position: number }[] = [];
      await live(chain, plan, async (block) => {
        const moved = await chain.add(block);
        assert.deepEqual(moved.connected[0]!.txids, idsOf(block.body));
        const before = await index(db);
        await db.write(txIndexWrites(params, moved));
        const after = await index(db);
        await db.write(txIndexWrites(params, { connected: [], disconnected: moved.connected }));
        assert.deepEqual(await index(db), before);
        await db.write(txIndexWrites(params, moved));
        assert.deepEqual(await index(db), after);
        for (const [position, id] of idsOf(block.body).entries())
          all.push({ id, height: block.header.height, position });
      });
      for (const { id, height, position } of all) {
        const found = await findIncluded(db, ledger, id);
        assert.deepEqual([found?.height, found?.position, found?.read.id], [height, position, id]);
        assert.deepEqual(found?.block, ledger.idAt(height));
      }
      assert.equal(await findIncluded(db, ledger, hashOf('nothing')), undefined);
    }),
    { numRuns: 3, examples: [[EVERYTHING]] },
  );
});

test('what shares its first eight bytes with another is not taken for it', async (t) => {
  const db = await open(t);
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const { bytes, id } = pay(chain);
  await db.write(txIndexWrites(chain.params, await chain.produce([bytes])));
  const alike = id.slice();
  alike[20]! ^= 1;
  assert.equal((await findIncluded(db, chain.ledger, id))?.position, 0);
  assert.equal(await findIncluded(db, chain.ledger, alike), undefined);
});

test('records of a cycle are kept, and of the blocks a reorganisation may bring back to its end', async (t) => {
  const db = await open(t);
  const params = testParams({ cycleBlocks: 100 });
  const chain = await TestChain.open(params);
  const add = async (txs: Uint8Array[]) =>
    db.write(txIndexWrites(params, await chain.produce(txs, { producer: alice.address })));
  await add([]);
  const { bytes, id } = pay(chain);
  await add([bytes]);
  while (chain.ledger.tip.height < 1 + params.cycleBlocks) await add([]);
  assert.equal((await findIncluded(db, chain.ledger, id))?.height, 2);
  while (chain.ledger.tip.height < 130) await add([]);
  assert.equal(await findIncluded(db, chain.ledger, id), undefined);
  const heights = [...(await index(db)).keys()];
  assert.deepEqual([heights[0], heights.at(-1), heights.length], [130 - 104 + 1, 130, 104]);
});

test('after a reorganisation a transaction is found where it is now', async (t) => {
  const db = await open(t);
  const [chain, other] = [await TestChain.open(), await TestChain.open()];
  const add = async (moved: Moved) => db.write(txIndexWrites(chain.params, moved));
  const first = await chain.build([], { producer: alice.address });
  await add(await chain.add(first));
  await other.add(first);
  const [one, two] = [pay(chain), pay(chain, 6_000n)];
  await add(await chain.produce([one.bytes]));
  const blocks = [await other.build([two.bytes], { slots: 3 })];
  await other.add(blocks[0]!);
  blocks.push(await other.build());
  chain.slot = 100;
  for (const block of blocks) await add(await chain.add(block));
  assert.deepEqual(chain.ledger.tip.header, blocks[1]!.header);
  assert.equal(await findIncluded(db, chain.ledger, one.id), undefined);
  assert.equal((await findIncluded(db, chain.ledger, two.id))?.height, 2);
});

test('a database from before the index gets it, wherever the filling was cut off', async (t) => {
  const db = await open(t);
  const chain = await TestChain.open(testParams({ cycleBlocks: 100 }));
  const wanted = async () => new Map((await index(db)).entries());
  for (let i = 0; i < 150; i++) {
    const txs = i > 0 && i % 10 === 0 ? [pay(chain).bytes] : [];
    await db.write(txIndexWrites(chain.params, await chain.produce(txs, { producer: alice.address })));
  }
  const whole = await wanted();
  for (const cut of [0, 47, 48, 100, 149, 150]) {
    for (const height of whole.keys()) if (height > cut) await db.write([[dbKey(height), null]]);
    await fillTxIndex(db, chain.ledger);
    assert.deepEqual(await wanted(), whole, `cut at ${cut}`);
  }
});

const dbKey = (height: number) =>
  new Uint8Array([...utf8(AREAS.TXIDS), ...[24, 16, 8, 0].map((n) => (height >> n) & 255)]);
