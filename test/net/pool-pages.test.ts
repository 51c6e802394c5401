import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { POOL_BYTES_MAX, poolPage, readPlace, type WaitingTx, writePlace } from '../../src/lib/net/pool-pages.js';
import { LIMITS } from '../../src/lib/net/wire.js';
import { u32be } from '../../src/lib/util/bytes.js';
import { connected, startNode, until } from './nodes.js';

const waiting = (count: number, bytes = 4): WaitingTx[] =>
  Array.from({ length: count }, (_, i) => ({ bytes: new Uint8Array(bytes).fill(i % 251), order: 3 * (i - 10) }));

test('pages in a row are the whole pool, in its order, each within the limits, whatever goes meanwhile', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: LIMITS.txBytes }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.func(fc.boolean()), (lengths, goes) => {
      let pool = lengths.map((length, i) => ({ bytes: new Uint8Array(length), order: 7 * (i - 20) }));
      const stays = pool.filter(({ order }) => !goes(order));
      const seen = new Set<Uint8Array>();
      for (let after: bigint | null = null; ; ) {
        const { next, txs } = poolPage(pool, after);
        assert.ok(txs.reduce((sum, tx) => sum + tx.length, 0) <= LIMITS.poolBytes);
        for (const tx of txs) seen.add(tx);
        if (next === null) break;
        assert.ok(after === null || next > after);
        after = next;
        // A block took some, of those sent already, too.
        pool = stays;
      }
      assert.ok(stays.every(({ bytes }) => seen.has(bytes)));
    }),
  );
  assert.deepEqual(poolPage(waiting(LIMITS.poolTxs), null).next, null);
  const one = poolPage(waiting(LIMITS.poolTxs + 1), null);
  assert.equal(one.txs.length, LIMITS.poolTxs);
  assert.equal(poolPage(waiting(LIMITS.poolTxs + 1), one.next).txs.length, 1);
  for (const place of [null, 0n, -1n, -(2n ** 52n), 2n ** 52n]) {
    assert.equal(readPlace(writePlace(place) as Uint8Array | null), place);
  }
});

test('a pool of several answers reaches a new peer whole', async (t) => {
  const count = 2 * LIMITS.poolTxs + 500;
  const pool = Array.from({ length: count }, (_, i) => ({ bytes: u32be(i), order: i - 100 }));
  const heard = new Set<string>();
  const a = await startNode(t, 'a', { pool: () => pool });
  const onTxs = async (_: string, txs: Uint8Array[]) => {
    for (const tx of txs) heard.add(Buffer.from(tx).toString('hex'));
    return 'accept' as const;
  };
  const b = await startNode(t, 'b', { onTxs }, [a]);
  await connected(a, b);
  await until('all are here', () => heard.size === count);
});

test('a peer whose pool never ends is listened to for so long', { timeout: 30_000 }, async (t) => {
  const large = new Uint8Array(LIMITS.txBytes);
  let place = 0;
  const a = await startNode(t, 'a', {
    pool: () => Array.from({ length: 17 }, () => ({ bytes: large, order: place++ })),
  });
  let heard = 0;
  const onTxs = async (_: string, txs: Uint8Array[]) => {
    heard += txs.length;
    return 'ignore' as const;
  };
  const b = await startNode(t, 'b', { onTxs }, [a]);
  await connected(a, b);
  await b.fetchPool(a.peerId);
  assert.ok(heard * LIMITS.txBytes >= POOL_BYTES_MAX);
});
