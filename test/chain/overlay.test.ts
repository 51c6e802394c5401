import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accountKey, globalsKey, queueCountKey } from '../../src/lib/chain/keys.js';
import { Overlay, ReadOnce } from '../../src/lib/chain/overlay.js';
import { read, readAccount, type StateView } from '../../src/lib/chain/state.js';
import type { Account } from '../../src/lib/chain/types.js';
import { accountCodec, uintCodec } from '../../src/lib/chain/values.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { hashOf } from './helpers.js';

const ADDRESSES = ['a', 'b', 'c', 'd'].map(hashOf);

/** The state as bytes alone. */
class Plain implements StateView {
  readonly entries = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.entries.get(toHex(key));
  }

  put(key: Uint8Array, value: Uint8Array | null): void {
    if (value) this.entries.set(toHex(key), value);
    else this.entries.delete(toHex(key));
  }
}

const amount = fc.bigInt(0n, (1n << 64n) - 1n);
const account: fc.Arbitrary<Account> = fc.record(
  { balance: amount, seq: amount, paid: fc.maxSafeNat() },
  { noNullPrototype: true },
);
const who = fc.constantFrom(...ADDRESSES);
const what = fc.option(account, { freq: 4 });

const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), who, what }),
  fc.record({ do: fc.constant('bytes' as const), who, what }),
  fc.record({ do: fc.constant('count' as const), slot: fc.nat(2), count: fc.option(fc.nat(9)) }),
  fc.record({ do: fc.constant('read' as const), who }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function perform(step: Step, state: Overlay, plain: Plain): void {
  if (step.do === 'read') {
    const bytes = plain.get(accountKey(step.who));
    assert.deepEqual(readAccount(state, step.who), bytes && accountCodec.decode(bytes));
    assert.deepEqual(state.get(accountKey(step.who)), bytes);
  } else if (step.do === 'count') {
    const key = queueCountKey(step.slot);
    state.put(key, uintCodec, step.count);
    plain.put(key, step.count === null ? null : uintCodec.encode(step.count));
    assert.equal(read(state, key, uintCodec), step.count ?? undefined);
  } else {
    const encoded = step.what && accountCodec.encode(step.what);
    plain.put(accountKey(step.who), encoded);
    if (step.do === 'set') state.setAccount(step.who, step.what);
    else if (encoded) state.set(accountKey(step.who), encoded);
    else state.delete(accountKey(step.who));
  }
}

function assertSame(state: Overlay, plain: Plain, before: Plain): void {
  const after = new Plain();
  for (const [key, value] of before.entries) after.entries.set(key, value);
  for (const { key, old, value } of state.differences()) {
    assert.deepEqual(old, before.get(key) ?? null);
    assert.notDeepEqual(old, value, 'what did not change is no difference');
    after.put(key, value);
  }
  assert.deepEqual(after.entries, plain.entries);
}

test('property: what was decoded never differs from what is encoded, over any changes and failed attempts', () => {
  const attempt = fc.record({ steps: fc.array(step, { maxLength: 6 }), fails: fc.boolean() });
  const start = fc.array(fc.tuple(who, account), { maxLength: 4 });
  fc.assert(
    fc.property(start, fc.array(attempt, { maxLength: 8 }), (first, attempts) => {
      const before = new Plain();
      for (const [address, value] of first) before.put(accountKey(address), accountCodec.encode(value));
      const state = new Overlay(new ReadOnce(before));
      let plain = new Plain();
      for (const [key, value] of before.entries) plain.entries.set(key, value);
      for (const { steps, fails } of attempts) {
        const trial = new Plain();
        for (const [key, value] of plain.entries) trial.entries.set(key, value);
        const work = () => {
          for (const one of steps) perform(one, state, trial);
          if (fails) throw new RangeError('no');
        };
        if (fails) assert.throws(() => state.attempt(work), RangeError);
        else state.attempt(work);
        if (!fails) plain = trial;
        for (const address of ADDRESSES) perform({ do: 'read', who: address }, state, plain);
      }
      assertSame(state, plain, before);
      assertSame(state, plain, before);
    }),
    { numRuns: 300 },
  );
});

test('a view read once is asked for each key once, also for what is not there', () => {
  const plain = new Plain();
  plain.put(accountKey(ADDRESSES[0]!), accountCodec.encode({ balance: 1n, seq: 2n, paid: 3 }));
  const asked: string[] = [];
  const once = new ReadOnce({
    get(key) {
      asked.push(toHex(key));
      return plain.get(key);
    },
  });
  const state = new Overlay(once);
  for (let i = 0; i < 3; i++) {
    assert.equal(readAccount(state, ADDRESSES[0]!)?.balance, 1n);
    assert.equal(readAccount(new Overlay(state), ADDRESSES[1]!), undefined);
    assert.equal(state.get(globalsKey), undefined);
  }
  assert.equal(asked.length, 3);
});

test('attempts do not nest, and one that failed leaves room for the next', () => {
  const state = new Overlay(new Plain());
  assert.throws(() => state.attempt(() => state.attempt(() => undefined)), /invariant/);
  assert.equal(
    state.attempt(() => 7),
    7,
  );
});
