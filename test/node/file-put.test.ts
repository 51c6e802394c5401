import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { answer } from '../../src/lib/bounty/challenge.js';
import { deckKey, nonceFor } from '../../src/lib/bounty/deck.js';
import { dealAgain } from '../../src/lib/node/deal.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { bytesOf, chunks, World } from './helpers.js';

const PUT = {
  ...{ name: 'a large file', needed: 3, happy: 3, total: 5, segmentSize: 1 << 20 },
  ...{ privateSeal: false, allowEmpty: false, dryRun: false },
};
const SIZE = 9_000_001;

/** Milliseconds of work that the main thread of this process has done (proc(5), task/TID/stat). */
function mainThreadMs(): number {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1');
  const [, , , , , , , , , , , utime, stime] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(utime) + Number(stime));
}

test('a large file is put by threads: whole, with decks that its blobs answer, and the main thread is free', async (t) => {
  const node = await new World(t).join('owner');
  const { blobs, books, wallet } = node.context;
  const data = new Uint8Array(randomBytes(SIZE));
  const before = { all: process.cpuUsage(), main: mainThreadMs() };
  const file = await node.files.put(PUT, chunks(data.subarray(0, 999), data.subarray(999)));
  const { user, system } = process.cpuUsage(before.all);
  const share = (mainThreadMs() - before.main) / ((user + system) / 1000);
  assert.ok(share < 0.4, `the main thread did ${share} of the work`);

  assert.deepEqual(await bytesOf((await node.files.get({ cap: file.cap! })).body), data);
  for (const uuid of file.blobs) {
    const bytes = await bytesOf(blobs.read(uuid));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), uuid);
    const key = deckKey(wallet.keys().vaultKey, fromHex(uuid)!);
    for (const deck of [
      books.blobs.get(utf8(uuid))!.deck,
      (await dealAgain(node.context, node.performers, uuid, 2)).deck,
    ]) {
      const last = deck.cards.length - 1;
      const answered = await answer(nonceFor(key, deck.dealSlot, last), bytes.length, [bytes]);
      assert.deepEqual(deck.cards[last], answered.key);
    }
  }
  assert.equal(file.blobs.length, 5);
});

test('a file put again replaces those of its own blobs that went bad or are gone, and no others', async (t) => {
  const node = await new World(t).join('owner');
  const { blobs, books } = node.context;
  const data = new Uint8Array(randomBytes(5_000));
  const put = () => node.files.put({ ...PUT, privateSeal: true, segmentSize: 1024 }, chunks(data));
  const first = await put();
  const [bad, gone, placed, whole] = first.blobs as [string, string, string, string];
  const { path } = (await blobs.locate(bad))!;
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
  await blobs.remove(gone);
  // What a steward keeps is not wanted here.
  await books.commit([books.blobs.put(utf8(placed), { ...books.blobs.get(utf8(placed))!, state: 'live' })]);
  await blobs.remove(placed);
  const before = statSync((await blobs.locate(whole))!.path).ino;

  const planned = await node.files.put({ ...PUT, privateSeal: true, segmentSize: 1024, dryRun: true }, chunks(data));
  assert.deepEqual(planned.blobs, first.blobs);
  assert.equal(await blobs.has(gone), false);

  assert.deepEqual((await put()).blobs, first.blobs);
  for (const uuid of [bad, gone, whole]) {
    assert.equal(
      createHash('sha256')
        .update(await bytesOf(blobs.read(uuid)))
        .digest('hex'),
      uuid,
    );
  }
  assert.equal(await blobs.has(placed), false);
  assert.equal(statSync((await blobs.locate(whole))!.path).ino, before);
});
