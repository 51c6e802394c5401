import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RpcClient } from '../../src/lib/rpc/client.js';
import type { BountyRecord } from '../../src/lib/rpc/records.js';
import { Failure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';
import { alive, CHAIN, deferred, lives, served } from './served.js';

const UUID = 'ab'.repeat(32);

test('a plain call gives the record', async (t) => {
  const { client } = await served(t, { 'chain.status': async () => CHAIN });
  assert.deepEqual(await client.call('chain.status', {}), CHAIN);
});

test('amounts cross as decimal strings, both ways', async (t) => {
  let seen: bigint | undefined;
  const { client } = await served(t, {
    'bounty.post': async ({ amount }) => {
      seen = amount;
      return { amount_grains: amount } as unknown as BountyRecord;
    },
  });
  const most = (1n << 64n) - 1n;
  const record = await client.call('bounty.post', { blob: UUID, amount: most });
  assert.equal(seen, most);
  assert.equal(record.amount_grains, '18446744073709551615');
});

test("the node's failure is the client's: code, message and hint", async (t) => {
  const { client } = await served(t, {
    'blob.show': async () => {
      throw new Failure('not-found', 'no such blob: é', 'look at holdfast blob ls');
    },
  });
  await assert.rejects(client.call('blob.show', { uuid: UUID }), {
    name: 'Failure',
    code: 'not-found',
    message: 'no such blob: é',
    hint: 'look at holdfast blob ls',
  });
});

test('a bug in a handler is logged and told without its insides; the node lives on', async (t) => {
  const { client, bugs } = await served(t, {
    ...alive,
    'chain.status': async () => {
      throw new TypeError('secret is undefined');
    },
  });
  await assert.rejects(client.call('chain.status', {}), { code: 'failure', message: 'internal error in chain.status' });
  assert.equal((bugs[0] as Error).message, 'secret is undefined');
  assert.ok(await lives(client));
});

test('nobody listening is `unreachable`, with the way to change that', async (t) => {
  const client = new RpcClient(tempDir(t));
  await assert.rejects(client.call('chain.status', {}), {
    code: 'unreachable',
    hint: 'start one with holdfast node start',
  });
});

test('a method that this node does not answer is not found', async (t) => {
  const { client } = await served(t, alive);
  await assert.rejects(client.call('node.status', {}), { code: 'not-found' });
});

test('a caller that hangs up aborts its call', async (t) => {
  const aborted = deferred();
  const { client } = await served(t, {
    async *'chain.tail'(_, { signal }) {
      signal.addEventListener('abort', () => aborted.resolve());
      yield { type: 'reorg', depth: 1, from: UUID, to: UUID, fork_height: 1 };
      await aborted.promise;
    },
  });
  for await (const record of client.records('chain.tail', { count: 1, follow: true })) {
    assert.equal(record.type, 'reorg');
    break;
  }
  await aborted.promise;
});
