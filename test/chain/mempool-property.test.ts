import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bountyId } from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { globalsKey } from '../../src/lib/chain/keys.js';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import { applyTx, readTx } from '../../src/lib/chain/rules/apply.js';
import { checkNone } from '../../src/lib/chain/signatures.js';
import type { Address, Block } from '../../src/lib/chain/types.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { bountyItem, Card, miner, Person, seal, TestChain, testParams } from './helpers.js';

const PEOPLE = ['ann', 'ben', 'cat', 'dan'].map((name) => new Person(name));
const NEWCOMERS = ['eve', 'fay'].map((name) => new Person(name).address);
const EVERYBODY: Address[] = [...PEOPLE.map(({ address }) => address), ...NEWCOMERS];
const memo = new Uint8Array(0);
const card = new Card(5n);

type Step =
  | { do: 'pay'; from: number; to: number; amount: number; tip: number; back: number }
  | { do: 'post' | 'sweep'; from: number; tip: number; back: number }
  | { do: 'remove'; which: number }
  | { do: 'block'; take: number; side: boolean }
  | { do: 'fork' };

const person = fc.nat(PEOPLE.length - 1);
const tip = fc.nat(3_000);
/** How far below the next sequence number: what waits there is replaced. */
const back = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(3));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      ...{ from: person, to: fc.nat(EVERYBODY.length - 1), tip, back },
      amount: fc.integer({ min: 900, max: 400_000_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('post' as const, 'sweep' as const), from: person, tip, back }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('block' as const), take: fc.nat(8), side: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fork' as const) }) },
);

/** A ledger with a pool, and what may be done to them. */
class World {
  readonly blocks: Block[] = [];
  posted: Uint8Array[] = [];

  private constructor(
    readonly chain: TestChain,
    readonly pool: Mempool,
  ) {}

  static async open(bytesMax: number): Promise<World> {
    const params = testParams({ daySlots: 1000, cycleBlocks: 2000, miningReward: '500000000' });
    const chain = await TestChain.open(params);
    const world = new World(chain, new Mempool(chain.ledger, { bytesMax }));
    for (const { address } of PEOPLE) await world.produce([], address);
    for (let i = 0; i < 2; i++) await world.produce([]);
    return world;
  }

  async produce(txs: Uint8Array[], producer: Address = miner.address): Promise<void> {
    const block = await this.chain.build(txs, { producer, slots: 1 });
    this.blocks.push(block);
    this.pool.reset(await this.chain.add(block), 0);
  }

  offer(bytes: Uint8Array): void {
    try {
      this.pool.add(bytes, 0);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'remove': {
        const { id } = this.pool.all()[step.which] ?? {};
        return id && this.pool.remove([id], 0);
      }
      case 'block': {
        const body = this.pool.candidates(1 << 20).filter((_, i) => (i + (step.side ? 1 : 0)) % 9 < step.take);
        return this.produce(body, step.side ? PEOPLE[0]!.address : undefined);
      }
      case 'fork':
        return this.fork();
      default:
        return this.offer(this.make(step));
    }
  }

  make(step: Extract<Step, { from: number }>): Uint8Array {
    const { address: from, signer } = PEOPLE[step.from]!;
    const seq = (this.pool.pendingSeq(from) ?? 3n) - BigInt(step.back);
    const options = { tip: BigInt(step.tip), seq };
    if (step.do === 'pay') {
      const outputs = [{ to: EVERYBODY[step.to]!, amount: BigInt(step.amount) }];
      return this.chain.make({ kind: 'transfer', from, outputs, memo }, signer, options).bytes;
    }
    const open = this.posted[this.posted.length - 1 - step.back];
    if (step.do === 'sweep' && open) {
      const entries = [{ bounty: open, to: from }];
      return this.chain.make({ kind: 'sweep', entries }, (message) => card.sign(message), options).bytes;
    }
    const bounty = { amount: 50_000n, payee: null, key: card.key, duration: 3_000, items: [bountyItem(1)] };
    const made = this.chain.make({ kind: 'post', from, bounties: [bounty] }, signer, options);
    this.posted.push(bountyId(made.id, 0));
    return made.bytes;
  }

  /** Another branch overtakes the last two blocks. */
  async fork(): Promise<void> {
    const kept = this.blocks.slice(0, -2);
    const other = await TestChain.open(this.chain.params);
    for (const block of kept) await other.add(block);
    const left = this.blocks.length - kept.length;
    for (let i = 0; i <= left; i++) {
      const body = i === 1 ? this.pool.candidates(1 << 20).slice(0, 2) : [];
      const built = other.ledger.buildBlock(body, NEWCOMERS[0]!, other.ledger.tip.slot + 1);
      const block = await seal(built);
      await other.add(block);
      kept.push(block);
      this.pool.reset(await this.chain.add(block), 0);
    }
    this.blocks.splice(0, this.blocks.length, ...kept);
    assert.deepEqual(this.chain.ledger.tip, other.ledger.tip);
  }

  /** Everything that waits, applied to the tip's state in its order, comes to what the pool says. */
  check(bytesMax: number): void {
    const { ledger, params } = this.chain;
    const { height, slot } = ledger.tip;
    const state = new Overlay(ledger.state);
    const blockIdAt = (at: number) => ledger.idAt(at);
    const context = { params, height: height + 1, slot: slot + 1, staked: false, check: checkNone, blockIdAt };
    const all = this.pool.all();
    for (const { bytes } of all) applyTx(context, state, readTx(bytes));
    for (const key of state.touched()) {
      if (toHex(key) === toHex(globalsKey)) continue;
      assert.deepEqual(this.pool.pending.get(key), state.get(key));
    }
    assert.equal(this.pool.size, all.length);
    assert.equal(
      this.pool.bytes,
      all.reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    assert.ok(this.pool.bytes <= bytesMax);
    assert.equal(this.pool.candidates(1 << 30).length, all.length);
  }
}

test('whatever comes, goes, is replaced or forked away: the pool is its transactions on the tip', async () => {
  const sizes = fc.constantFrom(1_500, 100_000);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), sizes, async (steps, bytesMax) => {
      const world = await World.open(bytesMax);
      for (const step of steps) {
        await world.run(step);
        world.check(bytesMax);
      }
    }),
    { numRuns: Number(process.env.HOLDFAST_FUZZ_RUNS ?? 40) },
  );
});
