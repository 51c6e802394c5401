import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Change } from '../../src/lib/chain/state.js';
import { rootOf, updateTree } from '../../src/lib/chain/tree.js';
import { EMPTY_ROOT, innerHash, leafHash, pathOf, prefixOf } from '../../src/lib/chain/tree-node.js';
import { type Proof, prove, verifyProof } from '../../src/lib/chain/tree-proof.js';
import { leavesAfter } from '../../src/lib/chain/tree-walk.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { compare, toHex } from '../../src/lib/util/bytes.js';

class Nodes {
  readonly map = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.map.get(toHex(key));
  }

  apply(changes: Change[]): Uint8Array {
    const { root, writes } = updateTree(changes, this);
    for (const [key, value] of writes) {
      if (value === null) this.map.delete(toHex(key));
      else this.map.set(toHex(key), value);
    }
    return root;
  }
}

/** The definition, over sorted leaves, without a store: what the tree's root must be. */
function definition(leaves: { path: Uint8Array; value: Uint8Array }[], depth = 0): Uint8Array {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leafHash(leaves[0]!.path, sha256(leaves[0]!.value));
  const bitOf = (path: Uint8Array) => (path[depth >> 3]! >> (7 - (depth % 8))) & 1;
  const left = leaves.filter(({ path }) => bitOf(path) === 0);
  const right = leaves.filter(({ path }) => bitOf(path) === 1);
  if (left.length === 0 || right.length === 0) return definition(leaves, depth + 1);
  const prefix = prefixOf(leaves[0]!.path, depth);
  return innerHash(depth, prefix, definition(left, depth + 1), definition(right, depth + 1));
}

function rootByDefinition(map: Map<number, number>): Uint8Array {
  const leaves = [...map].map(([key, value]) => ({ path: pathOf(keyOf(key)), value: Uint8Array.of(value) }));
  return definition(leaves.sort((a, b) => compare(a.path, b.path)));
}

const keyOf = (n: number) => Uint8Array.of(n >> 8, n & 255);
const batches = fc.array(
  fc.dictionary(fc.nat(60).map(String), fc.option(fc.nat(255), { nil: null }), { maxKeys: 25 }),
  { maxLength: 8 },
);

test('the root is that of the leaves, whatever the history, and nothing else stays behind', () => {
  fc.assert(
    fc.property(batches, (history) => {
      const nodes = new Nodes();
      const map = new Map<number, number>();
      for (const batch of history) {
        const changes: Change[] = [];
        for (const [name, value] of Object.entries(batch)) {
          changes.push([keyOf(Number(name)), value === null ? null : Uint8Array.of(value)]);
          if (value === null) map.delete(Number(name));
          else map.set(Number(name), value);
        }
        assert.deepEqual(nodes.apply(changes), rootByDefinition(map));
        assert.deepEqual(rootOf(nodes), rootByDefinition(map));
      }
      const fresh = new Nodes();
      fresh.apply([...map].map(([key, value]) => [keyOf(key), Uint8Array.of(value)]));
      assert.deepEqual(new Map([...nodes.map].sort()), new Map([...fresh.map].sort()));
    }),
  );
});

test('a thousand leaves, put in at once or one by one, and taken out again', () => {
  const all = Array.from({ length: 1000 }, (_, i): Change => [keyOf(i), Uint8Array.of(i & 255)]);
  const [once, oneByOne] = [new Nodes(), new Nodes()];
  once.apply(all);
  for (const change of all.toReversed()) oneByOne.apply([change]);
  assert.deepEqual(rootOf(once), rootOf(oneByOne));
  assert.deepEqual(once.apply(all.map(([key]) => [key, null])), EMPTY_ROOT);
  assert.equal(once.map.size, 0);
});

test('proofs show what is there and what is not, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(40), { maxLength: 20 }), fc.nat(60), (present, asked) => {
      const nodes = new Nodes();
      const root = nodes.apply(present.map((n) => [keyOf(n), Uint8Array.of(n)]));
      const key = keyOf(asked);
      const value = present.includes(asked) ? Uint8Array.of(asked) : null;
      const proof = prove(nodes, key);
      assert.equal(verifyProof(root, key, value, proof), true);
      assert.equal(verifyProof(root, key, value === null ? Uint8Array.of(asked) : null, proof), false);
      assert.equal(verifyProof(root, key, Uint8Array.of(255), proof), false);
      assert.equal(verifyProof(sha256(root), key, value, proof), false);
      for (let i = 0; i < proof.steps.length; i++) {
        const bent = structuredClone(proof) as Proof;
        bent.steps[i]!.sibling[0]! ^= 1;
        assert.equal(verifyProof(root, key, value, bent), false);
        const short = { ...proof, steps: proof.steps.filter((_, at) => at !== i) };
        assert.equal(verifyProof(root, key, value, short), false);
      }
    }),
  );
});

test('a present key cannot be shown absent by the proof of another', () => {
  const nodes = new Nodes();
  const root = nodes.apply(Array.from({ length: 50 }, (_, n): Change => [keyOf(n), Uint8Array.of(n)]));
  for (let n = 0; n < 50; n++) {
    for (let other = 0; other < 100; other += 9) {
      assert.equal(verifyProof(root, keyOf(n), null, prove(nodes, keyOf(other))), false);
    }
  }
});

test('a walk comes by every leaf in the order of the paths, and begins anew behind the last', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300), { maxLength: 40 }), fc.nat(300), fc.nat(60), (present, from, n) => {
      const nodes = new Nodes();
      nodes.apply(present.map((key) => [keyOf(key), Uint8Array.of(1)]));
      const start = pathOf(keyOf(from));
      const paths = present.map((key) => pathOf(keyOf(key))).sort(compare);
      const behind = paths.filter((path) => compare(path, start) > 0);
      const before = paths.filter((path) => compare(path, start) <= 0);
      assert.deepEqual(leavesAfter(nodes, start, n), [...behind, ...before].slice(0, n));
    }),
  );
});
