import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger, type LedgerStore } from '../../src/lib/chain/ledger.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { u32be } from '../../src/lib/util/bytes.js';
import { alice, cheapScrypt, type MemoryStore, TestChain, testParams } from './helpers.js';

/** What opening a ledger reads of its store. */
async function readsToOpen(store: MemoryStore): Promise<{ gets: number; bytes: number }> {
  const read = { gets: 0, bytes: 0 };
  const counting: LedgerStore = {
    get(key) {
      const value = store.get(key);
      read.gets += 1;
      read.bytes += value?.length ?? 0;
      return value;
    },
    write: () => assert.fail('opening writes nothing'),
  };
  await Ledger.open(testParams(), counting, { scrypt: cheapScrypt });
  return read;
}

test('opening a ledger reads as much whether it has ten accounts or thousands', async () => {
  const chain = await TestChain.open();
  for (let i = 0; i < 3; i++) await chain.produce([], { producer: alice.address });
  const before = await readsToOpen(chain.store);
  for (let n = 0; n < 10; n++) {
    const outputs = Array.from({ length: 250 }, (_, i) => ({ to: sha256(u32be(n), u32be(i)), amount: 2_000n }));
    const memo = new Uint8Array(0);
    await chain.produce([chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer).bytes]);
  }
  assert.ok(chain.store.state().size > 2_500);
  const after = await readsToOpen(chain.store);
  assert.equal(after.gets, before.gets);
  assert.ok(after.gets < 16 && after.bytes < before.bytes + 1024, `${after.gets} reads, ${after.bytes} bytes`);
});
