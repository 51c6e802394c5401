import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { all, chunks, failsWith, lying, openShop, partial, uuidOf } from './blobs-helpers.js';

const pathOf = (root: string, uuid: string) => join(root, uuid.slice(0, 2), uuid);

test('a blob lies under its hash and is read back, whole or a range of it', async (t) => {
  const { root, blobs } = await openShop(t);
  const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => i * 7);
  const { uuid, size, release } = await blobs.put(chunks(bytes.subarray(0, 300_001), bytes.subarray(300_001)));
  await release();
  assert.deepEqual([uuid, size], [uuidOf(bytes), bytes.length]);
  const place = { uuid, path: pathOf(root, uuid), start: 0, size, root, writable: true };
  assert.deepEqual(await blobs.locate(uuid), place);
  assert.equal(await blobs.size(uuid), bytes.length);
  assert.deepEqual(await all(blobs.read(uuid)), bytes);
  assert.deepEqual(await all(blobs.read(uuid, 262_143, 3)), bytes.slice(262_143, 262_146));
  assert.deepEqual(await all(blobs.read(uuid, 699_999)), bytes.slice(699_999));
  assert.deepEqual(await all(blobs.read(uuid, 700_001)), new Uint8Array(0));
  assert.deepEqual(partial(root), []);
});

test('putting the same bytes twice, and an empty blob, is nothing special', async (t) => {
  const { root, blobs } = await openShop(t);
  const [first, second] = [await blobs.put(chunks(utf8('same'))), await blobs.put(chunks(utf8('same')))];
  assert.equal(first.uuid, second.uuid);
  const empty = await blobs.put(chunks(), { uuid: uuidOf(new Uint8Array(0)), size: 0 });
  assert.equal(await blobs.size(empty.uuid), 0);
  assert.deepEqual(await blobs.check(empty.uuid), { good: true, reason: null });
  assert.deepEqual(lying(root), [first.uuid, empty.uuid].sort());
});

test('threat 22: bytes that are not the blob announced leave nothing behind', async (t) => {
  const { root, blobs } = await openShop(t);
  const bytes = utf8('what was announced');
  const wanted = { uuid: uuidOf(bytes), size: bytes.length };
  const cases: [Uint8Array[], RegExp][] = [
    [[utf8('what was announcer')], /not the blob/],
    [[bytes.subarray(1)], /not the blob/],
    [[], /not the blob/],
    [[bytes, utf8('and more')], /more bytes/],
    [[bytes, new Uint8Array(0), utf8('!')], /more bytes/],
  ];
  for (const [parts, message] of cases) {
    await assert.rejects(blobs.put(chunks(...parts), wanted), failsWith('failure', message));
    assert.equal(await blobs.has(wanted.uuid), false);
    assert.deepEqual(readdirSync(root).sort(), ['holdfast-root.json', 'partial']);
    assert.deepEqual(partial(root), []);
  }
  const right = { uuid: wanted.uuid, size: wanted.size - 1 };
  await assert.rejects(blobs.put(chunks(bytes), right), failsWith('failure', /more bytes/));
});

test('a source that breaks off leaves nothing behind, and its own error is told', async (t) => {
  const { root, blobs } = await openShop(t);
  const broken = async function* () {
    yield utf8('some');
    throw new Failure('unreachable', 'the peer went away');
  };
  await assert.rejects(blobs.put(broken()), failsWith('unreachable', /went away/));
  assert.deepEqual(lying(root), []);
  assert.deepEqual(partial(root), []);
});

test('threat 24: what a kill left half-written is gone at the next start, what was kept is not', async (t) => {
  const { home, root, blobs, close } = await openShop(t);
  const { uuid } = await blobs.put(chunks(utf8('kept')));
  const draft = await blobs.draft();
  await draft.write(0, utf8('half of'));
  mkdirSync(join(root, 'partial', 'anything'));
  assert.equal(partial(root).length, 2);
  await close();
  const again = await openShop(t, { home });
  assert.deepEqual(partial(root), []);
  assert.deepEqual(await all(again.blobs.read(uuid)), utf8('kept'));
  await draft.discard();
});

test('a bit that flipped on the disk is found, whichever it was, and the blob is held no more', async (t) => {
  const { root, blobs } = await openShop(t);
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
  const { uuid } = await blobs.put(chunks(bytes));
  const path = pathOf(root, uuid);
  assert.equal((await blobs.check(uuid)).good, true);
  const lost = async (content: Uint8Array) => {
    writeFileSync(path, content);
    const { good, reason } = await blobs.check(uuid);
    assert.equal(good, false);
    assert.match(reason!, /^its bytes went bad and were set aside in .*\/corrupt\//);
    assert.equal(await blobs.has(uuid), false);
    assert.deepEqual(new Uint8Array(readFileSync(join(root, 'corrupt', uuid))), content);
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << bit;
      await lost(flipped);
    }),
    { numRuns: 20 },
  );
  await lost(bytes.slice(1));
  await lost(Uint8Array.from([...bytes, 0]));
  // Put anew, it is a blob like any other, and what went bad takes no room any more.
  await blobs.put(chunks(bytes));
  assert.deepEqual(await blobs.check(uuid), { good: true, reason: null });
  assert.deepEqual(readdirSync(join(root, 'corrupt')), []);
});

test('bytes that went bad are never served: they are hashed through the file that is read', async (t) => {
  const { root, blobs } = await openShop(t);
  const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => i);
  const { uuid } = await blobs.put(chunks(bytes));
  const good = await blobs.openGood(uuid);
  // What happens to the name does not change what was verified.
  await blobs.remove(uuid);
  assert.deepEqual(await all(good.drain()), bytes);
  await assert.rejects(blobs.openGood(uuid), failsWith('not-found', /no blob/));
  await blobs.put(chunks(bytes));
  writeFileSync(
    pathOf(root, uuid),
    Uint8Array.from(bytes, (byte, i) => (i === 599_999 ? byte ^ 4 : byte)),
  );
  await assert.rejects(blobs.openGood(uuid), failsWith('lost', /went bad and were set aside/));
  assert.equal(await blobs.has(uuid), false);
  // It goes with its blob, and its bytes are freed.
  assert.equal(await blobs.remove(uuid), bytes.length);
  assert.deepEqual(readdirSync(join(root, 'corrupt')), []);
});

test('removing frees the bytes once, and what is not there cannot be read', async (t) => {
  const { root, blobs } = await openShop(t);
  const { uuid } = await blobs.put(chunks(utf8('twelve bytes')));
  assert.equal(await blobs.remove(uuid), 12);
  assert.equal(await blobs.remove(uuid), 0);
  assert.equal(existsSync(pathOf(root, uuid)), false);
  assert.equal(await blobs.has(uuid), false);
  await assert.rejects(all(blobs.read(uuid)), failsWith('not-found', /no blob/));
  assert.deepEqual(await blobs.check(uuid), { good: false, reason: 'its bytes are not held here' });
  assert.ok((await blobs.room()) > 0);
});

test('a draft written at random offsets in any order is the bytes it was meant to be', async (t) => {
  const { root, blobs } = await openShop(t);
  const plan = fc
    .tuple(
      fc.uint8Array({ minLength: 1, maxLength: 2000 }),
      fc.array(fc.nat(2000), { maxLength: 10 }),
      fc.infiniteStream(fc.nat()),
    )
    .map(([bytes, cuts, order]) => {
      const at = [...new Set([0, ...cuts.map((cut) => cut % bytes.length)])].sort((a, b) => a - b);
      const parts = at.map((from, i) => ({ from, bytes: bytes.subarray(from, at[i + 1] ?? bytes.length) }));
      const keys = new Map(parts.map((part) => [part, order.next().value as number]));
      return { bytes, parts: parts.sort((a, b) => keys.get(a)! - keys.get(b)!) };
    });
  await fc.assert(
    fc.asyncProperty(plan, async ({ bytes, parts }) => {
      const draft = await blobs.draft();
      for (const part of parts) await draft.write(part.from, part.bytes);
      assert.equal(draft.size, bytes.length);
      assert.deepEqual(await all(draft.read()), bytes);
      const uuid = await draft.uuid();
      assert.equal(uuid, uuidOf(bytes));
      assert.equal(await blobs.has(uuid), false);
      await draft.keep(uuid);
      assert.deepEqual(new Uint8Array(readFileSync(pathOf(root, uuid))), bytes);
      // What was kept and is needed stays, whatever is discarded after.
      await draft.discard();
      assert.equal((await blobs.check(uuid)).good, true);
      await blobs.remove(uuid);
    }),
    { numRuns: 25 },
  );
  assert.deepEqual(partial(root), []);
});
