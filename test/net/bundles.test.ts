import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bundler, inBundles, readBundle } from '../../src/lib/net/bundles.js';
import { ProtocolError } from '../../src/lib/net/errors.js';
import { LIMITS } from '../../src/lib/net/wire.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';

const tx = (size: number, fill = 1) => new Uint8Array(size).fill(fill);

function collecting() {
  const sent: Uint8Array[] = [];
  const bundler = new Bundler(async (bundle) => sent.push(bundle));
  return { sent, bundler };
}

test('what is published within a moment travels together, in its order', async () => {
  const { sent, bundler } = collecting();
  const sends = [1, 2, 3].map((n) => bundler.add(tx(300, n)));
  assert.equal(sent.length, 0);
  assert.deepEqual(await Promise.all(sends), [1, 1, 1]);
  assert.deepEqual(
    readBundle(sent[0]!),
    [1, 2, 3].map((n) => tx(300, n)),
  );
  await bundler.add(tx(10));
  assert.equal(sent.length, 2);
});

test('a bundle is never larger than a message may be, and takes the largest transaction', async () => {
  const { sent, bundler } = collecting();
  const sizes = [LIMITS.txBytes, 1, 100_000, 200_000, LIMITS.txBytes, 50];
  await Promise.all(sizes.map((size) => bundler.add(tx(size))));
  assert.deepEqual(
    sent.flatMap((bundle) => readBundle(bundle).map(({ length }) => length)),
    sizes,
  );
  assert.ok(sent.every(({ length }) => length <= LIMITS.bundleBytes));
  const many = Array.from({ length: LIMITS.bundleTxs + 1 }, () => tx(1));
  assert.deepEqual(
    [...inBundles(many)].map(({ length }) => length),
    [LIMITS.bundleTxs, 1],
  );
  assert.deepEqual([...inBundles([])], []);
});

test('stopping sends what still waits', () => {
  const { sent, bundler } = collecting();
  void bundler.add(tx(10));
  bundler.flush();
  assert.equal(sent.length, 1);
  bundler.flush();
  assert.equal(sent.length, 1);
});

test('what is no bundle is refused', () => {
  const bad = [
    encodeCbor([]),
    encodeCbor(tx(3)),
    encodeCbor([1]),
    encodeCbor([tx(LIMITS.txBytes + 1)]),
    encodeCbor(Array.from({ length: LIMITS.bundleTxs + 1 }, () => tx(1))),
    new Uint8Array([0x81, 0x58, 1, 7]),
    tx(0),
  ];
  for (const bytes of bad) assert.throws(() => readBundle(bytes), ProtocolError);
});
