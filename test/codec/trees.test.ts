import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Breath } from '../../src/lib/codec/breath.js';
import { ShareFault } from '../../src/lib/codec/fault.js';
import { HashTree, paddingLeaf, treeBytes, treeWidth } from '../../src/lib/codec/merkle.js';
import { TreeReader } from '../../src/lib/codec/tree-reader.js';
import { TreeWriter } from '../../src/lib/codec/tree-writer.js';
import { assertSame, flipped, noise } from './helpers.js';

const LEAVES = noise(32 * 3000, 'leaves');
const EDGES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 600, 1024, 1025, 3000];

function leafAt(index: number): Uint8Array {
  return LEAVES.subarray(index * 32, (index + 1) * 32);
}

function whole(leaves: number): HashTree {
  const tree = new HashTree(leaves);
  for (let index = 0; index < leaves; index++) tree.setLeaf(index, leafAt(index));
  return tree.seal();
}

/** As the tree stands in a share, put together from what the writer lets go of. */
function streamed(leaves: number): { bytes: Uint8Array; root: Uint8Array; held: number } {
  const bytes = new Uint8Array(treeBytes(leaves));
  const writer = new TreeWriter(leaves);
  let written = 0;
  const put = ({ node, hashes }: { node: number; hashes: Uint8Array }) => {
    bytes.set(hashes, node * 32);
    written += hashes.length;
  };
  for (let index = 0; index < treeWidth(leaves); index++) {
    for (const run of writer.push(index < leaves ? leafAt(index) : paddingLeaf(index))) put(run);
  }
  const { hashes } = writer.top();
  put(writer.top());
  assert.equal(written, bytes.length, 'each node once');
  return { bytes, root: writer.root, held: hashes.length };
}

interface Reading {
  reader: TreeReader;
  /** [first node, nodes] of every read. */
  reads: [number, number][];
}

function reading(leaves: number, bytes: Uint8Array, root: Uint8Array): Reading {
  const reads: [number, number][] = [];
  const read = async (node: number, count: number) => {
    assert.ok(node >= 0 && (node + count) * 32 <= bytes.length, `nodes ${node} to ${node + count}`);
    reads.push([node, count]);
    return bytes.subarray(node * 32, (node + count) * 32);
  };
  return { reader: new TreeReader(leaves, root, read, 'block'), reads };
}

test('a tree made leaf by leaf is the tree, and only its top is held to the end', () => {
  for (const leaves of EDGES) {
    const { bytes, root, held } = streamed(leaves);
    const tree = whole(leaves);
    assertSame(bytes, tree.bytes, `${leaves} leaves`);
    assertSame(root, tree.root);
    assert.ok(held <= 32 * 511);
  }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (leaves) => assertSame(streamed(leaves).bytes, whole(leaves).bytes)),
    { numRuns: 15 },
  );
});

test('a tree has its width in leaves, no more and no less', () => {
  const writer = new TreeWriter(3);
  for (let index = 0; index < 3; index++) writer.push(leafAt(index));
  assert.throws(() => writer.root, /leaves are missing/);
  writer.push(paddingLeaf(3));
  assertSame(writer.root, whole(3).root);
  assert.throws(() => writer.push(leafAt(4)), /more leaves/);
});

test('leaves read one by one are those of the whole tree', async () => {
  for (const leaves of EDGES) {
    const tree = whole(leaves);
    const { reader, reads } = reading(leaves, tree.bytes, tree.root);
    for (let index = 0; index < leaves; index++) assertSame(await reader.leaf(index), leafAt(index), `${index}`);
    const seen = new Set<number>();
    for (const [node, count] of reads) {
      for (let at = node; at < node + count; at++) {
        assert.ok(!seen.has(at), `node ${at} of ${leaves} leaves is read twice`);
        seen.add(at);
      }
    }
  }
});

test('any one leaf costs a band a level, whatever the size of the tree', async () => {
  const tree = whole(3000);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2999), { minLength: 1, maxLength: 20 }), async (picks) => {
      const { reader, reads } = reading(3000, tree.bytes, tree.root);
      for (const pick of picks) assertSame(await reader.leaf(pick), leafAt(pick));
      const nodes = reads.reduce((sum, [, count]) => sum + count, 0);
      assert.ok(nodes <= picks.length * 510 + 31, `${nodes} nodes for ${picks.length} leaves`);
    }),
    { numRuns: 30 },
  );
});

test('a tree far larger than memory is read where it is asked for', async () => {
  // Of 2^40 leaves only those bands are made that lead to one of them.
  const depth = 40;
  const pick = 2 ** 39 + 12_345;
  const made = new Map<number, Uint8Array>();
  let index = 2 ** depth - 1 + pick;
  const band = new Map<number, Uint8Array>();
  for (let level = depth; level > 0; level -= 8) {
    let root = index;
    for (let up = 0; up < 8; up++) root = Math.floor((root - 1) / 2);
    const tree = new HashTree(256);
    const first = (root + 1) * 256 - 1;
    for (let at = 0; at < 256; at++) tree.setLeaf(at, band.get(first + at) ?? noise(32, `${first + at}`));
    tree.seal();
    for (let height = 0; height <= 8; height++) {
      for (let at = 0; at < 2 ** height; at++) {
        made.set((root + 1) * 2 ** height - 1 + at, tree.node(2 ** height - 1 + at).slice());
      }
    }
    band.set(root, tree.root.slice());
    index = root;
  }
  const reads: number[] = [];
  const read = async (at: number, count: number) => {
    reads.push(count);
    const out = new Uint8Array(count * 32);
    for (let i = 0; i < count; i++) out.set(made.get(at + i)!, i * 32);
    return out;
  };
  const reader = new TreeReader(2 ** depth, made.get(0)!, read, 'block');
  assertSame(await reader.leaf(pick), made.get(2 ** depth - 1 + pick)!);
  assert.equal(Math.max(...reads), 511);
  assert.equal(reads.length, 1 + 4 * 8);
});

test('a changed node is found by whoever reads past it, and by a check of the whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...EDGES), fc.nat(), fc.nat(255), async (leaves, pick, mask) => {
      const tree = whole(leaves);
      const at = pick % tree.bytes.length;
      const { reader } = reading(leaves, flipped(tree.bytes, at, mask || 1), tree.root);
      await assert.rejects(reader.verify(0, new Breath()), ShareFault, `byte ${at} of ${leaves} leaves`);

      const another = reading(leaves, flipped(tree.bytes, at, mask || 1), tree.root).reader;
      for (let leaf = 0; leaf < leaves; leaf += 97) {
        const got = await another.leaf(leaf).catch((error) => assert.ok(error instanceof ShareFault));
        if (got) assertSame(got, leafAt(leaf), 'a wrong leaf was let through');
      }
    }),
    { numRuns: 40 },
  );
});

test('another tree’s root leads nowhere; the right one to all of it', async () => {
  for (const leaves of EDGES) {
    const tree = whole(leaves);
    await reading(leaves, tree.bytes, tree.root).reader.verify(0, new Breath());
    await assert.rejects(reading(leaves, tree.bytes, noise(32)).reader.leaf(0), /block hashes do not match/);
  }
});
