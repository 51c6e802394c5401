import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { taggedHash, taggedPairHash } from '../../src/lib/codec/hashutil.js';
import { chainLength, chainOrder, HashTree, leafFromChain, treeWidth } from '../../src/lib/codec/merkle.js';
import { cpythonSetOrder } from '../../src/lib/codec/setorder.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { flipped, noise } from './helpers.js';

function treeOf(leaves: number): HashTree {
  const tree = new HashTree(leaves);
  for (let leaf = 0; leaf < leaves; leaf++) tree.setLeaf(leaf, noise(32, `leaf ${leaf}`));
  return tree.seal();
}

function chainOf(tree: HashTree, leaf: number): Map<number, Uint8Array> {
  return new Map(chainOrder(tree.leaves, leaf).map((node) => [node, tree.node(node)]));
}

test('parents and padding, from their definition', () => {
  const tree = treeOf(3);
  const padding = taggedHash('Merkle tree empty leaf', utf8('3'));
  assert.equal(toHex(tree.node(6)), toHex(padding));
  const right = taggedPairHash('Merkle tree internal node', tree.leaf(2), padding);
  const left = taggedPairHash('Merkle tree internal node', tree.leaf(0), tree.leaf(1));
  assert.equal(toHex(tree.root), toHex(taggedPairHash('Merkle tree internal node', left, right)));
});

test('a tree of one leaf is that leaf', () => {
  const tree = treeOf(1);
  assert.equal(toHex(tree.root), toHex(noise(32, 'leaf 0')));
  assert.deepEqual(chainOrder(1, 0), [0]);
  assert.ok(leafFromChain(1, 0, new Map([[0, tree.root]]), tree.root));
});

test('every leaf is reached through its chain, and no changed byte is let through', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(), (leaves, pick, byte) => {
      const tree = treeOf(leaves);
      const leaf = pick % leaves;
      const chain = chainOf(tree, leaf);
      assert.equal(chain.size, chainLength(leaves));
      assert.equal(toHex(leafFromChain(leaves, leaf, chain, tree.root)!), toHex(tree.leaf(leaf)));

      const nodes = [...chain.keys()];
      const node = nodes[byte % nodes.length]!;
      const changed = new Map(chain).set(node, flipped(chain.get(node)!, byte % 32));
      assert.equal(leafFromChain(leaves, leaf, changed, tree.root), undefined);
      changed.delete(node);
      assert.equal(leafFromChain(leaves, leaf, changed, tree.root), undefined);
    }),
    { numRuns: 60 },
  );
});

test('a tree is verified to its last node', () => {
  const tree = treeOf(5);
  assert.ok(new HashTree(5, tree.bytes).verify(tree.root));
  for (let at = 0; at < tree.bytes.length; at += 7) {
    assert.ok(!new HashTree(5, flipped(tree.bytes, at)).verify(tree.root), `byte ${at}`);
  }
  assert.ok(!tree.verify(tree.leaf(0)));
});

test('the set-order trap', () => {
  assert.deepEqual(chainOrder(8, 0), [8, 2, 4, 7]);
  assert.deepEqual(cpythonSetOrder([]), []);
  assert.deepEqual(cpythonSetOrder([8, 4, 2, 7]), [8, 2, 4, 7]);
});

test('set order is ascending for N = 1–4 and 9–16 only', () => {
  for (let total = 1; total <= 256; total++) {
    const ascending = Array.from({ length: total }, (_, share) => chainOrder(total, share)).every((order) =>
      order.every((node, at) => at === 0 || node > order[at - 1]!),
    );
    assert.equal(ascending, total <= 4 || (total >= 9 && total <= 16), `N = ${total}`);
  }
});

test('set order as CPython 3.11 has it, for every share of every N', () => {
  // A Python script added siblings and leaf to a set() and printed list(set), one share a line.
  assert.deepEqual(chainOrder(5, 4), [1, 11, 12, 6]);
  assert.deepEqual(chainOrder(20, 11), [2, 3, 41, 10, 42, 19]);
  assert.deepEqual(chainOrder(256, 200), [1, 228, 5, 455, 456, 14, 114, 55, 28]);
  const hash = createHash('sha256');
  for (let total = 1; total <= 256; total++) {
    for (let share = 0; share < total; share++) hash.update(`${chainOrder(total, share).join(',')}\n`);
  }
  assert.equal(hash.digest('hex'), 'bdd8d875db08d2d8e8764f44563ec55eb43dcbffa1bf7e73ab622c590483a43c');
});

test('tree widths', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 255, 256].map(treeWidth), [1, 2, 4, 4, 8, 256, 256]);
});
