import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Offers } from '../../src/lib/chain/join/offers.js';
import { chainStore } from '../../src/lib/node/chain-areas.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { alice, bob, TestChain, testParams } from '../chain/helpers.js';
import { tempDir } from '../helpers/temp.js';

const params = testParams({
  ...{ cycleBlocks: 100, cycleBytes: 256 * 1024 * 1024, bodyBytesMin: 1024 * 1024, bodyBytesMax: 4 * 1024 * 1024 },
  miningReward: '10000000000',
});
/** As much smaller than LevelDB's own as this cycle is than a real one. */
const SMALL_BUFFER = { writeBufferSize: 64 * 1024 };
const LIGHT = 4;
const HEAVY = 200;
const BURST = 33;
const CYCLES = 205;

/** A ledger in LevelDB, with the snapshots that a node holds for others. */
async function open(folder: string) {
  const db = await Database.open(folder, SMALL_BUFFER);
  const store = chainStore(db, AREAS.CHAIN);
  const offers = new Offers(params, store);
  const chain = await TestChain.open(params, undefined, { ...offers.store });
  const close = async () => {
    await offers.close();
    await db.close();
  };
  return { chain, close };
}

type Node = Awaited<ReturnType<typeof open>>;

/** Payments to and fro, with what no compression takes away: the live state stays what it is. */
async function busy({ chain }: Node, blocks: number, txs: number): Promise<void> {
  for (let i = 0; i < blocks; i++) {
    const [from, to] = i % 2 === 0 ? ([alice, bob] as const) : ([bob, alice] as const);
    const seq = chain.seqOf(from.address);
    const outputs = [{ to: to.address, amount: 5_000n }];
    const made = Array.from({ length: txs }, (_, n) => {
      const memo = new Uint8Array(randomBytes(64));
      const draft = { kind: 'transfer', from: from.address, outputs, memo } as const;
      return chain.make(draft, from.signer, { seq: seq + BigInt(n) }).bytes;
    });
    await chain.produce(made, { producer: from.address });
  }
}

/** Bytes of all files, after as many restarts as LevelDB keeps old logs for. */
async function restarted(folder: string, node: Node): Promise<[Node, number]> {
  await node.close();
  await (await open(folder)).close();
  const again = await open(folder);
  const files = readdirSync(folder).map((file) => statSync(join(folder, file)).size);
  return [again, files.reduce((sum, size) => sum + size, 0)];
}

test('on a real disk: after ten times the transactions the files are as large, where the state is', async (t) => {
  const folder = join(tempDir(t), 'db');
  let node = await open(folder);
  t.after(() => node.close());
  for (const person of [alice, bob, alice, bob, alice, bob]) await node.chain.produce([], { producer: person.address });
  const sizes: number[] = [];
  for (const [blocks, txs] of [
    [CYCLES, LIGHT],
    [BURST, HEAVY],
    [CYCLES, LIGHT],
  ] as const) {
    await busy(node, blocks, txs);
    const [again, size] = await restarted(folder, node);
    node = again;
    sizes.push(size);
  }
  const [once, full, then] = sizes as [number, number, number];
  t.diagnostic(`bytes: ${once}, with ${BURST * HEAVY} transactions more ${full}, two cycles later ${then}`);
  assert.ok(full > 4 * once, 'they were on the disk');
  assert.ok(Math.abs(then - once) <= once / 10, `${once} bytes, then ${then}`);
});
