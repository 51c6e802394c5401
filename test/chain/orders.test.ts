import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { alice, bob, carol, miner, type Person, seal, TestChain } from './helpers.js';

const memo = new Uint8Array(0);

/** Three payments each of three people, that pay each other. */
function payments(chain: TestChain): Uint8Array[] {
  const people: Person[] = [alice, bob, carol];
  return people.flatMap(({ address, signer }, i) =>
    [0n, 1n, 2n].map((ahead) => {
      const to = people[(i + 1 + Number(ahead)) % 3]!.address;
      const outputs = [{ to, amount: 10_000n + ahead }];
      const seq = chain.seqOf(address) + ahead;
      return chain.make({ kind: 'transfer', from: address, outputs, memo }, signer, { seq, tip: BigInt(i) }).bytes;
    }),
  );
}

/** As gossip does: what comes too early is offered again. */
function offer(pool: Mempool, txs: readonly Uint8Array[], slot: number): void {
  for (let left = [...txs]; left.length > 0; ) {
    const again: Uint8Array[] = [];
    for (const tx of left) {
      try {
        pool.add(tx, slot);
      } catch (error) {
        assert.ok(error instanceof LedgerError && error.rule === 'seq-high');
        again.push(tx);
      }
    }
    assert.ok(again.length < left.length, 'something goes in each time');
    left = again;
  }
}

test('transactions in any order of arrival end in the same state', async () => {
  const chain = await TestChain.open();
  for (const { address } of [alice, bob, carol]) await chain.produce([], { producer: address });
  const txs = payments(chain);
  const slot = chain.ledger.tip.slot + 2;
  const states = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(txs, { minLength: txs.length }), async (order) => {
      const node = await TestChain.open(chain.params, chain.store.copy());
      const pool = new Mempool(node.ledger);
      offer(pool, order, slot);
      const block = node.ledger.buildBlock(pool.candidates(node.ledger.bodyLimit()), miner.address, slot);
      assert.equal(block.body.length, txs.length);
      await node.add(await seal(block));
      states.add(Buffer.from(node.ledger.tip.header.stateRoot).toString('hex'));
    }),
    { numRuns: 25 },
  );
  assert.equal(states.size, 1);
});
