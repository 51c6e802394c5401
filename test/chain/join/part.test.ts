import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LedgerError } from '../../../src/lib/chain/errors.js';
import {
  checkPart,
  openPart,
  PART_BYTES,
  type Part,
  type PartAnswer,
  rootPart,
} from '../../../src/lib/chain/join/part.js';
import { treeKey } from '../../../src/lib/chain/layout.js';
import { Staging, treeIn } from '../../../src/lib/chain/staging.js';
import type { Change, StateEntry } from '../../../src/lib/chain/state.js';
import { putState } from '../../../src/lib/chain/state-entry.js';
import { updateTree } from '../../../src/lib/chain/tree.js';
import { pathOf } from '../../../src/lib/chain/tree-node.js';
import { compare, u32be } from '../../../src/lib/util/bytes.js';
import { hashOf, MemoryStore } from '../helpers.js';

const lie = (error: unknown) => error instanceof LedgerError && error.rule === 'state-part';
const SMALL = 400;

async function stateOf(values: number[]): Promise<{ store: MemoryStore; root: Uint8Array; entries: StateEntry[] }> {
  const store = new MemoryStore();
  const staging = new Staging(store);
  const changes = values.map((value, i): Change => [u32be(i), new Uint8Array(value % 100).fill(value)]);
  for (const change of changes) putState(staging, change);
  const { root, writes } = updateTree(changes, treeIn(staging));
  for (const [key, value] of writes) staging.put(treeKey(key), value);
  await store.write(staging.batch());
  const entries = changes.map(([key, value]) => ({ key, value: value! }));
  return { store, root, entries: entries.sort((a, b) => compare(pathOf(a.key), pathOf(b.key))) };
}

/** Every part down to the leaves, with its answer. */
async function open(store: MemoryStore, root: Uint8Array): Promise<[Part, PartAnswer][]> {
  const snapshot = store.snapshot();
  const found: [Part, PartAnswer][] = [];
  for (const wanted = [rootPart(root)]; wanted.length > 0; ) {
    const part = wanted.shift()!;
    const answer = structuredClone((await openPart(snapshot, part, SMALL))!);
    // As bytes come from a database or a socket; what was asked for and said stays as it is.
    const said = answer.kind === 'inner' ? { ...answer, prefix: Buffer.from(answer.prefix) } : answer;
    const checked = checkPart(part, said);
    if (said.kind === 'inner') assert.deepEqual({ ...said, prefix: new Uint8Array(said.prefix) }, answer);
    if ('parts' in checked) wanted.unshift(...checked.parts);
    found.push([part, answer]);
  }
  return found;
}

const bytes = (max: number) => fc.array(fc.nat(255), { minLength: 1, maxLength: max });

test('the parts of a state are all of its entries, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(bytes(80), async (values) => {
      const { store, root, entries } = await stateOf(values);
      const answers = (await open(store, root)).map(([, answer]) => answer);
      assert.deepEqual(
        answers.flatMap((answer) => (answer.kind === 'leaves' ? answer.entries : [])),
        entries,
      );
    }),
    { numRuns: 40 },
  );
});

/** One lie of each kind about a part. undefined: this answer has no room for it. */
const LIES: Record<string, (answer: PartAnswer, other: PartAnswer) => PartAnswer | undefined> = {
  'an entry left out': (a) => (a.kind === 'leaves' ? { ...a, entries: a.entries.slice(1) } : undefined),
  'an entry more': (a) =>
    a.kind === 'leaves' ? { ...a, entries: sorted([...a.entries, { key: u32be(9999), value: u32be(1) }]) } : undefined,
  'an entry twice': (a) => (a.kind === 'leaves' ? { ...a, entries: [a.entries[0]!, ...a.entries] } : undefined),
  'another value': (a) =>
    a.kind === 'leaves' ? { ...a, entries: a.entries.map(({ key }) => ({ key, value: hashOf('x') })) } : undefined,
  'another key': (a) =>
    a.kind === 'leaves'
      ? { ...a, entries: sorted(a.entries.map(({ value }) => ({ key: hashOf('x'), value }))) }
      : undefined,
  'another order': (a) =>
    a.kind === 'leaves' && a.entries.length > 1 ? { ...a, entries: a.entries.toReversed() } : undefined,
  nothing: () => ({ kind: 'leaves', entries: [] }),
  'a child': (a) => (a.kind === 'inner' ? { ...a, left: hashOf('x') } : undefined),
  'children the other way round': (a) => (a.kind === 'inner' ? { ...a, left: a.right, right: a.left } : undefined),
  'a depth': (a) => (a.kind === 'inner' ? { ...a, depth: a.depth + 1 } : undefined),
  'no depth': (a) => (a.kind === 'inner' ? { ...a, depth: 256 } : undefined),
  'a prefix': (a) => (a.kind === 'inner' ? { ...a, prefix: hashOf('x') } : undefined),
  'another part': (_, other) => other,
};
const sorted = (entries: StateEntry[]) => entries.toSorted((a, b) => compare(pathOf(a.key), pathOf(b.key)));

test('every kind of lie about a part is refused', async (t) => {
  const { store, root } = await stateOf(Array.from({ length: 60 }, (_, i) => i));
  const all = await open(store, root);
  for (const [name, bend] of Object.entries(LIES)) {
    await t.test(name, () => {
      let told = 0;
      for (const [i, [part, answer]] of all.entries()) {
        const bent = bend(answer, all[(i + 1) % all.length]![1]);
        if (!bent) continue;
        assert.throws(() => checkPart(part, bent), lie);
        told++;
      }
      assert.ok(told > 0);
    });
  }
});

test('a part larger than any answer is refused, and one of a state that is not held is not answered', async () => {
  const { store, root } = await stateOf([1, 2, 3]);
  const entries = Array.from({ length: 10 }, (_, i) => ({ key: u32be(i), value: new Uint8Array(PART_BYTES / 8) }));
  assert.throws(() => checkPart(rootPart(root), { kind: 'leaves', entries: sorted(entries) }), /too large/);
  const snapshot = store.snapshot();
  for (const part of [rootPart(hashOf('x')), { depth: 3, prefix: new Uint8Array(32), hash: root }]) {
    assert.equal(await openPart(snapshot, part), undefined);
  }
  // A single entry is answered however large it is: it has no halves.
  const large = await stateOf([99]);
  const answer = await openPart(large.store.snapshot(), rootPart(large.root), 10);
  assert.equal(answer?.kind, 'leaves');
});
