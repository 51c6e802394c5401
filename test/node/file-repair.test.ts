import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storageIndexText } from '../../src/lib/codec/caps.js';
import { parseSealedCap } from '../../src/lib/node/caps.js';
import { blobsOf } from '../../src/lib/node/file-records.js';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { alone, DATA, fails, get, lying, put, rot, spread } from './file-world.js';
import { chunks, recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs } from './market.js';

const repair = (node: TestNode, cap: string, changes: { all?: boolean; dryRun?: boolean; happy?: number } = {}) =>
  node.files.repair({ cap, all: false, dryRun: false, ...changes });
const sharesOf = ({ rebuilt }: { rebuilt: { share: number }[] }) => rebuilt.map(({ share }) => share);
const callContext = { signal: new AbortController().signal };

test('bytes of its own that rotted or are gone are made again, as blobs of the next generation', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const { books, blobs } = node.context;
  const file = await put(node);
  await rot(node, file.blobs[0]!);
  await blobs.remove(file.blobs[2]!);

  const planned = await repair(node, file.cap!, { dryRun: true });
  assert.deepEqual([planned.verdict, planned.verdict_after, planned.planned], ['degraded', 'healthy', true]);
  assert.deepEqual(planned.rebuilt, [
    { share: 0, uuid: null },
    { share: 2, uuid: null },
  ]);
  assert.equal((await blobsOf(node.context, file.storage_index!)).length, 4, 'a plan changes nothing');

  const done = await repair(node, file.cap!);
  assert.deepEqual([done.good, done.verdict, done.verdict_after], [2, 'degraded', 'healthy']);
  assert.deepEqual(sharesOf(done), [0, 2]);
  for (const { share, uuid } of done.rebuilt) {
    const blob = books.blobs.get(utf8(uuid!))!;
    assert.deepEqual([blob.share, blob.generation, blob.state, blob.deck.next], [share, 1, 'local', 0]);
    assert.equal(blob.deck.cards.length, 24);
    assert.equal(books.blobs.get(utf8(file.blobs[share]!))!.state, 'replaced');
  }
  assert.deepEqual(lying(node), [file.blobs[1]!, file.blobs[3]!, ...done.rebuilt.map(({ uuid }) => uuid!)].sort());
  assert.deepEqual(await get(node, file.cap!), DATA);
  await assert.doesNotReject(advertiseBlobs(world, node, [done.rebuilt[0]!.uuid!]));

  const again = await repair(node, file.cap!);
  assert.deepEqual([again.verdict, again.rebuilt], ['healthy', []]);
});

test('too few good shares: nothing is changed', async (t) => {
  const node = await alone(t);
  const file = await put(node);
  for (const uuid of file.blobs.slice(0, 3)) await node.context.blobs.remove(uuid);
  const before = await node.dump();
  const lost = await repair(node, file.cap!);
  assert.deepEqual([lost.good, lost.verdict, lost.verdict_after, lost.rebuilt], [1, 'lost', 'lost', []]);
  assert.deepEqual(await node.dump(), before);
  assert.deepEqual(lying(node), [file.blobs[3]!]);
});

test('what was given up or went missing is made again; whose steward is silent only where that is asked', async (t) => {
  const { owner, stewards, file } = await spread(t);
  const { books } = owner.context;
  const [a, b, c] = file.blobs as [string, string, string];
  const blob = books.blobs.get(utf8(a))!;
  await books.commit([books.blobs.put(utf8(a), { ...blob, state: 'mia' })]);
  await blobHandlers(owner.context)['blob.rm']({ uuid: b, dryRun: false }, callContext);
  const live = books.blobs.get(utf8(c))!;
  const silent = stewards.find(({ peerId }) => peerId === books.owned.get(utf8(live.contract!))!.peer)!;
  silent.network.onTransfer = () => {
    throw new Error('no');
  };

  const first = await repair(owner, file.cap!);
  assert.deepEqual([first.good, sharesOf(first), first.verdict_after], [3, [0, 1], 'healthy']);
  assert.equal(books.blobs.get(utf8(c))!.state, 'live');

  const second = await repair(owner, file.cap!, { all: true });
  assert.deepEqual(sharesOf(second), [2]);
  assert.equal(books.blobs.get(utf8(c))!.state, 'replaced');
  assert.equal(books.owned.get(utf8(live.contract!))!.state, 'live', 'its steward is paid as before');
  assert.deepEqual((await repair(owner, file.cap!, { all: true })).rebuilt, []);

  await owner.files.forget(file.cap!);
  assert.equal(books.owned.get(utf8(live.contract!))!.state, 'dropped', 'until the file is let go of');
});

test('a machine that has the cap alone enters the file, and makes what it does not find', async (t) => {
  const { world, stewards, file } = await spread(t, { privateSeal: true });
  const [kept] = await stewards[1]!.context.books.kept.all();
  await stewards[1]!.keeping.prune(kept!.uuid, [kept!.id]);
  const stranger = await world.join('stranger');
  const done = await repair(stranger, file.cap!, { happy: 3 });
  assert.deepEqual([done.good, done.happy, done.rebuilt.length, done.verdict_after], [3, 3, 1, 'healthy']);
  const { share, uuid } = done.rebuilt[0]!;
  assert.ok(!file.blobs.includes(uuid!), 'it is another blob than the one that was lost');
  const blob = stranger.context.books.blobs.get(utf8(uuid!))!;
  assert.deepEqual([blob.share, blob.state, blob.generation], [share, 'local', world.slot]);
  const [entry] = await recordsOf(stranger.files.list(true));
  assert.deepEqual([entry!.cap, entry!.happy, entry!.blobs], [file.cap, 3, [uuid]]);
  assert.deepEqual((await repair(stranger, file.cap!)).rebuilt, []);
  assert.deepEqual(await get(stranger, file.cap!), DATA);
});

test('a small file, a verify cap, and no cap', async (t) => {
  const node = await alone(t);
  const small = await put(node, utf8('tiny'));
  assert.deepEqual((await repair(node, small.cap!)).rebuilt, []);
  const { cap } = parseSealedCap((await put(node)).cap!);
  assert.equal(cap.kind, 'chk');
  if (cap.kind === 'chk') {
    const verify = `URI:CHK-Verifier:${storageIndexText(cap)}:${'a'.repeat(52)}:2:4:5000`;
    await assert.rejects(repair(node, verify), fails('usage'));
  }
  await assert.rejects(repair(node, 'hello'), fails('usage'));
});

test('where the books cannot be written nothing is left, and the repair can be made again', async (t) => {
  const world = new World(t);
  const node = await world.join('owner');
  const file = await put(node);
  await node.context.blobs.remove(file.blobs[2]!);
  const write = node.db.write.bind(node.db);
  // Not the first: that is the blob store's own note of what it is about to keep.
  let writes = 0;
  node.db.write = async (batch) => {
    if (batch.some(([key]) => key[0] === 'f'.charCodeAt(0)) && writes++ === 0) node.failNextWrite = true;
    return write(batch);
  };
  await assert.rejects(repair(node, file.cap!), fails('disk-full'));
  assert.deepEqual(lying(node), file.blobs.filter((_, share) => share !== 2).sort());
  assert.deepEqual(sharesOf(await repair(node, file.cap!)), [2]);
  assert.equal((await node.files.check({ cap: file.cap! })).good, 4);
});

test('a share that is served damaged is missing, and its place is made anew', async (t) => {
  const { owner, stewards, world, file } = await spread(t);
  stewards[3]!.network.onTransfer = () => chunks(DATA);
  const stranger = await world.join('stranger');
  const done = await repair(stranger, file.cap!);
  assert.deepEqual([done.good, done.rebuilt.length], [3, 1]);
  assert.deepEqual((await repair(owner, file.cap!)).rebuilt, [], 'its owner pays for it still');
});

test('two repairs at once make each share once', async (t) => {
  const node = await alone(t);
  const file = await put(node);
  for (const uuid of file.blobs.slice(0, 2)) await node.context.blobs.remove(uuid);
  const both = await Promise.all([repair(node, file.cap!), repair(node, file.cap!)]);
  assert.deepEqual(both.flatMap(sharesOf).sort(), [0, 1]);
  for (const { verdict_after } of both) assert.equal(verdict_after, 'healthy');
  assert.equal((await node.files.check({ cap: file.cap! })).good, 4);
  assert.equal(lying(node).length, 4);
});
