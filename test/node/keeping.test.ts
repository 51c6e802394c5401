import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { HeldBlob } from '../../src/lib/net/blobs.js';
import { awardLots } from '../../src/lib/node/awards.js';
import type { KeptContract, LocatorEntry } from '../../src/lib/node/entries.js';
import { Keeping } from '../../src/lib/node/keeping.js';
import { locatorOf, readProof } from '../../src/lib/seal/locator.js';
import { concat, utf8 } from '../../src/lib/util/bytes.js';
import { bytesOf, chunks, noise, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

const nonce = () => new Uint8Array(randomBytes(32));

/** A steward that holds one blob under a contract. */
async function keeper(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  const kept = steward.context.books.kept.get(utf8(outcome!.contract!))!;
  return { world, owner, steward, uuid, kept };
}

/** What the steward gives to `getter` for a proof made with these parts. */
async function get(
  steward: TestNode,
  getter: TestNode,
  locator: Uint8Array,
  made: { readkey: Uint8Array; getter?: Uint8Array; server?: Uint8Array; nonce?: Uint8Array },
) {
  const fresh = nonce();
  const { getter: by = getter.network.peerIdBytes, server = steward.network.peerIdBytes, nonce: over = fresh } = made;
  const proof = readProof(made.readkey, by, server, over);
  const held = await steward.keeping.onGet(getter.network.peerIdBytes, locator, proof, fresh);
  return held && taken(held);
}

async function taken(held: HeldBlob, offset = 0, length = held.size): Promise<Uint8Array> {
  const bytes = await bytesOf(held.read(offset, length));
  await held.close!();
  return bytes;
}

test('threat 26: who shows the readkey gets the blob, and nobody else', async (t) => {
  const { world, owner, steward, uuid, kept } = await keeper(t);
  const thief = await world.join('thief');
  const { readkey } = kept;
  const locator = locatorOf(readkey);
  assert.deepEqual(await get(steward, owner, locator, { readkey }), noise('blob', 3000));
  // The readkey is all it takes, whoever has it: a cap alone restores.
  assert.deepEqual(await get(steward, thief, locator, { readkey }), noise('blob', 3000));

  assert.equal(await get(steward, thief, locator, { readkey: locator }), undefined, 'the locator is public');
  assert.equal(await get(steward, thief, locator, { readkey: sha256(utf8('a guess')) }), undefined);
  const own = owner.network.peerIdBytes;
  assert.equal(await get(steward, thief, locator, { readkey, getter: own }), undefined, "another getter's proof");
  assert.equal(await get(steward, thief, locator, { readkey, server: own }), undefined, 'a proof for another server');
  assert.equal(await get(steward, thief, locator, { readkey, nonce: nonce() }), undefined, 'an old proof');
  const byUuid = Uint8Array.from(Buffer.from(uuid, 'hex'));
  assert.equal(await get(steward, thief, byUuid, { readkey }), undefined, 'found by locator only');
});

test('a range is served from anywhere in the blob', async (t) => {
  const { owner, steward, kept } = await keeper(t);
  const fresh = nonce();
  const proof = readProof(kept.readkey, owner.network.peerIdBytes, steward.network.peerIdBytes, fresh);
  const held = await steward.keeping.onGet(owner.network.peerIdBytes, locatorOf(kept.readkey), proof, fresh);
  assert.equal(held!.size, 3000);
  assert.deepEqual(await taken(held!, 2990, 5), noise('blob', 3000).slice(2990, 2995));
});

test('locators say what is held, before and after a restart', async (t) => {
  const { steward, owner, kept } = await keeper(t);
  const { locator } = kept;
  assert.deepEqual(await steward.keeping.hasLocators([locator, kept.readkey]), [true, false]);
  assert.deepEqual(await owner.keeping.hasLocators([locator]), [false]);
  const restarted = new Keeping(steward.context);
  assert.deepEqual(await restarted.hasLocators([locator]), [true]);
});

/** A blob of a later generation of the same share: the same readkey, other bytes. */
async function laterGeneration(steward: TestNode, kept: KeptContract): Promise<Keeping> {
  const { books, blobs } = steward.context;
  const { uuid } = await blobs.put(chunks(noise('generation 1', 3000)));
  const id = 'ff'.repeat(32);
  const later: KeptContract = { ...kept, id, uuid, startSlot: kept.startSlot + 50 };
  const entry: LocatorEntry = { uuid, contract: id, startSlot: later.startSlot, readkey: kept.readkey };
  await books.commit([books.kept.put(utf8(id), later), books.locators.put(concat(kept.locator, utf8(id)), entry)]);
  const keeping = new Keeping(steward.context);
  return keeping;
}

test('of two generations under one locator the newest is served, and the other once it is pruned', async (t) => {
  const { owner, steward, uuid, kept } = await keeper(t);
  const keeping = await laterGeneration(steward, kept);
  const ask = async () => {
    const fresh = nonce();
    const proof = readProof(kept.readkey, owner.network.peerIdBytes, steward.network.peerIdBytes, fresh);
    const held = await keeping.onGet(owner.network.peerIdBytes, kept.locator, proof, fresh);
    return held && taken(held);
  };
  assert.deepEqual(await ask(), noise('generation 1', 3000));
  const newest = steward.context.books.kept.get(utf8('ff'.repeat(32)))!;
  assert.equal(await keeping.prune(newest.uuid, [newest.id]), 3000);
  assert.deepEqual(await ask(), noise('blob', 3000));
  assert.equal(await keeping.prune(uuid, [kept.id]), 3000);
  assert.equal(await ask(), undefined);
  assert.deepEqual(await keeping.hasLocators([kept.locator]), [false]);
});

test('pruning frees the bytes and closes the contract, once and for good', async (t) => {
  const { steward, uuid, kept } = await keeper(t);
  const { books, blobs } = steward.context;
  assert.equal(await steward.keeping.prune(uuid, [kept.id]), 3000);
  assert.equal(books.kept.get(utf8(kept.id))!.state, 'pruned');
  assert.equal(await blobs.has(uuid), false);
  assert.deepEqual(await books.locators.all(), []);
  assert.equal(await steward.keeping.prune(uuid, [kept.id]), 0);
  const restarted = new Keeping(steward.context);
  assert.deepEqual(await restarted.hasLocators([kept.locator]), [false]);
});

test('threat 24: a kill between removing the bytes and closing the contract is closed by the next prune', async (t) => {
  const { steward, uuid, kept } = await keeper(t);
  steward.failNextWrite = true;
  await assert.rejects(steward.keeping.prune(uuid, [kept.id]), /no space left/);
  assert.equal(await steward.context.blobs.has(uuid), false);
  assert.equal(steward.context.books.kept.get(utf8(kept.id))!.state, 'live');
  assert.equal(await steward.keeping.prune(uuid, [kept.id]), 0);
  assert.equal(steward.context.books.kept.get(utf8(kept.id))!.state, 'pruned');
});
