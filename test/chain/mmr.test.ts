import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { append, EMPTY_RANGE, type Range, type RangeNodes, rangeAt, rangeRoot } from '../../src/lib/chain/mmr.js';
import { proveConsistency, proveInclusion, verifyConsistency, verifyInclusion } from '../../src/lib/chain/mmr-proof.js';
import type { Hash } from '../../src/lib/chain/types.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { fromHex, toHex, u32be } from '../../src/lib/util/bytes.js';

/** The leaves and roots that Certificate Transparency's logs are tested with. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** Nodes in memory. */
class Nodes implements RangeNodes {
  readonly map = new Map<string, Hash>();

  get(level: number, index: number): Hash | undefined {
    return this.map.get(`${level}/${index}`);
  }

  add(range: Range, data: Uint8Array): Range {
    const { range: next, nodes } = append(range, data);
    for (const { level, index, hash } of nodes) this.map.set(`${level}/${index}`, hash);
    return next;
  }
}

function grown(leaves: readonly Uint8Array[]): { nodes: Nodes; ranges: Range[] } {
  const nodes = new Nodes();
  const ranges = [EMPTY_RANGE];
  for (const leaf of leaves) ranges.push(nodes.add(ranges[ranges.length - 1]!, leaf));
  return { nodes, ranges };
}

const ids = (n: number, salt = 0) => Array.from({ length: n }, (_, i) => sha256(u32be(i), u32be(salt)));

/** RFC 9162 §2.1.1, word for word. */
function treeHash(leaves: readonly Uint8Array[]): Hash {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!);
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return sha256(Uint8Array.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

test("Certificate Transparency's roots of 0 to 8 leaves", () => {
  const { ranges } = grown(LEAVES.map((leaf) => fromHex(leaf)!));
  assert.deepEqual(
    ranges.map((range) => toHex(rangeRoot(range))),
    ROOTS,
  );
});

test('the root is RFC 9162’s tree hash, and there is a peak for each bit of the count', () => {
  const leaves = ids(130);
  const { ranges } = grown(leaves);
  for (const [count, range] of ranges.entries()) {
    assert.deepEqual(rangeRoot(range), treeHash(leaves.slice(0, count)), `${count} leaves`);
    assert.equal(range.peaks.length, [...count.toString(2)].filter((digit) => digit === '1').length);
  }
});

test('property: a range of any earlier count is found again in the nodes of a longer one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (n) => {
      const { nodes, ranges } = grown(ids(n));
      for (const range of ranges) assert.deepEqual(rangeAt(nodes, range.count), range);
    }),
    { numRuns: 8 },
  );
});

test('property: a fork overwrites what it replaces, and nothing before it', () => {
  fc.assert(
    fc.property(fc.nat(80), fc.nat(40), fc.integer({ min: 1, max: 60 }), (common, left, right) => {
      const { nodes, ranges } = grown(ids(common + left));
      let range = ranges[common]!;
      const other = ids(right, 1);
      for (const id of other) range = nodes.add(range, id);
      const leaves = [...ids(common), ...other];
      assert.deepEqual(rangeRoot(range), treeHash(leaves));
      for (const [index, leaf] of leaves.entries()) {
        const path = proveInclusion(nodes, index, range.count);
        assert.equal(verifyInclusion(rangeRoot(range), range.count, index, leaf, path), true);
      }
    }),
    { numRuns: 20 },
  );
});

test('every leaf of every range up to 24 is proven, as itself and in its place alone', () => {
  const leaves = ids(24);
  const { nodes, ranges } = grown(leaves);
  for (const range of ranges.slice(1)) {
    const root = rangeRoot(range);
    for (let index = 0; index < range.count; index++) {
      const path = proveInclusion(nodes, index, range.count);
      assert.ok(path.length <= Math.ceil(Math.log2(range.count)));
      for (let other = 0; other < range.count; other++) {
        const [verdict, wrongPlace] = [
          verifyInclusion(root, range.count, index, leaves[other]!, path),
          verifyInclusion(root, range.count, other, leaves[index]!, path),
        ];
        assert.equal(verdict, other === index);
        assert.equal(wrongPlace, other === index);
      }
    }
  }
});

test('a path that is changed, cut, lengthened, or for another root or count proves nothing', () => {
  const leaves = ids(23);
  const { nodes, ranges } = grown(leaves);
  const root = rangeRoot(ranges[23]!);
  for (const index of [0, 7, 16, 21, 22]) {
    const path = proveInclusion(nodes, index, 23);
    const leaf = leaves[index]!;
    const flipped = path.map((hash, at) => path.map((h, i) => (i === at ? sha256(hash) : h)));
    for (const bad of [...flipped, path.slice(1), path.slice(0, -1), [...path, root], [...path].reverse()]) {
      assert.equal(verifyInclusion(root, 23, index, leaf, bad), false);
    }
    assert.equal(verifyInclusion(rangeRoot(ranges[22]!), 23, index, leaf, path), false);
    assert.equal(verifyInclusion(root, 64, index, leaf, path), false);
    for (const [count, at] of [
      [23, 23],
      [23, -1],
      [23, 0.5],
      [Number.NaN, 0],
      [2 ** 60, 1],
      [0, 0],
    ] as const) {
      assert.equal(verifyInclusion(root, count, at, leaf, path), false);
    }
  }
  const shortHash = [root.subarray(1)];
  assert.equal(verifyInclusion(root, 2, 0, leaves[0]!, shortHash), false);
});

test('every older range is proven to be the beginning of every newer one up to 40, and of no other', () => {
  const { nodes, ranges } = grown(ids(40));
  const other = grown([...ids(5), ...ids(35, 1)]).ranges.map(rangeRoot);
  const roots = ranges.map(rangeRoot);
  for (let count = 1; count <= 40; count++) {
    for (let first = 1; first <= count; first++) {
      const proof = proveConsistency(nodes, first, count);
      const claim = { first, firstRoot: roots[first]!, count, root: roots[count]! };
      assert.equal(verifyConsistency(claim, proof), true, `${first} of ${count}`);
      if (first > 5) assert.equal(verifyConsistency({ ...claim, firstRoot: other[first]! }, proof), false);
      if (count > 5) assert.equal(verifyConsistency({ ...claim, root: other[count]! }, proof), false);
      assert.equal(verifyConsistency({ ...claim, first: first - 1 }, proof), false);
      for (const bad of [[...proof, roots[1]!], proof.slice(1), proof.map((hash) => sha256(hash))]) {
        if (bad.length > 0 || proof.length > 0) assert.equal(verifyConsistency(claim, bad), false);
      }
    }
  }
});

test('counts and proofs that make no sense prove no consistency', () => {
  const root = rangeRoot(grown(ids(3)).ranges[3]!);
  const good = { first: 1, firstRoot: root, count: 3, root };
  for (const change of [{ first: 0 }, { first: 4 }, { first: 1.5 }, { count: Number.POSITIVE_INFINITY }]) {
    assert.equal(verifyConsistency({ ...good, ...change }, [root]), false);
  }
  assert.equal(verifyConsistency(good, []), false);
  assert.equal(verifyConsistency({ ...good, first: 3 }, []), true);
  assert.equal(
    verifyConsistency(
      good,
      Array.from({ length: 55 }, () => root),
    ),
    false,
  );
  assert.equal(verifyConsistency(good, [root.subarray(1)]), false);
});

test('property: whatever the bytes, no proof is found in noise', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const count = fc.integer({ min: 1, max: 2 ** 40 });
  fc.assert(
    fc.property(hash, hash, count, count, fc.array(hash, { maxLength: 45 }), (a, b, m, n, proof) => {
      assert.equal(verifyInclusion(a, n, m - 1, b, proof), false);
      if (m !== n) assert.equal(verifyConsistency({ first: m, firstRoot: b, count: n, root: a }, proof), false);
    }),
  );
});
