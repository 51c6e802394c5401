import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import { deckKey, nonceFor } from '../../src/lib/bounty/deck.js';
import { encodeFile } from '../../src/lib/codec/encode.js';
import { BufferSink, bufferSource } from '../../src/lib/codec/source.js';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { takeSnapshot } from '../../src/lib/node/snapshot.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { fails, lying, PUT, put } from './file-world.js';
import { bytesOf, chunks, noise, recordsOf, type TestNode, World } from './helpers.js';

const DATA = noise('on a grid', 3000);
const callContext = { signal: new AbortController().signal };

/** A file as a Tahoe client uploads it: its cap, and its shares' bytes. */
async function uploaded(segmentSize: number, data = DATA) {
  const sinks = Array.from({ length: 4 }, () => new BufferSink());
  const params = { needed: 2, happy: 3, total: 4, segmentSize };
  const made = await encodeFile(bufferSource(data), params, { convergence: utf8('grid') }, (share) => sinks[share]);
  return { cap: made.capText, storageIndex: made.storageIndex!, shares: sinks.map((sink) => sink.bytes()) };
}

const uuidOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const adopt = (node: TestNode, cap: string, data = DATA, changes: { segmentSize?: number; happy?: number } = {}) =>
  node.files.adopt({ cap, name: 'mine', ...changes }, chunks(data.subarray(0, 1000), data.subarray(1000)));

async function owner(t: TestContext): Promise<{ world: World; node: TestNode }> {
  const world = new World(t);
  return { world, node: await world.join('owner', { rich: true }) };
}

test('a file of a grid is proven and booked, its shares by their own hashes, none kept', async (t) => {
  const { node } = await owner(t);
  const { books, wallet } = node.context;
  const { cap, storageIndex, shares } = await uploaded(1 << 20);
  const record = await adopt(node, cap);
  assert.deepEqual(record.blobs, shares.map(uuidOf));
  assert.deepEqual([record.storage_index, record.happy, record.live, record.cap], [storageIndex, 4, 0, undefined]);
  assert.deepEqual(lying(node), []);
  for (const [share, bytes] of shares.entries()) {
    const blob = books.blobs.get(utf8(uuidOf(bytes)))!;
    assert.deepEqual([blob.state, blob.share, blob.size, blob.generation], ['bare', share, bytes.length, null]);
    const key = deckKey(wallet.keys().vaultKey, fromHex(blob.uuid)!);
    const challenge = createChallenge(nonceFor(key, blob.deck.dealSlot, 5), bytes.length);
    challenge.update(bytes);
    assert.deepEqual(blob.deck.cards[5], challenge.finish().key);
  }
  const shown = await blobHandlers(node.context)['blob.show']({ uuid: record.blobs[0]! }, callContext);
  assert.deepEqual([shown.state, shown.held, shown.deck_left], ['bare', false, 24]);
});

test('again changes nothing, and the segments of older versions are found', async (t) => {
  const { node } = await owner(t);
  const data = noise('older', 300_000);
  const { cap } = await uploaded(128 * 1024, data);
  const record = await adopt(node, cap, data);
  const before = await node.dump();
  assert.deepEqual(await adopt(node, cap, data), record);
  assert.deepEqual(await node.dump(), before);
});

test('what does not give the cap is refused, and nothing is booked or left', async (t) => {
  const { node } = await owner(t);
  const { cap } = await uploaded(64);
  const before = await node.dump();
  await assert.rejects(adopt(node, cap), fails('failure'));
  await assert.rejects(adopt(node, cap, DATA, { segmentSize: 65 }), fails('failure'));
  const other = DATA.slice();
  other[2000]! ^= 1;
  await assert.rejects(adopt(node, cap, other, { segmentSize: 64 }), fails('failure'));
  await assert.rejects(adopt(node, cap, DATA.slice(1)), /only 2999 bytes/);
  await assert.rejects(adopt(node, cap, noise('x', 3001)), /more than the 3000 bytes/);
  await assert.rejects(adopt(node, 'URI:LIT:nbuq', utf8('hi')), fails('usage'));
  await assert.rejects(adopt(node, `${cap}+seal:${'a'.repeat(52)}`), fails('usage'));
  await assert.rejects(adopt(node, 'URI:CHK:x'), fails('usage'));
  assert.deepEqual(await node.dump(), before);
  assert.deepEqual(lying(node), []);
  assert.equal((await adopt(node, cap, DATA, { segmentSize: 64, happy: 3 })).happy, 3);
});

test('open bounties pay for them, and nobody is asked to bid', async (t) => {
  const { world, node } = await owner(t);
  const { cap } = await uploaded(1 << 20);
  const { blobs: uuids } = await adopt(node, cap);
  const { books } = node.context;
  const params = { blob: uuids[0]!, amount: 1_000_000n, dryRun: false };
  const posted = await bountyHandlers(node.context, node.performers.answers)['bounty.post'](params, callContext);
  await world.mine();
  assert.equal(posted.blob, uuids[0]);
  assert.equal(books.blobs.get(utf8(uuids[0]!))!.deck.next, 1);
  const advert = { uuids: [uuids[1]!], maxPrice: 1n, termDays: 1, dryRun: false };
  await assert.rejects(recordsOf(blobHandlers(node.context)['blob.advertise'](advert, callContext)), /Tahoe grid/);
  const { owner: view } = await takeSnapshot(node.context, node.performers.answers, node.seen);
  assert.deepEqual(view.blobs, [], 'a controller plans nothing for them');

  // A deck that runs low is dealt anew, under nonces of its own.
  const blob = books.blobs.get(utf8(uuids[0]!))!;
  await books.commit([books.blobs.put(utf8(blob.uuid), { ...blob, deck: { ...blob.deck, next: 13 } })]);
  await adopt(node, cap);
  const dealt = books.blobs.get(utf8(blob.uuid))!.deck;
  assert.equal(dealt.next, 0);
  assert.ok(dealt.dealSlot > blob.deck.dealSlot);
  assert.notDeepEqual(dealt.cards[0], blob.deck.cards[0]);
});

test('the grid has them: get, check and repair say so, and use what lies here', async (t) => {
  const { node } = await owner(t);
  const { cap, shares } = await uploaded(1 << 20);
  await adopt(node, cap);
  await assert.rejects(node.files.get({ cap }), /only 0 of the 2 shares needed are here/);
  await assert.rejects(node.files.check({ cap }), /only 0 of its 4 shares are here/);
  await assert.rejects(node.files.repair({ cap, all: false, dryRun: false }), /kept by a Tahoe grid/);
  const blobs = node.context.blobs;
  for (const share of [1, 3]) await (await blobs.put(chunks(shares[share]!))).release();
  // What is stored but not booked as needed here goes; a tree that is attached stays.
  for (const share of [1, 3]) assert.equal(await blobs.has(uuidOf(shares[share]!)), false);
  const kept = blobs.open.bind(blobs);
  t.mock.method(blobs, 'seek', async (uuid: string) => {
    return [1, 3].some((share) => uuidOf(shares[share]!) === uuid) ? { place: { size: shares[1]!.length } } : {};
  });
  t.mock.method(blobs, 'open', async (uuid: string) => {
    const bytes = shares.find((share) => uuidOf(share) === uuid);
    return bytes ? { ...bufferSource(bytes), close: async () => {} } : kept(uuid);
  });
  assert.deepEqual(await bytesOf((await node.files.get({ cap })).body), DATA);
  const check = await node.files.check({ cap, happy: 2 });
  assert.deepEqual([check.verdict, check.good], ['healthy', 2]);
  assert.deepEqual(check.shares[0], {
    share: 0,
    good: false,
    peer: null,
    reason: 'it is kept by a Tahoe grid, and not here',
  });
});

test('it is let go of like any other, and not taken for one that is sealed', async (t) => {
  const { node } = await owner(t);
  const { cap } = await uploaded(1 << 20);
  await adopt(node, cap);
  await node.files.forget(cap);
  assert.deepEqual(await recordsOf(node.files.list(true)), []);
  assert.deepEqual(await node.context.books.blobs.all(), []);
  const sealed = await put(node, DATA, { ...PUT, segmentSize: 1 << 20 });
  await assert.rejects(adopt(node, sealed.cap!), /stored already, sealed/);
});
