import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChkCap } from '../../src/lib/codec/caps.js';
import { verifyCapOf } from '../../src/lib/codec/caps.js';
import { hashUeb } from '../../src/lib/codec/hashutil.js';
import { layoutFor, packChain, packUebField } from '../../src/lib/codec/layout.js';
import { HashTree } from '../../src/lib/codec/merkle.js';
import { rebuildShares } from '../../src/lib/codec/rebuild.js';
import { shapeFor } from '../../src/lib/codec/shape.js';
import { BufferSink, type ByteSource, bufferSource } from '../../src/lib/codec/source.js';
import { packUeb } from '../../src/lib/codec/ueb.js';
import { checkShares } from '../../src/lib/codec/verify.js';
import { concat } from '../../src/lib/util/bytes.js';
import { assertSame, decodeAll, encodeAll, flipped, noise, sources } from './helpers.js';

async function rebuild(cap: Parameters<typeof rebuildShares>[0], from: Map<number, ByteSource>, wanted: number[]) {
  const sinks = new Map<number, BufferSink>();
  const bad: number[] = [];
  const sinkFor = (share: number) => {
    assert.ok(!sinks.has(share), 'asked once');
    const sink = new BufferSink();
    sinks.set(share, sink);
    return sink;
  };
  await rebuildShares(cap, from, wanted, sinkFor, { onBadShare: (share) => bad.push(share) });
  return { made: new Map([...sinks].map(([share, sink]) => [share, sink.bytes()])), bad };
}

for (const [needed, total, segmentSize, size] of [
  [3, 10, 300, 1000],
  [3, 10, 1 << 20, 70_000],
  [1, 4, 64, 200],
  [5, 8, 7, 99],
  [4, 4, 100, 500],
] as const) {
  test(`${needed} of ${total}, ${size} bytes: any k shares give the others back, byte for byte`, async () => {
    const { cap, shares } = await encodeAll(noise(size), { needed, happy: 1, total, segmentSize });
    const all = shares.map((_, share) => share);
    for (const from of [all.slice(0, needed), all.slice(-needed)]) {
      const { made, bad } = await rebuild(verifyCapOf(cap), sources(shares, from), [...all, 0]);
      assert.equal(made.size, total);
      for (const [share, bytes] of made) assertSame(bytes, shares[share]!, `share ${share}`);
      assert.deepEqual(bad, []);
    }
  });
}

const way = { needed: 2, happy: 2, total: 3, segmentSize: 64 };
const shape = shapeFor(way, 200);
const layout = layoutFor(shape);
const a = await encodeAll(noise(200, 'a'), way);
const b = await encodeAll(noise(200, 'b'), way);

test('a corrupt share is not rebuilt from', async () => {
  const from = sources(a.shares, [1, 2]).set(0, bufferSource(flipped(a.shares[0]!, layout.data + 40)));
  const { made, bad } = await rebuild(a.cap, from, [0]);
  assertSame(made.get(0)!, a.shares[0]!);
  assert.deepEqual(bad, [0]);
  from.delete(2);
  await assert.rejects(rebuild(a.cap, from, [2]), { code: 'lost' });
});

test('share numbers the file does not have are refused', async () => {
  for (const wanted of [[3], [-1], [0.5], [0, 300]]) {
    await assert.rejects(rebuild(a.cap, sources(a.shares), wanted), { code: 'usage' });
  }
  assert.equal((await rebuild(a.cap, sources(a.shares), [])).made.size, 0);
});

/** What an uploader in bad faith can make: shares that agree with their cap, each by itself, and not together. */
function forge(from: Uint8Array[], crypttextTree: Uint8Array): { cap: ChkCap; shares: Uint8Array[] } {
  const blockTrees = from.map((share) => share.subarray(layout.blockHashes, layout.shareHashes));
  const shareTree = new HashTree(3);
  blockTrees.forEach((tree, share) => {
    shareTree.setLeaf(share, tree.subarray(0, 32));
  });
  shareTree.seal();
  const crypttextRoot = crypttextTree.subarray(0, 32);
  const ueb = packUeb(shape, { crypttextHash: noise(32), crypttextRoot, shareRoot: shareTree.root });
  const shares = from.map((share, number) => {
    const blocks = share.subarray(0, layout.crypttextHashes);
    return concat(blocks, crypttextTree, blockTrees[number]!, packChain(shareTree, number), packUebField(layout, ueb));
  });
  return { cap: { ...a.cap, uebHash: hashUeb(ueb) }, shares };
}

function crypttextTreeOf(share: Uint8Array): Uint8Array {
  return share.subarray(layout.crypttextHashes, layout.blockHashes);
}

test('a file encoded wrongly is not decoded: its blocks do not make its ciphertext', async () => {
  const { cap, shares } = forge(a.shares, crypttextTreeOf(b.shares[0]!));
  assert.ok((await checkShares(cap, sources(shares))).every(({ good }) => good));
  await assert.rejects(decodeAll(cap, sources(shares)), { code: 'lost', message: /segment 0 does not match/ });
});

test('a file encoded wrongly is not rebuilt: its shares are not of one file', async () => {
  const { cap, shares } = forge([a.shares[0]!, a.shares[1]!, b.shares[2]!], crypttextTreeOf(a.shares[0]!));
  assertSame((await decodeAll(cap, sources(shares, [0, 1]))).data, noise(200, 'a'));
  await assert.rejects(rebuild(cap, sources(shares, [0, 1]), [2]), { code: 'lost', message: /rebuilt shares/ });
});
