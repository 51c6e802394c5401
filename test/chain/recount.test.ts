import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { supplyOf } from '../../src/lib/chain/emission.js';
import { accountKey, globalsKey } from '../../src/lib/chain/keys.js';
import { Recount } from '../../src/lib/chain/recount.js';
import { decodeEntry, encodeEntry } from '../../src/lib/chain/state-entry.js';
import { pathOf } from '../../src/lib/chain/tree-node.js';
import { accountCodec, globalsCodec } from '../../src/lib/chain/values.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { alice, type TestChain } from './helpers.js';
import { EVERYTHING, live, openHistory, plans, type Step } from './histories.js';

type Records = Map<string, Uint8Array>;

/** State and tree as they lie in the store, keys without their area. */
function stored(chain: TestChain): { state: Records; tree: Records } {
  const area = (letter: string): Records =>
    new Map([...chain.store.dump(letter)].map(([key, value]) => [key.slice(2), fromHex(value)!]));
  return { state: area('s'), tree: area('t') };
}

function count({ state, tree }: { state: Records; tree: Records }) {
  const recount = new Recount();
  for (const [key, value] of tree) recount.node(fromHex(key)!, value);
  for (const [key, value] of state) recount.entry(fromHex(key)!, value);
  return recount.result();
}

const richerAlice = (balance: bigint, seq: bigint) =>
  encodeEntry(accountKey(alice.address), accountCodec.encode({ balance: balance + 1n, seq, paid: 0 }));

async function history(plan: Step[], each: (chain: TestChain) => void): Promise<TestChain> {
  const chain = await openHistory();
  await live(chain, plan, async (block) => {
    await chain.add(block);
    each(chain);
  });
  return chain;
}

test('after every block of random histories the state adds up to the supply, under its root', async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      await history(plan, (chain) => {
        const counted = count(stored(chain));
        assert.equal(counted.total, supplyOf(chain.ledger.globals()));
        assert.equal(counted.supply, counted.total);
        assert.deepEqual(counted.root, chain.ledger.tip.header.stateRoot);
        assert.equal(counted.committed, true);
        for (const kind of counted.held.keys()) kinds.add(kind);
      });
    }),
    { numRuns: 3, examples: [[EVERYTHING]] },
  );
  assert.ok(['a', 'b', 'c', 'g'].every((kind) => kinds.has(kind)));
});

test('one record changed, lost or put in is noticed', async () => {
  const whole = stored(await history(EVERYTHING.slice(0, 12), () => {}));
  for (const area of ['state', 'tree'] as const) {
    const other = area === 'state' ? { tree: whole.tree } : { state: whole.state };
    for (const [key, value] of whole[area]) {
      const without = new Map(whole[area]);
      without.delete(key);
      assert.equal(count({ ...whole, ...other, [area]: without }).committed, false, `${area} ${key}`);
      const [first] = [...whole[area]].find(([name]) => name !== key && name.length === key.length) ?? [];
      if (first === undefined) continue;
      const swapped = new Map(whole[area]).set(first, value);
      const same = toHex(whole[area].get(first)!) === toHex(value);
      assert.equal(count({ ...whole, [area]: swapped }).committed, same, `${area} ${first}`);
    }
  }
  const key = toHex(pathOf(accountKey(alice.address)));
  const { balance, seq } = accountCodec.decode(decodeEntry(whole.state.get(key)!).value);
  const richer = new Map(whole.state).set(key, richerAlice(balance, seq));
  const counted = count({ ...whole, state: richer });
  assert.equal(counted.total, counted.supply! + 1n);
  assert.equal(counted.committed, false);
});

test('what adds up by way of forged globals still is not under the root', async () => {
  const whole = stored(await history(EVERYTHING.slice(0, 5), () => {}));
  const [key, globals] = [toHex(pathOf(accountKey(alice.address))), toHex(pathOf(globalsKey))];
  const { balance, seq } = accountCodec.decode(decodeEntry(whole.state.get(key)!).value);
  const old = globalsCodec.decode(decodeEntry(whole.state.get(globals)!).value);
  const state = new Map(whole.state)
    .set(key, richerAlice(balance, seq))
    .set(globals, encodeEntry(globalsKey, globalsCodec.encode({ ...old, mined: old.mined + 1n })));
  const counted = count({ ...whole, state });
  assert.equal(counted.total, counted.supply);
  assert.equal(counted.committed, false);
});
