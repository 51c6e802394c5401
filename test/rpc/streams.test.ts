import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { BlobRecord, ReorgRecord } from '../../src/lib/rpc/records.js';
import { Failure } from '../../src/lib/util/errors.js';
import { alive, deferred, lives, served } from './served.js';

const UUID = 'ab'.repeat(32);
const reorg = (depth: number): ReorgRecord => ({ type: 'reorg', depth, from: UUID, to: UUID, fork_height: 0 });

async function* times<T>(count: number, make: (index: number) => T): AsyncGenerator<T> {
  for (let index = 0; index < count; index++) yield make(index);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

test('records come one by one, in order', async (t) => {
  const { client } = await served(t, { 'chain.tail': ({ count }) => times(count, reorg) });
  const records = await all(client.records('chain.tail', { count: 5000 }));
  assert.deepEqual(
    records.map((record) => (record as ReorgRecord).depth),
    Array.from({ length: 5000 }, (_, index) => index),
  );
});

test('no records are no lines', async (t) => {
  const { client } = await served(t, { 'chain.tail': () => times(0, reorg) });
  assert.deepEqual(await all(client.records('chain.tail', { count: 0 })), []);
});

test('an error before the first record is the error of the call', async (t) => {
  const { client } = await served(t, {
    // biome-ignore lint/correctness/useYield: it fails before it yields
    async *'chain.tail'() {
      throw new Failure('temporary', 'not synced');
    },
  });
  await assert.rejects(all(client.records('chain.tail', { count: 1 })), { code: 'temporary', message: 'not synced' });
});

test('an error after some records comes after them', async (t) => {
  const { client } = await served(t, {
    async *'chain.tail'() {
      yield* times(3, reorg);
      throw new Failure('funds', 'nothing left: ü');
    },
  });
  const seen: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const record of client.records('chain.tail', { count: 9 })) seen.push(record);
    },
    { code: 'funds', message: 'nothing left: ü' },
  );
  assert.equal(seen.length, 3);
});

test('a slow reader holds the writer back', async (t) => {
  let made = 0;
  const wide = { ...reorg(0), padding: 'x'.repeat(64 * 1024) };
  const { client } = await served(t, {
    'chain.tail': () =>
      times(10_000, () => {
        made++;
        return wide;
      }),
  });
  for await (const _ of client.records('chain.tail', { count: 1 })) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(made < 500, `${made} records of 64 KiB were made for a reader that took one`);
    break;
  }
});

test('an upload brings the bytes, and its parameters with them', async (t) => {
  const bytes = randomBytes(3 << 20);
  const { client } = await served(t, {
    'blob.put': async ({ name }, body) => {
      const hash = createHash('sha256');
      for await (const chunk of body) hash.update(chunk);
      return { uuid: hash.digest('hex'), file: name } as BlobRecord;
    },
  });
  const record = await client.upload(
    'blob.put',
    { name: 'naïve ☃' },
    times(3, (i) => bytes.subarray(i << 20, (i + 1) << 20)),
  );
  assert.equal(record.uuid, createHash('sha256').update(bytes).digest('hex'));
  assert.equal(record.file, 'naïve ☃');
});

test('an upload whose source fails is cut off: the node sees no end of it', async (t) => {
  const seen = { ended: false, failed: false };
  const begun = deferred();
  const settled = deferred();
  const { client } = await served(t, {
    ...alive,
    'blob.put': async (_, body) => {
      try {
        for await (const _ of body) begun.resolve();
        seen.ended = true;
      } catch {
        seen.failed = true;
      } finally {
        settled.resolve();
      }
      return {} as BlobRecord;
    },
  });
  async function* source() {
    yield new Uint8Array(100_000);
    await begun.promise;
    throw new Failure('failure', 'the child failed');
  }
  await assert.rejects(client.upload('blob.put', { name: null }, source()), { message: 'the child failed' });
  await settled.promise;
  assert.deepEqual(seen, { ended: false, failed: true });
  assert.ok(await lives(client));
});

test('an upload that is refused early says why, and need not be sent to its end', async (t) => {
  const { client } = await served(t, {
    'blob.put': async () => {
      throw new Failure('disk-full', 'no space left');
    },
  });
  const endless = times(Number.POSITIVE_INFINITY, () => new Uint8Array(1 << 16));
  await assert.rejects(client.upload('blob.put', { name: null }, endless), { code: 'disk-full' });
});

test('a download gives size and bytes', async (t) => {
  const bytes = randomBytes(2 << 20);
  const { client } = await served(t, {
    'blob.get': async () => ({ size: bytes.length, body: times(32, (i) => bytes.subarray(i << 16, (i + 1) << 16)) }),
  });
  const { size, body } = await client.download('blob.get', { uuid: UUID });
  assert.equal(size, bytes.length);
  assert.deepEqual(Buffer.concat(await all(body)), bytes);
});

test('a download that fails midway never looks complete', async (t) => {
  const { client, bugs } = await served(t, {
    ...alive,
    'blob.get': async () => ({
      body: (async function* () {
        yield new Uint8Array(1 << 20);
        throw new Failure('lost', 'fewer than 3 shares are good');
      })(),
    }),
    'file.get': async () => ({
      body: (async function* () {
        yield new Uint8Array(1 << 20);
        throw new Error('a bug');
      })(),
    }),
  });
  const blob = await client.download('blob.get', { uuid: UUID });
  await assert.rejects(all(blob.body), { code: 'lost' });
  const file = await client.download('file.get', { cap: 'URI:x' });
  await assert.rejects(all(file.body), { code: 'failure', message: 'the node failed in the middle of its answer' });
  assert.equal((bugs[0] as Error).message, 'a bug');
  assert.ok(await lives(client));
});

test('a download that is refused is an error before any byte', async (t) => {
  const { client } = await served(t, {
    'blob.get': async () => {
      throw new Failure('not-found', 'no such blob');
    },
  });
  await assert.rejects(client.download('blob.get', { uuid: UUID }), { code: 'not-found' });
});

test('a node that dies midway is an error, not an end', async (t) => {
  const { client, server } = await served(t, {
    'blob.get': async () => ({
      body: (async function* () {
        yield new Uint8Array(1000);
        await new Promise(() => {});
      })(),
    }),
  });
  const { body } = await client.download('blob.get', { uuid: UUID });
  const read = all(body);
  await Promise.all([assert.rejects(read, { code: 'unreachable' }), server.close(50)]);
});
