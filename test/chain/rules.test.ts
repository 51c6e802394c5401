import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { commitmentOf } from '../../src/lib/chain/commitment.js';
import { bountyId, encodeSignedTx, txId } from '../../src/lib/chain/encoding.js';
import { keyKind } from '../../src/lib/chain/keys.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import { advertFee, minDeposit } from '../../src/lib/chain/rules/advert.js';
import { applyTx, readTx } from '../../src/lib/chain/rules/apply.js';
import type { Signer } from '../../src/lib/chain/sign.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import { readAccount, readAdvert, readBid, readBounty, readGlobals } from '../../src/lib/chain/state.js';
import type { Advert, Hash, NewBounty, Reveal, StakeTx, Tx, TxKind } from '../../src/lib/chain/types.js';
import { alice, bob, bountyItem, Card, carol, hashOf, miner, type Person, TestChain } from './helpers.js';
import { type At, assertCommon, assertSigned, assertSpending, verdictOn } from './verdict.js';

type Kind = Exclude<TxKind, StakeTx['kind']>;

/** A chain on which one transaction of each kind is valid next, and its neighbours for the corruptions. */
interface World {
  chain: TestChain;
  /** Two live bounties of alice's: one for bob's payee address, one open. */
  paid: Hash;
  open: Hash;
  /** One that expired. */
  expired: Hash;
  openAdvert: Hash;
  closedAdvert: Hash;
  reveal: Reveal;
  /** Where the next block stands. */
  slot: number;
}

let world: World;
const paidCard = new Card(1001n);
const openCard = new Card(1002n);
const expiredCard = new Card(1003n);
const anyPoint = new Card(7n).key;

const post = (amount: bigint, payee: Person | null, card: Card, duration: number): NewBounty => ({
  amount,
  payee: payee?.address ?? null,
  key: card.key,
  duration,
  items: [bountyItem(Number(card.scalar))],
});

const advertDraft = (closes: number, excluded: Uint8Array[] = []) => ({
  kind: 'advert' as const,
  from: alice.address,
  lots: 2,
  size: 1 << 20,
  term: 30,
  reserve: 1n << 20n,
  creditDays: 4,
  closes,
  contact: anyPoint,
  excluded,
});

before(async () => {
  const chain = await TestChain.open();
  for (const person of [alice, bob, carol, miner]) await chain.produce([], { producer: person.address });
  const reveal: Reveal = { price: 900_000n, peer: Uint8Array.of(1, 2, 3), payee: anyPoint, salt: hashOf('salt') };
  const closing = chain.make(advertDraft(chain.ledger.tip.slot + 2 + 16), alice.signer);
  await chain.produce([closing.bytes]);
  const seq = chain.seqOf(alice.address);
  const commitment = commitmentOf(reveal, bob.address, closing.id);
  const commit = { kind: 'commit' as const, advert: closing.id, deposit: 50_000n };
  await chain.produce([
    chain.make({ ...commit, from: bob.address, commitment }, bob.signer).bytes,
    chain.make({ ...commit, from: miner.address, commitment: hashOf('never revealed') }, miner.signer).bytes,
    chain.make({ kind: 'post', from: alice.address, bounties: [post(10_000n, null, expiredCard, 24)] }, alice.signer, {
      seq,
    }).bytes,
  ]);
  const expired = bountyId(lastTx(chain, 2), 0);
  await chain.advanceTo(chain.ledger.tip.slot + 20);
  const live = chain.make(
    {
      kind: 'post',
      from: alice.address,
      bounties: [post(20_000n, bob, paidCard, 200), post(30_000n, null, openCard, 200)],
    },
    alice.signer,
  );
  await chain.produce([live.bytes]);
  const opening = chain.make(advertDraft(chain.ledger.tip.slot + 60, [carol.address]), alice.signer);
  await chain.produce([opening.bytes]);
  await chain.produce([]);
  world = {
    chain,
    paid: bountyId(live.id, 0),
    open: bountyId(live.id, 1),
    expired,
    openAdvert: opening.id,
    closedAdvert: closing.id,
    reveal,
    slot: chain.ledger.tip.slot + 2,
  };
  const closed = readAdvert(chain.ledger.state, closing.id);
  assert.ok(closed && closed.closes < world.slot && world.slot <= closed.revealsUntil, 'the world fits together');
  assert.ok(readBounty(chain.ledger.state, expired)!.expires < world.slot);
});

function lastTx(chain: TestChain, index: number): Hash {
  return readTx(chain.ledger.body(chain.ledger.tip.id)![index]!).id;
}

const verdict = (bytes: Uint8Array, at: At = {}) => verdictOn(world.chain, bytes, at);

/** One valid transaction of each kind, and who signs it. */
function valid(): { [K in Kind]: { tx: Extract<Tx, { kind: K }>; signer: Signer } } {
  const { chain, paid, open, expired, openAdvert, closedAdvert, reveal } = world;
  const fill = <T extends Tx>(draft: Parameters<TestChain['draft']>[0], signer: Signer) => ({
    tx: chain.draft(draft, { tip: 5n }) as T,
    signer,
  });
  const cards = [paidCard, openCard];
  return {
    transfer: fill(
      {
        kind: 'transfer',
        from: alice.address,
        outputs: [
          { to: bob.address, amount: 5_000n },
          { to: hashOf('a new account'), amount: 1_000n },
        ],
        memo: Uint8Array.of(1),
      },
      alice.signer,
    ),
    post: fill({ kind: 'post', from: alice.address, bounties: [post(5_000n, carol, new Card(9n), 24)] }, alice.signer),
    sweep: fill(
      {
        kind: 'sweep',
        entries: [
          { bounty: paid, to: bob.address },
          { bounty: open, to: carol.address },
        ],
      },
      (message, index) => cards[index]!.sign(message),
    ),
    revoke: fill({ kind: 'revoke', from: alice.address, bounties: [expired] }, alice.signer),
    advert: fill(advertDraft(world.slot + 16), alice.signer),
    commit: fill(
      { kind: 'commit', from: bob.address, advert: openAdvert, commitment: hashOf('sealed'), deposit: 50_000n },
      bob.signer,
    ),
    reveal: fill({ kind: 'reveal', from: bob.address, advert: closedAdvert, ...reveal }, bob.signer),
  };
}

const KINDS: Kind[] = ['transfer', 'post', 'sweep', 'revoke', 'advert', 'commit', 'reveal'];

function encode({ tx, signer }: { tx: Tx; signer: Signer }): Uint8Array {
  return world.chain.sign(tx, signer);
}

for (const kind of KINDS) {
  test(`${kind}: a valid one applies, and what every kind must keep`, () => {
    assertCommon(world.chain, valid()[kind]);
    assertSigned(world.chain, valid()[kind]);
  });
}

test('spending: sequence numbers, balances, minimums', () => {
  const { transfer, post, advert, commit } = valid();
  for (const one of [transfer, post, advert, commit]) assertSpending(world.chain, one);
});

test('transfer: what leaves too little', () => {
  const { tx, signer } = valid().transfer;
  const outputs = (list: { to: Hash; amount: bigint }[]) => encode({ tx: { ...tx, outputs: list }, signer });
  assert.equal(verdict(outputs([{ to: hashOf('new'), amount: 999n }])), 'below-minimum');
  assert.equal(verdict(outputs([{ to: bob.address, amount: 1n }])), 'valid', 'an account there is may get little');
  const balance = world.chain.balanceOf(alice.address);
  assert.equal(verdict(outputs([{ to: bob.address, amount: balance - tx.fee }])), 'valid', 'all of it may go');
  assert.equal(verdict(outputs([{ to: bob.address, amount: balance - tx.fee - 1n }])), 'below-minimum');
  assert.equal(verdict(outputs([{ to: bob.address, amount: balance - tx.fee + 1n }])), 'insufficient');
  assert.equal(verdict(outputs([{ to: alice.address, amount: balance - tx.fee }])), 'valid', 'to itself');
  const most = (1n << 64n) - 1n;
  assert.equal(verdict(outputs(Array(256).fill({ to: bob.address, amount: most }))), 'fee-low');
  const wide = { ...tx, fee: 100_000n, outputs: Array(256).fill({ to: bob.address, amount: most }) };
  assert.equal(verdict(encode({ tx: wide, signer })), 'insufficient', 'sums do not wrap around');
});

test('post: amount, duration, keys, items', () => {
  const { tx, signer } = valid().post;
  const bend = (change: Partial<NewBounty>) =>
    verdict(encode({ tx: { ...tx, fee: tx.fee + 1_000n, bounties: [{ ...tx.bounties[0]!, ...change }] }, signer }));
  const { claimWindowSlots, cycleSlots } = world.chain.params.derived;
  assert.equal(bend({}), 'valid');
  assert.equal(bend({ amount: 999n }), 'below-minimum');
  assert.equal(bend({ duration: claimWindowSlots - 1 }), 'duration');
  assert.equal(bend({ duration: cycleSlots }), 'valid');
  assert.equal(bend({ duration: cycleSlots + 1 }), 'duration');
  assert.equal(bend({ key: new Uint8Array(32) }), 'bad-key');
  assert.equal(bend({ key: Uint8Array.of(1, ...new Uint8Array(31)) }), 'bad-key', 'the neutral element');
  assert.equal(bend({ payee: new Uint8Array(32).fill(0xff) }), 'bad-key');
  assert.equal(bend({ payee: null }), 'valid');
  assert.equal(bend({ payee: null, items: [bountyItem(1), bountyItem(2)] }), 'open-items');
  assert.equal(bend({ items: [bountyItem(1), bountyItem(2)] }), 'valid');
});

test('sweep: whose, when, how often', () => {
  const { tx, signer } = valid().sweep;
  const [paid, open] = tx.entries as [(typeof tx.entries)[0], (typeof tx.entries)[0]];
  const entries = (list: typeof tx.entries, cards: Card[]) =>
    encode({ tx: { ...tx, entries: list }, signer: (message, i) => cards[i]!.sign(message) });
  assert.equal(verdict(entries([paid], [paidCard])), 'valid');
  assert.equal(verdict(entries([{ ...paid, to: carol.address }], [paidCard])), 'wrong-payee');
  assert.equal(verdict(entries([{ ...open, to: hashOf('anyone') }], [openCard])), 'valid');
  assert.equal(verdict(entries([paid, paid], [paidCard, paidCard])), 'duplicate');
  assert.equal(verdict(entries([{ ...paid, bounty: hashOf('none') }], [paidCard])), 'bounty-unknown');
  assert.equal(verdict(entries([paid], [openCard])), 'signature');
  const bounty = readBounty(world.chain.ledger.state, paid.bounty)!;
  assert.equal(verdict(entries([paid], [paidCard]), { slot: bounty.expires }), 'valid');
  assert.equal(verdict(entries([paid], [paidCard]), { slot: bounty.expires + 1 }), 'bounty-expired');
  const fee = (amount: bigint, to: Hash) =>
    encode({ tx: { ...tx, fee: amount, entries: [{ ...open, to }] }, signer: (message) => openCard.sign(message) });
  assert.equal(verdict(fee(29_000n, hashOf('new'))), 'valid');
  assert.equal(verdict(fee(29_001n, hashOf('new'))), 'below-minimum');
  assert.equal(verdict(fee(30_001n, carol.address)), 'insufficient');
  const state = new Overlay(world.chain.ledger.state);
  const shared = encode({ tx: { ...tx, fee: 1_001n }, signer });
  const heirs = () => [bob, carol].map(({ address }) => readAccount(state, address)!.balance);
  const before = heirs();
  applyTx(contextOf(world), state, readTx(shared));
  const after = heirs();
  assert.deepEqual(
    [after[0]! - before[0]!, after[1]! - before[1]!],
    [20_000n - 501n, 30_000n - 500n],
    'the first bears the odd grain',
  );
  const peeled = encodeSignedTx({
    tx: { ...tx, entries: [paid] },
    signatures: [readTx(encode({ tx, signer })).signatures[0]!],
  });
  assert.equal(verdict(peeled), 'signature', 'no entry peels off');
});

test('revoke: only the funder, only after expiry', () => {
  const { tx, signer } = valid().revoke;
  const bend = (change: Partial<typeof tx>, by = signer) => verdict(encode({ tx: { ...tx, ...change }, signer: by }));
  assert.equal(bend({ bounties: [world.paid] }), 'bounty-live');
  const { expires } = readBounty(world.chain.ledger.state, tx.bounties[0]!)!;
  assert.equal(verdict(encode({ tx, signer }), { slot: expires }), 'bounty-live', 'a sweep is still good then');
  assert.equal(verdict(encode({ tx, signer }), { slot: expires + 1 }), 'valid');
  assert.equal(bend({ from: bob.address }, bob.signer), 'wrong-funder');
  assert.equal(bend({ fee: 5_000n, bounties: [tx.bounties[0]!, tx.bounties[0]!] }), 'duplicate');
  assert.equal(bend({ bounties: [hashOf('none')] }), 'bounty-unknown');
  assert.equal(bend({ fee: 10_001n }), 'insufficient');
  assert.equal(bend({ fee: 10_000n }), 'valid');
});

test('advert: its fee and its times', () => {
  const { tx, signer } = valid().advert;
  const bend = (change: Partial<typeof tx>) => verdict(encode({ tx: { ...tx, ...change }, signer }));
  assert.equal(bend({ lots: 3 }), 'fee-low', 'the fee grows with what is asked for');
  assert.equal(bend({ closes: world.slot + 15 }), 'closes');
  assert.equal(bend({ closes: world.slot + world.chain.params.derived.cycleSlots }), 'valid');
  assert.equal(bend({ closes: world.slot + world.chain.params.derived.cycleSlots + 1 }), 'closes');
  assert.equal(bend({ contact: new Uint8Array(32).fill(2) }), 'bad-key');
});

test('commit: which adverts, which accounts, how much', () => {
  const { tx, signer } = valid().commit;
  const { ledger, params } = world.chain;
  const bend = (change: Partial<typeof tx>, by = signer, at = {}) =>
    verdict(encode({ tx: { ...tx, ...change }, signer: by }), at);
  const advert = readAdvert(ledger.state, tx.advert) as Advert;
  assert.equal(bend({ advert: hashOf('none') }), 'advert-unknown');
  assert.equal(bend({ advert: world.closedAdvert }), 'advert-closed');
  assert.equal(bend({}, signer, { slot: advert.closes }), 'valid');
  assert.equal(bend({}, signer, { slot: advert.closes + 1 }), 'advert-closed');
  assert.equal(bend({ deposit: minDeposit(params, advert) }), 'valid');
  assert.equal(bend({ deposit: minDeposit(params, advert) - 1n }), 'deposit-low');
  assert.equal(bend({ from: carol.address, seq: world.chain.seqOf(carol.address) }, carol.signer), 'excluded');
  const barredUntil = world.slot + 10;
  const prepare = (state: Overlay) => state.setBarredUntil(bob.address, barredUntil);
  assert.equal(bend({}, signer, { prepare }), 'barred');
  assert.equal(bend({}, signer, { prepare, slot: barredUntil + 1 }), 'valid');
  const again = (state: Overlay) =>
    state.setBid(tx.advert, bob.address, { account: bob.address, commitment: hashOf('x'), deposit: 0n, reveal: null });
  assert.equal(bend({}, signer, { prepare: again }), 'already-bid');
});

test('reveal: exactly what was committed to, in time, once', () => {
  const { tx, signer } = valid().reveal;
  const bend = (change: Partial<typeof tx>, by = signer, at = {}) =>
    verdict(encode({ tx: { ...tx, ...change }, signer: by }), at);
  const advert = readAdvert(world.chain.ledger.state, tx.advert) as Advert;
  assert.equal(bend({ price: tx.price - 1n }), 'commitment');
  assert.equal(bend({ peer: Uint8Array.of(1, 2) }), 'commitment');
  assert.equal(bend({ payee: new Card(8n).key }), 'commitment');
  assert.equal(bend({ salt: hashOf('pepper') }), 'commitment');
  assert.equal(bend({ from: carol.address }, carol.signer), 'bid-unknown');
  assert.equal(bend({ from: miner.address }, miner.signer), 'commitment', "another's sealed bid cannot be copied");
  assert.equal(bend({ advert: hashOf('none') }), 'advert-unknown');
  assert.equal(bend({}, signer, { slot: advert.closes }), 'reveal-early');
  assert.equal(bend({}, signer, { slot: advert.closes + 1 }), 'valid');
  assert.equal(bend({}, signer, { slot: advert.revealsUntil }), 'valid');
  assert.equal(bend({}, signer, { slot: advert.revealsUntil + 1 }), 'reveal-late');
  assert.equal(bend({ fee: 50_001n }), 'insufficient');
  const bid = readBid(world.chain.ledger.state, tx.advert, bob.address)!;
  const prepare = (state: Overlay) => state.setBid(tx.advert, bob.address, { ...bid, reveal: world.reveal });
  assert.equal(bend({}, signer, { prepare }), 'already-revealed');
});

test('a reveal with a payee that is no point is refused though it was committed to', () => {
  const { tx, signer } = valid().reveal;
  const bad = { ...tx, payee: new Uint8Array(32).fill(2) };
  const bid = readBid(world.chain.ledger.state, tx.advert, bob.address)!;
  const prepare = (state: Overlay) =>
    state.setBid(tx.advert, bob.address, { ...bid, commitment: commitmentOf(bad, bob.address, tx.advert) });
  assert.equal(verdict(encode({ tx: bad, signer }), { prepare }), 'bad-key');
});

const contextOf = ({ chain, slot }: World) => ({
  params: chain.params,
  height: chain.ledger.tip.height + 1,
  slot,
  staked: false,
  check: checkNow,
  blockIdAt: (height: number) => chain.ledger.idAt(height),
});

test('a transaction pays for the entries that it leaves in the state', () => {
  const { params, ledger } = world.chain;
  const counted: Record<Kind, number> = { transfer: 2, post: 2, advert: 2, commit: 4, sweep: 0, revoke: 0, reveal: 0 };
  for (const kind of KINDS) {
    const bytes = encode(valid()[kind]);
    const state = new Overlay(ledger.state);
    const { weight } = applyTx(contextOf(world), state, readTx(bytes));
    assert.equal(weight, BigInt(bytes.length + params.entryWeight * counted[kind]), kind);
    // How many stand in a slot's queue is kept once a slot, whoever comes first.
    const made = state.differences().filter(({ key, old }) => old === null && keyKind(key) !== 'Q');
    const left = state.differences().filter(({ value }) => value === null);
    assert.ok(
      made.length <= counted[kind] + left.length,
      `${kind} makes ${made.length}, for ${left.length} that it ends`,
    );
  }
});

test('the base part of a fee goes to the pool, the rest is the tip', () => {
  const { chain } = world;
  for (const kind of KINDS) {
    const { tx, signer } = valid()[kind];
    const state = new Overlay(chain.ledger.state);
    const before = readGlobals(state).feePool;
    const { tip, weight } = applyTx(contextOf(world), state, readTx(encode({ tx, signer })));
    const asked = weight * readGlobals(state).baseFee + (tx.kind === 'advert' ? advertFee(tx) : 0n);
    assert.equal(readGlobals(state).feePool - before, asked, kind);
    assert.equal(tip, tx.fee - asked, kind);
    assert.ok(tip > 0n, kind);
    assert.deepEqual(txId(tx), readTx(encode({ tx, signer })).id);
  }
});
