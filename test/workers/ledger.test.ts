import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyRoot } from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { Ledger, type LedgerTools } from '../../src/lib/chain/ledger.js';
import type { MinedBlock } from '../../src/lib/chain/types.js';
import { type SignatureVerifier, verifyHere } from '../../src/lib/crypto/signatures.js';
import { Pool } from '../../src/lib/workers/pool.js';
import { verifierOn, verifyOnWorkers } from '../../src/lib/workers/verify.js';
import { alice, bob, cheapScrypt, type MemoryStore, seal, TestChain, testParams } from '../chain/helpers.js';

const COUNT = 2000;
const params = testParams({ bodyBytesMin: 1 << 20, bodyBytesMax: 1 << 20 });

interface Prepared {
  chain: TestChain;
  block: MinedBlock;
}

async function prepared(): Promise<Prepared> {
  const chain = await TestChain.open(params);
  await chain.produce([], { producer: alice.address });
  const first = chain.seqOf(alice.address);
  const outputs = [{ to: bob.address, amount: 5_000n }];
  const txs = Array.from({ length: COUNT }, (_, i) => {
    const draft = { kind: 'transfer' as const, from: alice.address, outputs, memo: new Uint8Array(0) };
    return chain.make(draft, alice.signer, { seq: first + BigInt(i) }).bytes;
  });
  const block = await chain.build(txs);
  assert.equal(block.body.length, COUNT);
  return { chain, block };
}

const world = await prepared();

/** The block with a bit of one signature turned: all but that one is as it should be. */
function spoilt(block: MinedBlock, at: number): Promise<MinedBlock> {
  const body = block.body.map((bytes, i) => {
    if (i !== at) return bytes;
    const bent = Uint8Array.from(bytes);
    bent[bent.length - 1]! ^= 1;
    return bent;
  });
  return seal({ header: { ...block.header, bodyRoot: bodyRoot(body) }, body });
}

async function copyWith(tools: Partial<LedgerTools>): Promise<{ ledger: Ledger; store: MemoryStore }> {
  const store = world.chain.store.copy();
  return { store, ledger: await Ledger.open(params, store, { scrypt: cheapScrypt, ...tools }) };
}

const refused = (error: unknown) => error instanceof LedgerError && error.rule === 'signature';

test('one bad signature among thousands: the block is refused, and leaves no trace, on threads as here', async () => {
  const slot = world.block.header.slot;
  for (const verifier of [verifyHere, verifyOnWorkers]) {
    const { ledger, store } = await copyWith({ verifier });
    const before = store.dump();
    for (const at of [0, COUNT >> 1, COUNT - 1]) {
      const bad = await spoilt(world.block, at);
      await assert.rejects(ledger.addBlock(bad, slot), refused);
      assert.deepEqual(store.dump(), before);
      await assert.rejects(ledger.addBlock(bad, slot), { rule: 'known-invalid' });
    }
    assert.equal((await ledger.addBlock(world.block, slot)).status, 'extended');
    assert.deepEqual(ledger.tip.header.stateRoot, world.block.header.stateRoot);
  }
});

test('threads that die make an error, not a verdict: the block comes in once there are others', async () => {
  const pool = new Pool(new URL('./dying.worker.js', import.meta.url), 2);
  let verifier: SignatureVerifier = verifierOn(pool);
  const { ledger, store } = await copyWith({ verifier: (room) => verifier(room) });
  const before = store.dump();
  await assert.rejects(ledger.addBlock(world.block, world.block.header.slot), /worker thread ended/);
  assert.deepEqual(store.dump(), before);
  verifier = verifyOnWorkers;
  assert.equal((await ledger.addBlock(world.block, world.block.header.slot)).status, 'extended');
});
