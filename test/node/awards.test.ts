import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { publicFromSeed, signWithSeed } from '../../src/lib/crypto/ed25519.js';
import { type Contract, contractId } from '../../src/lib/market/contract.js';
import { decodeSigned, encodeSigned, offerContract, verifySigned } from '../../src/lib/market/signed.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { locatorOf, readProof } from '../../src/lib/seal/locator.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { hashOf } from '../chain/helpers.js';
import { bytesOf, chunks, noise, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, bidOn, putBlob, RESERVE, signedOffer, writtenOffer } from './market.js';

interface Market {
  world: World;
  owner: TestNode;
  /** Lowest bid first; the last one lost. */
  stewards: TestNode[];
  advert: string;
  uuids: string[];
}

/** An owner's blobs are auctioned to one steward more than there are lots. */
async function market(t: TestContext, lots = 1): Promise<Market> {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const stewards: TestNode[] = [];
  for (let i = 0; i <= lots; i++) stewards.push(await world.join(`steward ${i}`, { rich: true }));
  const uuids: string[] = [];
  for (let i = 0; i < lots; i++) uuids.push(await putBlob(owner, `blob ${i}`));
  const advert = await advertiseBlobs(world, owner, uuids);
  await bidAll(
    world,
    advert,
    stewards.map((steward, i) => [steward, BigInt(2 + lots - i)] as const),
  );
  return { world, owner, stewards, advert, uuids };
}

const fails = (code: FailureCode, message: RegExp) => (error: unknown) =>
  isFailure(error) && error.code === code && message.test(error.message);

test('each winner gets a lot: contract signed by both, bytes stored, receipt, and the owner lets go of them', async (t) => {
  const { owner, stewards, advert, uuids } = await market(t, 2);
  const outcomes = await awardLots(owner.context, advert);
  assert.deepEqual(outcomes.map(({ uuid, reason }) => [uuid, reason]).sort(), uuids.map((uuid) => [uuid, null]).sort());
  const peers = new Set<string>();
  for (const { uuid, contract: id } of outcomes) {
    const contract = owner.context.books.owned.get(utf8(id!))!;
    peers.add(contract.peer);
    const steward = stewards.find(({ peerId }) => peerId === contract.peer)!;
    const kept = steward.context.books.kept.get(utf8(id!))!;
    assert.deepEqual(kept.signed, contract.signed);
    const signed = decodeSigned(contract.signed);
    assert.ok(verifySigned(signed));
    assert.equal(toHex(contractId(signed.contract)), id);
    // The lowest rejected bid: what the steward that lost had asked.
    assert.equal(contract.price, RESERVE / 2n);
    assert.equal((await steward.context.blobs.check(uuid)).good, true);
    assert.equal(await owner.context.blobs.has(uuid), false);
    const blob = owner.context.books.blobs.get(utf8(uuid))!;
    assert.deepEqual([blob.state, blob.contract], ['live', id]);
    assert.equal(kept.peer, owner.peerId);
  }
  assert.equal(peers.size, 2);
  assert.deepEqual(await awardLots(owner.context, advert), []);
});

test('threat 24: an award cut off before its receipt is repeated with the same contract, and booked once', async (t) => {
  const { world, owner, stewards, advert, uuids } = await market(t);
  const [winner] = stewards;
  owner.network.onReceipt = () => {
    throw new Error('the line is cut');
  };
  const [cut] = await awardLots(owner.context, advert);
  assert.deepEqual(cut, { uuid: uuids[0], contract: null, reason: 'the line is cut' });
  assert.equal(await owner.context.blobs.has(uuids[0]!), true);
  assert.equal((await winner!.context.books.kept.all()).length, 1);
  // Not again at once: a steward that fails is not asked in every block.
  assert.deepEqual(await awardLots(owner.context, advert), []);
  await world.mineMany(6);
  owner.network.onReceipt = (receipt) => receipt;
  const [done] = await awardLots(owner.context, advert);
  const kept = await winner!.context.books.kept.all();
  assert.deepEqual(
    kept.map(({ id }) => id),
    [done!.contract],
  );
  assert.equal((await owner.context.books.owned.all()).length, 1);
});

test('threat 22: a receipt for something else is no receipt', async (t) => {
  const { owner, advert, uuids } = await market(t);
  owner.network.onReceipt = (receipt) => receipt.map((byte, i) => (i === receipt.length - 1 ? byte ^ 1 : byte));
  const [outcome] = await awardLots(owner.context, advert);
  assert.match(outcome!.reason!, /receipt/);
  assert.equal(await owner.context.blobs.has(uuids[0]!), true);
  assert.deepEqual(await owner.context.books.owned.all(), []);
});

test('threat 22: bytes that are not the blob of the contract are not kept, and no receipt is given', async (t) => {
  const { owner, stewards, advert, uuids } = await market(t);
  owner.network.onTransfer = () => chunks(noise('something else', 3000));
  const [outcome] = await awardLots(owner.context, advert);
  assert.match(outcome!.reason!, /not the blob that was announced/);
  assert.equal(outcome!.contract, null);
  const { books, blobs } = stewards[0]!.context;
  assert.deepEqual(await books.kept.all(), []);
  assert.equal(await blobs.has(uuids[0]!), false);
  assert.equal(
    (await stewards[0]!.keeping.hasLocators([owner.context.books.blobs.get(utf8(uuids[0]!))!.readkey]))[0],
    false,
  );
});

test('threat 24: a steward whose books cannot be written gives no receipt, and the award can be repeated', async (t) => {
  const { world, owner, stewards, advert } = await market(t);
  stewards[0]!.failNextWrite = true;
  const [cut] = await awardLots(owner.context, advert);
  assert.match(cut!.reason!, /no space left/);
  assert.deepEqual(await stewards[0]!.context.books.kept.all(), []);
  await world.mineMany(6);
  const [done] = await awardLots(owner.context, advert);
  assert.equal(done!.reason, null);
});

test('threats 9 and 12: a steward signs only what it won, on the terms it was won on', async (t) => {
  const { owner, stewards, advert, uuids } = await market(t);
  const [winner, loser] = stewards as [TestNode, TestNode];
  owner.network.onReceipt = () => {
    throw new Error('the line is cut');
  };
  winner.failNextWrite = true;
  await awardLots(owner.context, advert);
  const honest = writtenOffer(owner, advert, uuids[0]!);
  const offer = (changes: Partial<Contract>) => signedOffer(owner, advert, { ...honest, ...changes });
  const attempt = (steward: TestNode, bytes: Uint8Array) => steward.keeping.onAward(owner.peerId, bytes);

  const cases: [string, Partial<Contract>, RegExp][] = [
    ['a lower price', { price: honest.price - 1n }, /not the clearing price/],
    ['a higher price, with more credit', { price: honest.price + 1n }, /not the clearing price/],
    ['a larger blob', { size: honest.size + 1 }, /not the advert's size/],
    ['a longer term', { termDays: honest.termDays + 1 }, /not the advert's term/],
    ['a lot that does not exist', { lot: 1 }, /the lot was not won/],
    ['another payee', { payee: publicFromSeed(hashOf('thief')) }, /not the payee of the bid/],
    ['another peer', { peer: loser.network.peerIdBytes }, /not the peer of the bid/],
    ['another account', { account: loser.main }, /another account/],
    ['a start long after', { startSlot: honest.startSlot + 100 }, /starts more than a day ahead/],
    ['a longer grace', { gracePercent: 201 }, /asks for a longer grace/],
    ['more credit', { maxCredit: honest.maxCredit + 1n }, /asks for more credit/],
    ['another network', { network: hashOf('elsewhere') }, /another network/],
  ];
  for (const [what, change, reason] of cases)
    await assert.rejects(attempt(winner, offer(change)), fails('failure', reason), what);

  const stranger = hashOf('a stranger');
  const forged = { ...honest, contact: publicFromSeed(stranger) };
  const byStranger = encodeSigned(offerContract(forged, (message) => signWithSeed(stranger, message)));
  await assert.rejects(attempt(winner, byStranger), fails('failure', /contact key/));
  const unsigned = encodeSigned(offerContract(honest, (message) => signWithSeed(stranger, message)));
  await assert.rejects(attempt(winner, unsigned), fails('failure', /not signed by its contact key/));
  await assert.rejects(attempt(loser, offer({})), fails('failure', /another account/));
  const stolen = { account: loser.main, peer: loser.network.peerIdBytes };
  await assert.rejects(attempt(loser, offer(stolen)), fails('failure', /the lot was not won/));
  await assert.rejects(attempt(winner, offer({ advert: hashOf('none') })), fails('temporary', /no such advert/));
  await assert.rejects(attempt(winner, Uint8Array.of(1, 2, 3)), (error) => isFailure(error));

  const award = await attempt(winner, offer({}));
  assert.equal(award.size, honest.size);
  assert.deepEqual(await winner.context.books.kept.all(), []);
});

test('a steward that did not bid signs nothing', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const idle = await world.join('idle');
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  await awardLots(owner.context, advert);
  const honest = writtenOffer(owner, advert, uuid);
  const bytes = signedOffer(owner, advert, honest);
  await assert.rejects(idle.keeping.onAward(owner.peerId, bytes), fails('failure', /did not bid/));
});

test('threat 9: a winner is given one lot, and not a second contract on it', async (t) => {
  const { owner, stewards, advert, uuids } = await market(t);
  await awardLots(owner.context, advert);
  const second = { ...writtenOffer(owner, advert, uuids[0]!), secret: hashOf('fresh secret') };
  await assert.rejects(
    stewards[0]!.keeping.onAward(owner.peerId, signedOffer(owner, advert, second)),
    fails('failure', /awarded already/),
  );
});

test('threat 9: of several offers of one lot side by side a steward signs one', async (t) => {
  const { owner, stewards, advert, uuids } = await market(t);
  const [steward] = stewards as [TestNode, TestNode];
  owner.network.onReceipt = () => {
    throw new Error('the line is cut');
  };
  steward.failNextWrite = true;
  await awardLots(owner.context, advert);
  const honest = writtenOffer(owner, advert, uuids[0]!);
  const offers = ['a', 'b', 'c'].map((secret) => signedOffer(owner, advert, { ...honest, secret: hashOf(secret) }));
  const answers = await Promise.allSettled(offers.map((offer) => steward.keeping.onAward(owner.peerId, offer)));
  const signed = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  assert.equal(signed.length, 1);
  await signed[0]!.receive(chunks(noise('blob 0', 3000)));
  const kept = await steward.context.books.kept.all();
  assert.equal(kept.length, 1);
  assert.equal(steward.context.books.bids.get(honest.advert)!.contract, kept[0]!.id);
});

test('threat 9: bytes that were pruned unpaid are not taken again under the old contract', async (t) => {
  const { owner, stewards, advert, uuids } = await market(t);
  const [steward] = stewards as [TestNode, TestNode];
  const [uuid] = uuids as [string];
  const [outcome] = await awardLots(owner.context, advert);
  const offer = signedOffer(owner, advert, writtenOffer(owner, advert, uuid));
  const early = await steward.keeping.onAward(owner.peerId, offer);
  await steward.keeping.prune(uuid, [outcome!.contract!]);
  await assert.rejects(steward.keeping.onAward(owner.peerId, offer), fails('failure', /is over/));
  // The same where the contract is pruned while the bytes are on their way.
  await assert.rejects(early.receive(chunks(noise('blob 0', 3000))), fails('failure', /is over/));
  assert.equal(await steward.context.blobs.has(uuid), false);
});

test('the blob a steward was given comes back to its owner, by locator', async (t) => {
  const { owner, advert, uuids } = await market(t);
  await awardLots(owner.context, advert);
  const { readkey } = owner.context.books.blobs.get(utf8(uuids[0]!))!;
  const locator = locatorOf(readkey);
  const [peer] = (await owner.network.providers([locator])).get(0)!;
  const prove = (server: Uint8Array, nonce: Uint8Array) => readProof(readkey, owner.network.peerIdBytes, server, nonce);
  const { body } = await owner.network.get(peer!, { locator, prove });
  assert.deepEqual(await bytesOf(body), noise('blob 0', 3000));
});

/** One blob in two adverts, each with a winner of its own. */
async function bothCleared(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const stewards = [await world.join('one', { rich: true }), await world.join('another', { rich: true })];
  const uuid = await putBlob(owner, 'blob');
  const adverts = [await advertiseBlobs(world, owner, [uuid]), await advertiseBlobs(world, owner, [uuid])];
  await bidOn(
    world,
    stewards.map((steward, i) => ({ advert: adverts[i]!, steward, price: 2n })),
  );
  return { world, owner, stewards, adverts };
}

const lotState = ({ context }: TestNode, advert: string) => context.books.adverts.get(utf8(advert))!.lots[0]!.state;

test('a blob in two adverts goes to one steward, one after the other or side by side', async (t) => {
  const { owner, stewards, adverts } = await bothCleared(t);
  const outcomes = await Promise.all(adverts.map((advert) => awardLots(owner.context, advert)));
  assert.deepEqual(outcomes.map(([outcome]) => outcome!.contract !== null).sort(), [false, true]);
  assert.equal((await owner.context.books.owned.all()).length, 1);
  for (const advert of adverts) await awardLots(owner.context, advert);
  assert.equal((await owner.context.books.owned.all()).length, 1, 'nor by asking again');
  const kept = await Promise.all(stewards.map(({ context }) => context.books.kept.all()));
  assert.equal(kept.flat().length, 1, 'no other steward has it');
  assert.deepEqual(adverts.map((advert) => lotState(owner, advert)).sort(), ['awarded', 'unfilled']);
});

test('an offer through one advert is taken back before the blob is offered through another', async (t) => {
  const { world, owner, adverts } = await bothCleared(t);
  owner.network.onReceipt = () => {
    throw new Error('the line is cut');
  };
  const [cut] = await awardLots(owner.context, adverts[0]!);
  assert.equal(cut!.contract, null);
  owner.network.onReceipt = (receipt) => receipt;
  const [placed] = await awardLots(owner.context, adverts[1]!);
  assert.ok(placed!.contract);
  assert.equal(lotState(owner, adverts[0]!), 'unfilled');
  await world.mineMany(world.params.settleDepth);
  assert.deepEqual(await awardLots(owner.context, adverts[0]!), []);
  assert.equal((await owner.context.books.owned.all()).length, 1);
});
