import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workOf } from '../../src/lib/chain/asert.js';
import { headerId } from '../../src/lib/chain/encoding.js';
import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { isMined } from '../../src/lib/chain/header.js';
import { readBond } from '../../src/lib/chain/stake/bond.js';
import { epochOf } from '../../src/lib/chain/stake/epoch.js';
import { closeNonce, evolveNonce, noncePart } from '../../src/lib/chain/stake/nonce.js';
import { SnapshotTree } from '../../src/lib/chain/stake/snapshot.js';
import { isLeader, leaderThreshold } from '../../src/lib/chain/stake/threshold.js';
import type { Block } from '../../src/lib/chain/types.js';
import { proofToHash } from '../../src/lib/crypto/vrf.js';
import { hashOf, seal, TestChain } from './helpers.js';
import { ada, bondedChain, buildLed, EPOCH, leaderOf, leadTo, mineTo, STAKERS, signAs } from './stakers.js';

const refusal = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;
const NOW = 100_000;

test('stake takes over where an epoch begins, two after the bonds, and goes on', async () => {
  const chain = await bondedChain();
  const { ledger } = chain;
  assert.equal(ledger.globals().stakingSince, 2);
  assert.equal(ledger.tip.header.lottery.since, 2);
  assert.equal(ledger.draw(ledger.tip.slot + 1), undefined, 'the epoch before is still mined');
  assert.throws(() => ledger.buildBlock([], ada.address, 2 * EPOCH), refusal('proof-kind'));
  const before = ledger.tip;
  const unit = workOf(isMined(before.header) ? before.header.proof.target : 0n);
  const blocks = await leadTo(chain, 5 * EPOCH);
  const epochs = new Set(blocks.map(({ header }) => epochOf(chain.params, header.slot)));
  assert.deepEqual([...epochs].slice(0, 3), [2, 3, 4]);
  assert.equal(ledger.tip.work, before.work + BigInt(blocks.length) * unit, 'each adds the work of the last mined one');
  assert.equal(new Set(blocks.map(({ header }) => Buffer.from(header.producer).toString('hex'))).size, 3);
  for (const { address } of STAKERS) assert.ok(readBond(ledger.state, address)!.signed >= 3, 'who signs is not absent');
  const reopened = await TestChain.open(chain.params, chain.store.copy());
  assert.deepEqual(reopened.ledger.tip, ledger.tip);
  await reopened.add(buildLed(reopened));
});

test('the nonces of a whole chain, worked out again from its blocks', async () => {
  const chain = await bondedChain();
  await leadTo(chain, 4 * EPOCH);
  let nonce = chain.params.derived.genesisId;
  let evolving = nonce;
  for (let height = 1; height <= chain.ledger.tip.height; height++) {
    const [parent, header] = [chain.ledger.headerAt(height - 1)!, chain.ledger.headerAt(height)!];
    if (parent.slot % EPOCH < 48) {
      const { proof } = parent;
      evolving = evolveNonce(evolving, proof.kind === 'pow' ? headerId(parent) : noncePart(proofToHash(proof.pi)!));
    }
    if (epochOf(chain.params, parent.slot) !== epochOf(chain.params, header.slot))
      evolving = nonce = closeNonce(evolving);
    assert.deepEqual(header.lottery.nonce, nonce);
    assert.deepEqual(header.lottery.evolving, evolving);
  }
});

test('too little bonded: mining goes on, until there is enough', async () => {
  const chain = await bondedChain(0, { powBlocks: 200 });
  await mineTo(chain, 4 * EPOCH);
  assert.equal(chain.ledger.globals().stakingSince, 0, 'enough is bonded, but not enough is mined');
  const lean = await TestChain.open(chain.params);
  await mineTo(lean, 4 * EPOCH);
  assert.equal(lean.ledger.globals().stakingSince, 0);
  assert.equal(lean.ledger.mayMine(lean.ledger.tip.slot + 1), true);
});

test('who joined after a snapshot was frozen leads by the bonds in the state', async () => {
  const chain = await bondedChain();
  await leadTo(chain, 2 * EPOCH + 1);
  // So that the running snapshot and the next one are two.
  await chain.add(buildLed(chain, undefined, STAKERS, [ada.bond(chain, 100_000_000n)]));
  await leadTo(chain, 4 * EPOCH - 8);
  const joined = await TestChain.open(chain.params, chain.store.copy());
  const kept = [...joined.store.map.keys()].filter((key) => key.startsWith('65'));
  assert.ok(kept.length > 0);
  for (const key of kept) joined.store.map.delete(key);
  for (const slot of [chain.ledger.tip.slot + 1, 4 * EPOCH + 1]) {
    const [here, there] = [chain, joined].map(({ ledger }) => ledger.draw(slot)!);
    const { snapshot, next } = chain.ledger.tip.header.lottery;
    assert.deepEqual([here!.root, next === snapshot], [slot > 4 * EPOCH ? next : snapshot, false]);
    for (const { address } of STAKERS) assert.deepEqual(there!.prove(address), here!.prove(address));
  }
});

/** A chain by stake, two epochs on, and another one on the same blocks. */
async function twins(slot: number): Promise<[TestChain, TestChain]> {
  const a = await bondedChain();
  await leadTo(a, slot);
  return [a, await TestChain.open(a.params, a.store.copy())];
}

test('what a header by stake is refused for, one fault each', async (t) => {
  const [chain, other] = await twins(2 * EPOCH + 20);
  const good = buildLed(chain);
  const [leader] = leaderOf(chain, good.header.slot)!;
  const bystander = STAKERS.find((staker) => staker !== leader)!;
  const { header } = good;
  const bend = (change: Partial<typeof header>) => signAs(chain, leader, { ...good, header: { ...header, ...change } });
  const prove = (change: Partial<typeof header.proof>) => bend({ proof: { ...header.proof, ...change } });
  const { stake } = header.proof;
  const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const later = buildLed(other, header.slot + 1, [leader]);
  // A stake of an earlier snapshot, one in which the leader had less to say.
  const oldStake = { ...stake, total: stake.total - 1n };
  const cases: [RuleCode, string, Block][] = [
    ['version', 'a version unheard of', bend({ version: 3 })],
    ['ancestors', 'other ancestors', bend({ ancestors: flip(header.ancestors, 0) })],
    ['nonce', 'another nonce', bend({ lottery: { ...header.lottery, nonce: flip(header.lottery.nonce, 0) } })],
    ['nonce', 'another evolving', bend({ lottery: { ...header.lottery, evolving: flip(header.lottery.evolving, 0) } })],
    [
      'lottery',
      'another snapshot',
      bend({ lottery: { ...header.lottery, snapshot: flip(header.lottery.snapshot, 0) } }),
    ],
    ['lottery', 'another next one', bend({ lottery: { ...header.lottery, next: flip(header.lottery.next, 0) } })],
    ['lottery', 'stake since later', bend({ lottery: { ...header.lottery, since: 3 } })],
    ['lottery', 'stake not decided', bend({ lottery: { ...header.lottery, since: 0 } })],
    ['proof-kind', 'mined', { body: [], header: { ...header, proof: { kind: 'pow', target: 1n, nonce: 0n } } }],
    [
      'stake-proof',
      'more stake',
      prove({ stake: { ...stake, leaf: { ...stake.leaf, stake: stake.leaf.stake + 1n } } }),
    ],
    ['stake-proof', 'another total', prove({ stake: oldStake })],
    [
      'stake-proof',
      'another leaf',
      prove({ stake: { ...stake, leaf: { ...stake.leaf, vrfKey: bystander.vrf.publicKey } } }),
    ],
    ['producer', 'another producer', bend({ producer: bystander.address })],
    ['vrf', 'a bent proof', prove({ pi: flip(header.proof.pi, 40) })],
    ['vrf', "another slot's proof", prove({ pi: later.header.proof.pi })],
    ['vrf', 'another slot', bend({ slot: header.slot + 1 })],
    [
      'signature',
      'a bent signature',
      { ...good, header: { ...header, proof: { ...header.proof, signature: flip(header.proof.signature, 3) } } },
    ],
    [
      'signature',
      'a field changed after signing',
      { ...good, header: { ...header, stateRoot: flip(header.stateRoot, 0) } },
    ],
    ['signature', "another one's signature", signAs(chain, bystander, good)],
    ['state-root', 'another state', bend({ stateRoot: flip(header.stateRoot, 0) })],
  ];
  for (const [rule, name, block] of cases) {
    await t.test(`${rule}: ${name}`, async () => {
      const before = chain.store.dump();
      await assert.rejects(chain.ledger.addBlock(block, NOW), refusal(rule));
      assert.deepEqual(chain.store.dump(), before, 'no trace');
    });
  }
  assert.equal((await chain.add(good)).status, 'extended');
});

test('a slot one does not lead is not led', async () => {
  const chain = await bondedChain();
  const first = buildLed(chain);
  const { slot } = first.header;
  const loser = STAKERS.find((staker) => !leaderOf(chain, slot, [staker]));
  assert.ok(loser, 'somebody does not lead this slot');
  const draw = chain.ledger.draw(slot)!;
  const stake = draw.prove(loser.address)!;
  const proof = { kind: 'stake' as const, stake, pi: loser.vrf.prove(draw.nonce, slot), signature: new Uint8Array(64) };
  const block = signAs(chain, loser, chain.ledger.buildLed([], proof, slot));
  await assert.rejects(chain.add(block), refusal('not-leader'));
});

test('a slot is led as often as the stake is large, and no header says otherwise', async () => {
  const chain = await bondedChain();
  const { leaderConstant } = chain.params.derived;
  const [led, lost] = [new Set<string>(), new Set<string>()];
  for (let slot = 2 * EPOCH; slot < 3 * EPOCH; slot++) {
    const draw = chain.ledger.draw(slot)!;
    for (const staker of STAKERS) {
      const stake = draw.prove(staker.address)!;
      assert.equal(3n * stake.leaf.stake, stake.total);
      const pi = staker.vrf.prove(draw.nonce, slot);
      const wins = isLeader(proofToHash(pi)!, leaderThreshold(leaderConstant, stake.leaf.stake, stake.total));
      assert.equal(staker.vrf.lead(chain.params, draw, slot, stake) !== undefined, wins);
      // One that the whole of the stake would lead, and a third of it does not.
      const bold = !wins && isLeader(proofToHash(pi)!, leaderThreshold(leaderConstant, 1n, 1n));
      (wins ? led : lost).add(`${slot}`);
      if (!bold || lost.size > 40) continue;
      const proof = { kind: 'stake' as const, stake, pi, signature: new Uint8Array(64) };
      const { header } = signAs(chain, staker, chain.ledger.buildLed([], proof, slot));
      await assert.rejects(chain.ledger.checkHeaders([header], NOW), refusal('not-leader'));
    }
  }
  assert.ok(led.size > 10 && lost.size > 40);
});

test('a header whose right was checked is not good under another signature', async () => {
  const chain = await bondedChain();
  const { header, body } = buildLed(chain);
  assert.equal((await chain.ledger.checkHeaders([header], NOW)).status, 'good');
  const signature = header.proof.signature.map((byte, i) => (i === 3 ? byte ^ 1 : byte));
  const bent = { ...header, proof: { ...header.proof, signature } };
  assert.deepEqual(headerId(bent), headerId(header));
  await assert.rejects(chain.ledger.checkHeaders([bent], NOW), refusal('signature'));
  await assert.rejects(chain.ledger.addBlock({ header: bent, body }, NOW), refusal('signature'));
  assert.equal((await chain.add({ header, body })).status, 'extended');
});

test('headers alone are held to the snapshot that the epoch before announced, and to when stake leads', async (t) => {
  const chain = await bondedChain();
  await leadTo(chain, 3 * EPOCH - 4);
  const good = buildLed(chain, 3 * EPOCH);
  const [leader] = leaderOf(chain, good.header.slot)!;
  const { header } = good;
  const other = hashOf('a snapshot of my own');
  const bend = (lottery: Partial<typeof header.lottery>) =>
    signAs(chain, leader, { ...good, header: { ...header, lottery: { ...header.lottery, ...lottery } } }).header;
  assert.equal((await chain.ledger.checkHeaders([header], NOW)).status, 'good');
  await t.test('its own snapshot, in which it alone has stake', async () => {
    const { leaf } = header.proof.stake;
    const alone = new SnapshotTree([leaf]);
    const forged = { ...header, lottery: { ...header.lottery, snapshot: alone.snapshot.root } };
    const proof = { ...header.proof, stake: alone.prove(leaf.account)! };
    const block = signAs(chain, leader, { ...good, header: { ...forged, proof } });
    await assert.rejects(chain.ledger.checkHeaders([block.header], NOW), refusal('lottery'));
  });
  for (const since of [0, 3, 4]) {
    await t.test(`stake since ${since}`, () =>
      assert.rejects(chain.ledger.checkHeaders([bend({ since })], NOW), refusal('lottery')),
    );
  }
  // What is frozen now only the state tells: a whole block is held to it.
  assert.equal((await chain.ledger.checkHeaders([bend({ next: other })], NOW)).status, 'good');
  await assert.rejects(chain.ledger.addBlock({ ...good, header: bend({ next: other }) }, NOW), refusal('lottery'));
});

test('no mined header decides for stake but the first of an epoch, and for the next one', async () => {
  const chain = await bondedChain(0);
  const decided = async (slot: number, since: number) => {
    const { header, body } = chain.ledger.buildBlock([], ada.address, slot);
    const bent = await seal({ header: { ...header, lottery: { ...header.lottery, since } }, body });
    return chain.ledger.checkHeaders([bent.header], NOW).then(
      ({ status }) => status,
      (error) => error.rule,
    );
  };
  const { slot } = chain.ledger.tip;
  assert.equal(chain.ledger.tip.header.lottery.since, 0);
  assert.equal(await decided(slot + 1, 0), 'good');
  for (const since of [1, 2]) assert.equal(await decided(slot + 1, since), 'lottery', `${since} within the epoch`);
  for (const since of [1, 3]) assert.equal(await decided(EPOCH, since), 'lottery', `${since}`);
  assert.equal(await decided(EPOCH, 2), 'good');
});

test('a stake of another snapshot leads nothing', async () => {
  const chain = await bondedChain();
  await leadTo(chain, 2 * EPOCH + 1);
  await chain.add(buildLed(chain, undefined, STAKERS, [ada.bond(chain, 100_000_000n)]));
  await leadTo(chain, 4 * EPOCH - 10);
  const before = chain.ledger.draw(chain.ledger.tip.slot + 1)!.prove(ada.address)!;
  await leadTo(chain, 4 * EPOCH + 1);
  const good = buildLed(chain, undefined, [ada]);
  assert.ok(good.header.proof.stake.leaf.stake > before.leaf.stake, 'more from the epoch after the next one on');
  const bent = { ...good.header, proof: { ...good.header.proof, stake: before } };
  await assert.rejects(chain.add(signAs(chain, ada, { ...good, header: bent })), refusal('stake-proof'));
  await chain.add(good);
});
