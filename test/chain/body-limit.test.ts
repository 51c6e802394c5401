import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodyLimit, evenShare, recordBody } from '../../src/lib/chain/body-limit.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { makeGenesis } from '../../src/lib/chain/genesis.js';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import type { Params, ParamsJson } from '../../src/lib/chain/params.js';
import { readGlobals } from '../../src/lib/chain/state.js';
import { alice, bob, cheapScrypt, seal, TestChain, testParams } from './helpers.js';

const KIB = 1024;
const small: Partial<ParamsJson> = {
  bodyBytesMin: KIB,
  bodyBytesMax: 4 * KIB,
  cycleBlocks: 100,
  cycleBytes: 400 * KIB,
};

/** The ring alone, without blocks around it. */
class Ring {
  readonly params: Params;
  readonly state = new Overlay({ get: () => undefined });
  height = 0;

  constructor(change: Partial<ParamsJson> = small) {
    this.params = testParams(change);
    for (const [key, value] of makeGenesis(this.params).changes) this.state.set(key, value!);
  }

  get limit(): number {
    return bodyLimit(this.params, this.state, this.height + 1);
  }

  add(size: number): void {
    this.height += 1;
    recordBody(this.params, this.state, this.height, size);
  }

  /** Bodies of a size, as far as the limit goes; returns what they had. */
  fill(count: number, size = Number.POSITIVE_INFINITY): number[] {
    return Array.from({ length: count }, () => {
      const had = Math.min(size, this.limit);
      this.add(had);
      return had;
    });
  }
}

test('twice the median, between the least and the most', () => {
  const cases: [string, (ring: Ring) => unknown, number][] = [
    ['an empty chain', () => {}, KIB],
    ['fifty full blocks are no majority', (ring) => ring.fill(50, KIB), KIB],
    ['fifty-one are', (ring) => ring.fill(51, KIB), 2 * KIB],
    ['half-full blocks move nothing', (ring) => ring.fill(100, KIB / 2), KIB],
    ['a little more than half moves a little', (ring) => ring.fill(100, 600), 1200],
    ['never beyond the cap', (ring) => ring.fill(300), 4 * KIB],
    [
      'shrinks when fifty of a hundred are empty',
      (ring) => [60, 50].map((count, i) => ring.fill(count, i ? 0 : KIB)),
      KIB,
    ],
  ];
  for (const [name, act, limit] of cases) {
    const ring = new Ring({ ...small, cycleBytes: 100 * 1024 * KIB });
    act(ring);
    assert.equal(ring.limit, limit, name);
  }
});

test('full blocks grow to the cap in a hundred blocks or so, and shrink again', () => {
  const ring = new Ring({ ...small, cycleBytes: 100 * 1024 * KIB });
  const grown = ring.fill(120);
  assert.deepEqual([...new Set(grown)], [KIB, 2 * KIB, 4 * KIB]);
  assert.ok(grown.every((size, i) => i === 0 || size >= grown[i - 1]!));
  ring.fill(50, 0);
  assert.equal(ring.limit, KIB);
});

test("a cycle's bytes hold, and even then each block has its even share", () => {
  const ring = new Ring({ ...small, bodyBytesMin: 4 * KIB, cycleBytes: 250 * KIB });
  const share = evenShare(ring.params);
  assert.equal(share, 1280);
  const sizes = ring.fill(300);
  assert.equal(sizes[0], 4 * KIB);
  assert.ok(sizes.includes(share), 'the purse for bursts was empty once');
  assert.ok(sizes.every((size) => size >= share));
  for (let end = 100; end <= sizes.length; end++) {
    const sum = sizes.slice(end - 100, end).reduce((total, size) => total + size, 0);
    assert.ok(sum <= 250 * KIB, `${sum} in the cycle that ends at ${end}`);
  }
  assert.deepEqual(
    sizes.slice(100, 300),
    [...sizes.slice(0, 100), ...sizes.slice(0, 100)],
    'what leaves makes room at once',
  );
  ring.fill(100, 0);
  assert.equal(readGlobals(ring.state).bursts, 0, 'what a cycle forgot is forgotten');
  assert.equal(ring.limit, 4 * KIB);
});

test('any bodies within their limits keep the cycle within its bytes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 * KIB }), { minLength: 100, maxLength: 400 }),
      fc.integer({ min: 200, max: 600 }),
      (wanted, kib) => {
        const ring = new Ring({ ...small, bodyBytesMin: 3 * KIB, bodyBytesMax: 8 * KIB, cycleBytes: kib * KIB });
        const sizes = wanted.flatMap((size) => ring.fill(1, size));
        for (let end = 100; end <= sizes.length; end += 7) {
          const sum = sizes.slice(end - 100, end).reduce((total, size) => total + size, 0);
          assert.ok(sum <= kib * KIB);
        }
        assert.ok(ring.limit >= evenShare(ring.params));
      },
    ),
    { numRuns: 20 },
  );
});

/** More transfers than the next block takes. */
function crowd(chain: TestChain): Uint8Array[] {
  const first = chain.seqOf(alice.address);
  const draft = { kind: 'transfer' as const, from: alice.address, outputs: [{ to: bob.address, amount: 1000n }] };
  const memo = new Uint8Array(64);
  const make = (i: number) => chain.make({ ...draft, memo }, alice.signer, { seq: first + BigInt(i) }).bytes;
  const bytes = make(0).length;
  return Array.from({ length: Math.ceil(chain.ledger.bodyLimit() / bytes) + 1 }, (_, i) => make(i));
}

test('what is built is what is valid; one transaction more is refused; a reorganisation brings the old limit back', async () => {
  const params = testParams({ ...small, k: 20 });
  const chain = await TestChain.open(params);
  await chain.produce([], { producer: alice.address });
  const full = async (on: TestChain) => {
    const block = await on.build(crowd(on), { producer: alice.address });
    const room = on.ledger.bodyLimit() - block.header.bodySize;
    assert.ok(room >= 0 && room < 300, `${room} bytes are left`);
    await on.add(block);
  };
  for (let i = 0; i < 48; i++) await full(chain);
  assert.equal(chain.ledger.bodyLimit(), KIB);
  const loose: Params = { ...params, bodyBytesMin: 2 * KIB };
  const forger = await Ledger.open(loose, chain.store.copy(), { scrypt: cheapScrypt });
  const slot = chain.ledger.tip.slot + 2;
  const large = await seal(forger.buildBlock([...crowd(chain), ...crowd(chain)], alice.address, slot));
  assert.ok(large.header.bodySize > KIB);
  await assert.rejects(chain.add(large), (error) => error instanceof LedgerError && error.rule === 'body-size');

  const other = await TestChain.open(params, chain.store.copy());
  for (let i = 0; i < 3; i++) await full(chain);
  assert.ok(chain.ledger.bodyLimit() > 1900, 'grown');
  const before = chain.ledger.bodyLimit();
  for (let i = 0; i < 4; i++) {
    const block = await other.build([], { slots: 3 });
    await other.add(block);
    await chain.add(block);
  }
  assert.equal(chain.ledger.bodyLimit(), KIB, 'shrunk with what was taken back');
  assert.ok(before > chain.ledger.bodyLimit());
  assert.deepEqual(chain.store.dump('st'), other.store.dump('st'));
});

test('the base fee moves toward half of what the block may have', async () => {
  const chain = await TestChain.open(testParams({ ...small, bodyBytesMin: 2 * KIB }));
  await chain.produce([], { producer: alice.address });
  await chain.produce(crowd(chain).slice(0, 4));
  assert.equal(chain.ledger.globals().baseFee, 1n, 'less than half');
  await chain.produce(crowd(chain).slice(0, 8));
  assert.equal(chain.ledger.globals().baseFee, 2n, 'more than half');
});
