import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { BlobStore } from '../../src/lib/store/blobs.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { Failure, type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';

const uuidOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function* chunks(...parts: Uint8Array[]) {
  yield* parts;
}

async function all(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

async function store(t: TestContext) {
  const root = tempDir(t);
  return { root, blobs: await BlobStore.open(root) };
}

const partial = (root: string) => readdirSync(join(root, 'partial'));
const failsWith = (code: FailureCode, message: RegExp) => (error: unknown) =>
  isFailure(error) && error.code === code && message.test(error.message);

test('a blob lies under its hash and is read back, whole or a range of it', async (t) => {
  const { root, blobs } = await store(t);
  const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => i * 7);
  const put = await blobs.put(chunks(bytes.subarray(0, 300_001), bytes.subarray(300_001)));
  assert.deepEqual(put, { uuid: uuidOf(bytes), size: bytes.length });
  assert.equal(blobs.path(put.uuid), join(root, put.uuid.slice(0, 2), put.uuid));
  assert.equal(await blobs.size(put.uuid), bytes.length);
  assert.deepEqual(await all(blobs.read(put.uuid)), bytes);
  assert.deepEqual(await all(blobs.read(put.uuid, 262_143, 3)), bytes.slice(262_143, 262_146));
  assert.deepEqual(await all(blobs.read(put.uuid, 699_999)), bytes.slice(699_999));
  assert.deepEqual(await all(blobs.read(put.uuid, 700_001)), new Uint8Array(0));
  assert.deepEqual(partial(root), []);
});

test('putting the same bytes twice, and an empty blob, is nothing special', async (t) => {
  const { blobs } = await store(t);
  const [first, second] = [await blobs.put(chunks(utf8('same'))), await blobs.put(chunks(utf8('same')))];
  assert.deepEqual(first, second);
  const empty = await blobs.put(chunks(), { uuid: uuidOf(new Uint8Array(0)), size: 0 });
  assert.equal(await blobs.size(empty.uuid), 0);
  assert.equal(await blobs.verify(empty.uuid), true);
});

test('threat 22: bytes that are not the blob announced leave nothing behind', async (t) => {
  const { root, blobs } = await store(t);
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
    assert.deepEqual(readdirSync(root), ['partial']);
    assert.deepEqual(partial(root), []);
  }
  const right = { uuid: wanted.uuid, size: wanted.size - 1 };
  await assert.rejects(blobs.put(chunks(bytes), right), failsWith('failure', /more bytes/));
});

test('a source that breaks off leaves nothing behind, and its own error is told', async (t) => {
  const { root, blobs } = await store(t);
  const broken = async function* () {
    yield utf8('some');
    throw new Failure('unreachable', 'the peer went away');
  };
  await assert.rejects(blobs.put(broken()), failsWith('unreachable', /went away/));
  assert.deepEqual(readdirSync(root), ['partial']);
  assert.deepEqual(partial(root), []);
});

test('threat 24: what a kill left half-written is gone at the next start, what was kept is not', async (t) => {
  const { root, blobs } = await store(t);
  const { uuid } = await blobs.put(chunks(utf8('kept')));
  const draft = await blobs.draft();
  await draft.write(0, utf8('half of'));
  writeFileSync(join(root, 'partial', 'anything'), 'x');
  assert.equal(partial(root).length, 2);
  const again = await BlobStore.open(root);
  assert.deepEqual(partial(root), []);
  assert.deepEqual(await all(again.read(uuid)), utf8('kept'));
  await draft.discard();
});

test('a bit that flipped on the disk is found', async (t) => {
  const { blobs } = await store(t);
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
  const { uuid } = await blobs.put(chunks(bytes));
  assert.equal(await blobs.verify(uuid), true);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << bit;
      writeFileSync(blobs.path(uuid), flipped);
      assert.equal(await blobs.verify(uuid), false);
    }),
    { numRuns: 20 },
  );
  writeFileSync(blobs.path(uuid), bytes.subarray(1));
  assert.equal(await blobs.verify(uuid), false);
  writeFileSync(blobs.path(uuid), bytes);
  assert.equal(await blobs.verify(uuid), true);
});

test('removing frees the bytes once, and what is not there cannot be read', async (t) => {
  const { blobs } = await store(t);
  const { uuid } = await blobs.put(chunks(utf8('twelve bytes')));
  assert.equal(await blobs.remove(uuid), 12);
  assert.equal(await blobs.remove(uuid), 0);
  assert.equal(existsSync(blobs.path(uuid)), false);
  assert.equal(await blobs.has(uuid), false);
  await assert.rejects(all(blobs.read(uuid)), failsWith('not-found', /no blob/));
  await assert.rejects(blobs.verify(uuid), failsWith('not-found', /no blob/));
  assert.ok((await blobs.freeBytes()) > 0);
});

test('a draft written at random offsets in any order is the bytes it was meant to be', async (t) => {
  const { root, blobs } = await store(t);
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
      assert.deepEqual(new Uint8Array(readFileSync(blobs.path(uuid))), bytes);
      // What was kept stays, whatever is discarded after.
      await draft.discard();
      assert.equal(await blobs.verify(uuid), true);
      await blobs.remove(uuid);
    }),
    { numRuns: 25 },
  );
  assert.deepEqual(partial(root), []);
});
