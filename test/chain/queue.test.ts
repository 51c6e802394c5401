import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitmentOf } from '../../src/lib/chain/commitment.js';
import { bountyId } from '../../src/lib/chain/encoding.js';
import type { LedgerEvent } from '../../src/lib/chain/events.js';
import { makeGenesis } from '../../src/lib/chain/genesis.js';
import { keyKind } from '../../src/lib/chain/keys.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import { pushQueue, QUEUE_ENTRIES_MAX, QUEUE_SLOTS_MAX, runQueue } from '../../src/lib/chain/queue.js';
import type { Defences } from '../../src/lib/chain/rules/run.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import { readAdvert, readBarredUntil, readBid, readBids, readBounty, readGlobals } from '../../src/lib/chain/state.js';
import { alice, bob, bountyItem, Card, carol, hashOf, miner, TestChain, testParams } from './helpers.js';

const card = new Card(77n);

function stateOf(): Overlay {
  const { changes } = makeGenesis(testParams());
  const state = new Overlay({ get: () => undefined });
  for (const [key, value] of changes) state.set(key, value!);
  return state;
}

function run(state: Overlay, slot: number, defences?: Partial<Defences>): LedgerEvent[] {
  const params = testParams();
  const events: LedgerEvent[] = [];
  const context = { params, height: 1, slot, staked: false, check: checkNow, blockIdAt: () => undefined, defences };
  runQueue({ context, state, txid: null, events });
  return events;
}

test('what nobody touches for seven days after it expired goes back by itself', async () => {
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const bounty = { amount: 5_000n, payee: null, key: card.key, duration: 24, items: [bountyItem(1)] };
  const { bytes, id } = chain.make({ kind: 'post', from: alice.address, bounties: [bounty] }, alice.signer);
  await chain.produce([bytes]);
  const posted = bountyId(id, 0);
  const { expires } = readBounty(chain.ledger.state, posted)!;
  const balance = chain.balanceOf(alice.address);
  await chain.advanceTo(expires + chain.params.derived.returnSlots - 1);
  assert.ok(readBounty(chain.ledger.state, posted));
  const { connected } = await chain.produce([], { slots: 1 });
  assert.equal(readBounty(chain.ledger.state, posted), undefined);
  assert.equal(chain.balanceOf(alice.address), balance + 5_000n);
  assert.ok(connected[0]!.events.some((event) => event.kind === 'returned'));
});

test('an account that has gone gets back what makes a new one, else the pool does', async () => {
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const bounty = { amount: 1_000n, payee: null, key: card.key, duration: 24, items: [bountyItem(1)] };
  const post = chain.make({ kind: 'post', from: alice.address, bounties: [bounty] }, alice.signer);
  await chain.produce([post.bytes]);
  const rest = chain.draft({
    kind: 'transfer',
    from: alice.address,
    outputs: [{ to: bob.address, amount: 1_000n }],
    memo: new Uint8Array(0),
  });
  const all = { ...rest, outputs: [{ to: bob.address, amount: chain.balanceOf(alice.address) - rest.fee }] };
  const wider = {
    ...all,
    fee: rest.fee + 20n,
    outputs: [{ to: bob.address, amount: all.outputs[0]!.amount - 20n }],
  } as typeof rest;
  await chain.produce([chain.sign(wider, alice.signer)]);
  assert.equal(chain.seqOf(alice.address), 0n, 'an emptied account is gone');
  const { expires } = readBounty(chain.ledger.state, bountyId(post.id, 0))!;
  await chain.advanceTo(expires + 1);
  const pool = chain.ledger.globals().feePool;
  const revoke = chain.make({ kind: 'revoke', from: alice.address, bounties: [bountyId(post.id, 0)] }, alice.signer);
  const { connected } = await chain.produce([revoke.bytes]);
  assert.equal(chain.balanceOf(alice.address), 0n, '1000 less the fee is below the minimum');
  const pooled = connected[0]!.events.find((event) => event.kind === 'pooled');
  assert.ok(pooled && pooled.amount === 1_000n - revoke.tx.fee);
  assert.ok(chain.ledger.globals().feePool > pool);
});

test('an account that comes again starts above every sequence number it used', async () => {
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const first = chain.seqOf(alice.address);
  assert.equal(first, 1n << 20n);
  const draft = chain.draft({
    kind: 'transfer',
    from: alice.address,
    outputs: [{ to: bob.address, amount: 1_000n }],
    memo: new Uint8Array(0),
  });
  const amount = chain.balanceOf(alice.address) - draft.fee - 20n;
  const all = { ...draft, fee: draft.fee + 20n, outputs: [{ to: bob.address, amount }] } as typeof draft;
  const emptying = chain.sign(all, alice.signer);
  await chain.produce([emptying]);
  await chain.produce([], { producer: alice.address });
  assert.equal(chain.seqOf(alice.address), 3n << 20n);
  const block = await chain.build([emptying]);
  assert.equal(block.body.length, 0, 'the old transaction does not come again');
});

test('reveals over: the revealed get their deposit back, the others lose it and are barred for a cycle', async () => {
  const chain = await TestChain.open();
  for (const person of [alice, bob, carol]) await chain.produce([], { producer: person.address });
  const closes = chain.ledger.tip.slot + 2 + 16;
  const advert = {
    lots: 1,
    size: 1 << 20,
    term: 1,
    reserve: 1n << 20n,
    creditDays: 4,
    closes,
    contact: card.key,
    excluded: [],
  };
  const opening = chain.make({ kind: 'advert', from: alice.address, ...advert }, alice.signer);
  await chain.produce([opening.bytes]);
  const reveal = { price: 5n, peer: Uint8Array.of(1), payee: card.key, salt: hashOf('salt') };
  const deposit = 60_000n;
  const commits = [bob, carol].map((person) => {
    const commitment = commitmentOf(reveal, person.address, opening.id);
    return chain.make({ kind: 'commit', from: person.address, advert: opening.id, commitment, deposit }, person.signer);
  });
  await chain.produce(commits.map(({ bytes }) => bytes));
  assert.deepEqual(
    readBids(chain.ledger.state, opening.id).map((bid) => bid.account),
    [bob.address, carol.address],
  );
  await chain.advanceTo(closes + 1);
  const revealing = chain.make({ kind: 'reveal', from: bob.address, advert: opening.id, ...reveal }, bob.signer);
  await chain.produce([revealing.bytes]);
  const { revealsUntil } = readAdvert(chain.ledger.state, opening.id)!;
  assert.equal(revealsUntil, closes + chain.params.derived.claimWindowSlots);
  const [bobs, carols, pool] = [
    chain.balanceOf(bob.address),
    chain.balanceOf(carol.address),
    chain.ledger.globals().feePool,
  ];
  await chain.advanceTo(revealsUntil);
  assert.equal(chain.balanceOf(bob.address), bobs);
  const settled = await chain.produce([], { slots: 1 });
  assert.equal(chain.balanceOf(bob.address), bobs + deposit - revealing.tx.fee);
  assert.equal(chain.balanceOf(carol.address), carols);
  assert.ok(chain.ledger.globals().feePool > pool + deposit - deposit / 100n);
  const until = chain.ledger.tip.slot + chain.params.derived.cycleSlots;
  assert.equal(readBarredUntil(chain.ledger.state, carol.address), until);
  assert.equal(readBarredUntil(chain.ledger.state, bob.address), undefined);
  const kinds = settled.connected[0]!.events.filter((event) => event.kind === 'settled').map((event) => event.revealed);
  assert.deepEqual(kinds, [true, false]);

  await chain.advanceTo(revealsUntil + chain.params.derived.returnSlots - 1);
  assert.equal(readBids(chain.ledger.state, opening.id).length, 2, 'the clearing can still be recomputed');
  await chain.produce([], { slots: 1 });
  assert.equal(readAdvert(chain.ledger.state, opening.id), undefined);
  assert.equal(readBid(chain.ledger.state, opening.id, bob.address), undefined);
  await chain.advanceTo(until + 1);
  assert.equal(readBarredUntil(chain.ledger.state, carol.address), undefined);
  const left = new Set([...chain.store.state().keys()].map((key) => keyKind(Buffer.from(key, 'hex'))));
  assert.deepEqual([...left].sort(), ['a', 'g', 'z'], 'nothing stays behind but the sizes of a cycle');
});

test('a block works off a bounded number of entries; the next goes on where it stopped', () => {
  const state = stateOf();
  for (let n = 0; n < QUEUE_ENTRIES_MAX + 10; n++) {
    const id = hashOf(`bounty ${n}`);
    state.setBounty(id, {
      ...{ funder: alice.address, payee: null, amount: 1_000n, itemsHash: id, key: card.key, opened: 1, expires: 2 },
    });
    pushQueue(state, 5, { kind: 'return', bounty: id });
  }
  assert.equal(run(state, 4).length, 0);
  assert.equal(run(state, 9).filter((event) => event.kind === 'returned').length, QUEUE_ENTRIES_MAX);
  assert.deepEqual([readGlobals(state).queueSlot, readGlobals(state).queueIndex], [5, QUEUE_ENTRIES_MAX]);
  assert.equal(run(state, 10).filter((event) => event.kind === 'returned').length, 10);
  assert.deepEqual([readGlobals(state).queueSlot, readGlobals(state).queueIndex], [11, 0]);
  assert.equal(state.touched().filter((key) => 'qQ'.includes(keyKind(key)) && state.get(key)).length, 0);
});

test('threat 15: what many blocks put in is made to expire in one slot', () => {
  const most = (defences?: Partial<Defences>) => {
    const state = stateOf();
    const costs: number[] = [];
    let bounties = 0;
    for (let slot = 1; slot <= 12; slot++) {
      costs.push(run(state, slot, defences).filter(({ kind }) => kind === 'returned').length);
      for (let n = 0; slot < 6 && n < QUEUE_ENTRIES_MAX; n++) {
        const id = hashOf(`bounty ${bounties++}`);
        state.setBounty(id, {
          ...{
            funder: alice.address,
            payee: null,
            amount: 1_000n,
            itemsHash: id,
            key: card.key,
            opened: 1,
            expires: 2,
          },
        });
        pushQueue(state, 7, { kind: 'return', bounty: id });
      }
    }
    assert.equal(
      costs.reduce((sum, cost) => sum + cost, 0),
      bounties,
      'all go back in the end',
    );
    return Math.max(...costs);
  };
  assert.equal(most({ queueEntries: () => Number.POSITIVE_INFINITY }), 5 * QUEUE_ENTRIES_MAX, 'all in one block');
  assert.equal(most(), QUEUE_ENTRIES_MAX);
});

test('however much is put in, block after block, nothing that is due waits ever longer', () => {
  const state = stateOf();
  const each = QUEUE_ENTRIES_MAX + 1500;
  const account = bob.address;
  let slot = 1;
  const block = () => {
    run(state, slot);
    for (let n = 0; n < each; n++) pushQueue(state, slot + 2, { kind: 'unbar', account });
    slot += 1;
  };
  for (let n = 0; n < 8; n++) block();
  assert.equal(readGlobals(state).queueSlot, slot, 'all that was due is worked off');
  // What all expires at once is worked off beside what comes in, by the bound's number a block at least.
  for (let n = 0; n < 3 * QUEUE_ENTRIES_MAX; n++) pushQueue(state, slot + 1, { kind: 'unbar', account });
  block();
  for (let n = 0; n < 4; n++) block();
  assert.equal(readGlobals(state).queueSlot, slot);
});

test('after a long silence a block walks over a bounded number of slots', () => {
  const state = stateOf();
  const far = QUEUE_SLOTS_MAX + 50;
  pushQueue(state, far, { kind: 'forget-advert', advert: hashOf('advert') });
  assert.equal(run(state, far).length, 0);
  assert.equal(readGlobals(state).queueSlot, QUEUE_SLOTS_MAX + 1);
  assert.equal(run(state, far + 1).length, 1);
});

test('a later bar is not lifted by the entry of an earlier one', () => {
  const state = stateOf();
  state.setBarredUntil(bob.address, 50);
  pushQueue(state, 11, { kind: 'unbar', account: bob.address });
  pushQueue(state, 51, { kind: 'unbar', account: bob.address });
  run(state, 20);
  assert.equal(readBarredUntil(state, bob.address), 50);
  run(state, 51);
  assert.equal(readBarredUntil(state, bob.address), undefined);
});

test('a producer without an account and next to nothing to earn leaves it in the pool', async () => {
  const chain = await TestChain.open(testParams({ miningReward: '999' }));
  await chain.produce([], { producer: miner.address });
  assert.equal(chain.balanceOf(miner.address), 0n);
  assert.equal(chain.ledger.globals().feePool, 999n);
  assert.equal(chain.ledger.globals().mined, 999n);
});
