import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerId } from '../../src/lib/chain/encoding.js';
import { siblingsKey } from '../../src/lib/chain/layout.js';
import { readEntry } from '../../src/lib/chain/records.js';
import { TWINS_KEPT } from '../../src/lib/chain/stored-twins.js';
import type { Hash, StakedBlock } from '../../src/lib/chain/types.js';
import { compare, equal, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { hashOf, headerOn, TestChain } from './helpers.js';
import { bondedChain, buildLed, EPOCH, leaderOf, leadTo, STAKERS, type Staker, signAs } from './stakers.js';

const NOW = 100_000;

const stored = ({ store }: TestChain) => [...store.map.keys()].filter((key) => key.startsWith(toHex(utf8('h')))).length;

interface Led {
  chain: TestChain;
  /** The same blocks but for the last two. */
  before: TestChain;
  /** The last but one, and who made it. */
  block: StakedBlock;
  leader: Staker;
}

async function led(): Promise<Led> {
  const chain = await bondedChain();
  await leadTo(chain, 2 * EPOCH + 14);
  const before = await TestChain.open(chain.params, chain.store.copy());
  const block = buildLed(chain);
  const [leader] = leaderOf(chain, block.header.slot)!;
  await chain.add(block);
  await chain.add(buildLed(chain));
  return { chain, before, block, leader };
}

/** Another block by the same right, of no use to anybody. */
function twin(
  { chain, block: { header, body }, leader }: Led,
  name: string,
  parent: Hash = header.parent,
): StakedBlock {
  const on = headerOn(chain.params, readEntry(chain.store, parent)!, header);
  return signAs(chain, leader, { header: { ...header, ...on, proof: header.proof, stateRoot: hashOf(name) }, body });
}

test('threat 20: a leader that signs one slot without end fills no disk', async () => {
  const world = await led();
  const off = await TestChain.open(world.chain.params, world.chain.store.copy(), undefined, { twinsKept: 1_000 });
  const held = stored(off);
  for (let i = 0; i < 20; i++) await off.add(twin(world, `twin ${i}`));
  assert.equal(stored(off), held + 20);

  const { chain, block } = world;
  const first = stored(chain);
  const made = Array.from({ length: 5 * TWINS_KEPT }, (_, i) => twin(world, `twin ${i}`));
  for (const one of made) assert.equal((await chain.add(one)).status, 'side');
  assert.equal(stored(chain), first + TWINS_KEPT);
  const listed = chain.store.get(siblingsKey(block.header.height))!;
  assert.equal(listed.length, 32 * (1 + TWINS_KEPT), 'nor are their names kept');
  const latest = made.filter(({ header }) => chain.ledger.has(headerId(header)));
  assert.deepEqual(latest, made.slice(-TWINS_KEPT), 'the latest: what stands on them may be on its way');
  assert.ok(chain.ledger.has(headerId(block.header)), 'what stands on the main chain stays');
});

test('the tip itself stays, and so do blocks of other slots and of other leaders', async () => {
  const world = await led();
  const { chain, before, block } = world;
  const tip = chain.ledger.header(chain.ledger.tip.id) as StakedBlock['header'];
  const owner = STAKERS.find(({ address }) => equal(address, tip.producer))!;
  const rivals: StakedBlock[] = [];
  // On the tip's parent, and worse than the tip: no tie is won.
  for (let i = 0; rivals.length < 2 * TWINS_KEPT; i++) {
    const rival = twin({ ...world, block: { header: tip, body: [] }, leader: owner }, `rival ${i}`);
    if (compare(headerId(rival.header), chain.ledger.tip.id) > 0) rivals.push(rival);
  }
  for (const rival of rivals.slice(0, TWINS_KEPT)) await chain.add(rival);
  for (const rival of rivals.slice(TWINS_KEPT)) await chain.add(rival);
  assert.ok(chain.ledger.has(chain.ledger.tip.id) && chain.ledger.body(chain.ledger.tip.id));

  // A slot that two lead, and another one of the first of them: on a block below.
  const on = (slot: number, by: readonly Staker[]) => {
    const found = leaderOf(before, slot, by);
    return found && signAs(before, found[0], before.ledger.buildLed([], found[1], slot));
  };
  const slots = Array.from({ length: 50 }, (_, i) => block.header.slot + 1 + i).filter((slot) => slot !== tip.slot);
  const shared = slots.find((slot) => STAKERS.filter((staker) => on(slot, [staker])).length > 1)!;
  const [first, second] = STAKERS.filter((staker) => on(shared, [staker])) as [Staker, Staker];
  const elsewhere = slots.find((slot) => slot !== shared && on(slot, [first]))!;
  const kept = [on(shared, [second])!, on(elsewhere, [first])!];
  for (const one of kept) assert.equal((await chain.ledger.addBlock(one, NOW)).status, 'side');
  for (let i = 0; i < 2 * TWINS_KEPT; i++) {
    const rival = twin({ ...world, block: on(shared, [first])!, leader: first }, `shared ${i}`);
    assert.equal((await chain.ledger.addBlock(rival, NOW)).status, 'side');
  }
  assert.ok(kept.every(({ header }) => chain.ledger.has(headerId(header))));
});

test('nor on every parent that the slot could have', async () => {
  const world = await led();
  const { chain, before } = world;
  const first = stored(chain);
  const parents = [0, 1, 2].map((depth) => before.ledger.idAt(before.ledger.tip.height - depth)!);
  for (let i = 0; i < 6 * TWINS_KEPT; i++)
    assert.equal((await chain.add(twin(world, `branch ${i}`, parents[i % 3]))).status, 'side');
  assert.equal(stored(chain), first + TWINS_KEPT);
});

test('one that a chain grows on is kept, and followed once it is longer', async () => {
  const world = await led();
  const { chain, before, block, leader } = world;
  const paid = STAKERS[0]!.bond(before, 1_000_000n);
  const other = signAs(before, leader, before.ledger.buildLed([paid], block.header.proof, block.header.slot));
  assert.notDeepEqual(headerId(other.header), headerId(block.header));
  await before.add(other);
  const branch: StakedBlock[] = [other];
  for (let i = 0; i < 3; i++) {
    branch.push(buildLed(before));
    await before.add(branch.at(-1)!);
  }
  // So far ahead that no tie is decided by an id.
  await chain.add(buildLed(chain));
  for (const one of branch.slice(0, 2)) assert.equal((await chain.add(one)).status, 'side');
  for (let i = 0; i < 3 * TWINS_KEPT; i++) await chain.add(twin(world, `twin ${i}`));
  for (const one of branch.slice(2)) await chain.add(one);
  assert.deepEqual(chain.ledger.tip, before.ledger.tip);
});
