import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SnapshotTree, type StakeLeaf, type StakeProof, verifyStake } from '../../../src/lib/chain/stake/snapshot.js';
import { sha256 } from '../../../src/lib/crypto/hash.js';
import { toHex, utf8 } from '../../../src/lib/util/bytes.js';

const leaf = (name: string, stake: bigint): StakeLeaf => ({
  account: sha256(utf8(name)),
  stake,
  vrfKey: sha256(utf8(`${name} vrf`)),
  signingKey: sha256(utf8(`${name} signing`)),
});
const bonds = Array.from({ length: 11 }, (_, i) => leaf(`${i}`, BigInt(i + 1) * 1_000n));

test('property: every bond is proven, whatever order they came in', () => {
  const some = fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(some, fc.bigInt({ min: 1n, max: 1n << 56n }), (numbers, stake) => {
      const leaves = numbers.map((n) => leaf(`${n}`, stake + BigInt(n)));
      const tree = new SnapshotTree(leaves);
      assert.deepEqual(new SnapshotTree([...leaves].reverse()).snapshot, tree.snapshot);
      assert.equal(
        tree.snapshot.total,
        leaves.reduce((sum, each) => sum + each.stake, 0n),
      );
      for (const each of leaves) {
        const proof = tree.prove(each.account)!;
        assert.deepEqual(proof.leaf, each);
        assert.equal(verifyStake(tree.snapshot.root, proof), true);
      }
      assert.equal(tree.prove(sha256(utf8('nobody'))), undefined);
    }),
    { numRuns: 30 },
  );
});

test('nothing in a proof can be other than it is', () => {
  const tree = new SnapshotTree(bonds);
  const proof = tree.prove(bonds[4]!.account)!;
  const { root } = tree.snapshot;
  const other = sha256(utf8('other'));
  const changes: [string, Partial<StakeProof>][] = [
    ['account', { leaf: { ...proof.leaf, account: other } }],
    ['stake', { leaf: { ...proof.leaf, stake: proof.leaf.stake + 1n } }],
    ['vrf key', { leaf: { ...proof.leaf, vrfKey: other } }],
    ['signing key', { leaf: { ...proof.leaf, signingKey: other } }],
    ['keys swapped', { leaf: { ...proof.leaf, vrfKey: proof.leaf.signingKey, signingKey: proof.leaf.vrfKey } }],
    ['a smaller total', { total: proof.total - 1n }],
    ['a total below the stake', { total: proof.leaf.stake - 1n }],
    ['a total beyond 64 bits', { total: 1n << 64n }],
    ['no stake', { leaf: { ...proof.leaf, stake: 0n } }],
    ['index', { index: proof.index + 1 }],
    ['count', { count: proof.count + 1 }],
    ['count of nothing', { count: 0, index: 0 }],
    ['count of no number', { count: Number.NaN }],
    ['path', { path: proof.path.slice(1) }],
    ['another path', { path: [other, ...proof.path.slice(1)] }],
    ["another's path", { path: tree.prove(bonds[5]!.account)!.path }],
  ];
  assert.equal(verifyStake(root, proof), true);
  for (const [what, change] of changes) assert.equal(verifyStake(root, { ...proof, ...change }), false, what);
  assert.equal(verifyStake(new SnapshotTree(bonds.slice(1)).snapshot.root, proof), false);
});

test('an inner node is no leaf: two accounts do not stand for one', () => {
  const roots = [bonds, bonds.slice(0, 10), bonds.slice(0, 1), []].map((some) => new SnapshotTree(some).snapshot.root);
  assert.equal(new Set(roots.map(toHex)).size, roots.length);
  assert.deepEqual(new SnapshotTree([]).snapshot.total, 0n);
});

test('two bonds of an account, and bonds of nothing, are a bug of the caller', () => {
  assert.throws(() => new SnapshotTree([bonds[0]!, { ...bonds[0]!, stake: 5n }]), /invariant/);
  assert.throws(() => new SnapshotTree([leaf('a', 0n)]), /invariant/);
});
