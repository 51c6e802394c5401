import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import type { BlobHandlers } from '../../src/lib/net/blobs.js';
import { Framed } from '../../src/lib/net/frames.js';
import { namesFor } from '../../src/lib/net/names.js';
import type { Network } from '../../src/lib/net/network.js';
import type { PollNonces, PollRequest } from '../../src/lib/net/polls.js';
import { concat, equal, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { Failure, isFailure } from '../../src/lib/util/errors.js';
import { bareHost, connected, GENESIS, sha256, startNode, until } from './nodes.js';

type Context = Parameters<typeof startNode>[0];

const contractId = sha256('contract');
/** Stands for a signature: over who is asked, and both nonces. */
const over = (kind: string, { contractId: id, owner, steward }: PollNonces) => sha256(kind, concat(id, owner, steward));

/** A steward that knows its owner, and answers nobody else. */
const honest: Pick<BlobHandlers, 'onPoll'> = {
  onPoll: async (_from, nonces, question) =>
    equal(question, over('question', nonces)) ? over('answer', nonces) : undefined,
};

const request = (change: Partial<PollRequest<string>> = {}): PollRequest<string> => ({
  contractId,
  ask: (nonces) => over('question', nonces),
  read: (nonces, answer) => (equal(answer, over('answer', nonces)) ? 'heard' : undefined),
  ...change,
});

async function ownerAnd(t: Context, handlers: Partial<BlobHandlers>): Promise<{ owner: Network; steward: Network }> {
  const steward = await startNode(t, 'steward', handlers, [], { peersMin: 0 });
  const owner = await startNode(t, 'owner', {}, [steward]);
  await connected(owner, steward);
  return { owner, steward };
}

test('the owner asks over nonces of both sides, and hears what is signed over them; fresh each time', async (t) => {
  const seen = new Set<string>();
  const { owner, steward } = await ownerAnd(t, {
    onPoll: async (from, nonces, question) => {
      assert.ok(equal(from, owner.peerIdBytes));
      for (const nonce of [nonces.owner, nonces.steward]) seen.add(toHex(nonce));
      return honest.onPoll(from, nonces, question);
    },
  });
  for (let i = 0; i < 3; i++) assert.equal(await owner.poll(steward.peerId, request()), 'heard');
  assert.equal(seen.size, 6);
});

test('whoever asks about what is not its own learns nothing, and is cut off before long', async (t) => {
  const { owner, steward } = await ownerAnd(t, honest);
  const guess = request({ ask: () => sha256('a guess') });
  const told = await owner.poll(steward.peerId, guess).catch((error) => error);
  assert.ok(isFailure(told) && told.code === 'not-found');
  const unknown = await owner
    .poll(steward.peerId, request({ contractId: sha256('x'), ask: guess.ask }))
    .catch((e) => e);
  assert.equal(unknown.message, told.message, 'one answer for both');
  for (let i = 0; i < 25 && steward.peers().length > 0; i++) await owner.poll(steward.peerId, guess).catch(() => {});
  await until('cut off', () => steward.peers().length === 0);
});

test('a question overheard and repeated is refused: the nonce is another', async (t) => {
  const { owner, steward } = await ownerAnd(t, honest);
  let first: Uint8Array | undefined;
  const replay = request({
    ask: (nonces) => {
      first ??= over('question', nonces);
      return first;
    },
  });
  assert.equal(await owner.poll(steward.peerId, replay), 'heard');
  await assert.rejects(owner.poll(steward.peerId, replay), { code: 'not-found' });
});

test('an answer of an earlier poll, one signed by another, and one too long are held against the steward', async (t) => {
  let first: Uint8Array | undefined;
  let lie: 'replay' | 'stranger' | 'oversized' = 'replay';
  const { owner, steward } = await ownerAnd(t, {
    onPoll: async (_from, nonces) => {
      first ??= over('answer', nonces);
      if (lie === 'replay') return first;
      return lie === 'stranger' ? sha256('nobody') : new Uint8Array(257);
    },
  });
  assert.equal(await owner.poll(steward.peerId, request()), 'heard');
  for (const next of ['replay', 'stranger', 'oversized'] as const) {
    lie = next;
    await assert.rejects(
      owner.poll(steward.peerId, request()),
      (error) => isFailure(error) && /broke/.test(error.message),
    );
  }
});

test('a steward that cannot answer now says so, and keeps its good name', async (t) => {
  const { owner, steward } = await ownerAnd(t, {
    onPoll: async () => {
      throw new Failure('temporary', 'its wallet is locked');
    },
  });
  for (let i = 0; i < 30; i++)
    await assert.rejects(owner.poll(steward.peerId, request()), { code: 'temporary', message: /wallet is locked/ });
  assert.equal(steward.peers().length, 1);
});

test('an oversized question, and none at all, end the stream and cost the asker', async (t) => {
  const steward = await startNode(t, 'steward', honest, [], { peersMin: 0 });
  const host = await bareHost(t, 'liar');
  const address = multiaddr(steward.addresses()[0]!);
  await host.dial(address);
  for (let i = 0; i < 20 && host.getPeers().length > 0; i++) {
    try {
      const framed = new Framed(await host.dialProtocol(address, namesFor(GENESIS).blob));
      await framed.send(encodeCbor(['poll', contractId, sha256('nonce')]));
      await framed.receive(1_000, 2_000);
      await framed.send(i % 2 === 0 ? new Uint8Array(257) : utf8('?'));
      await framed.receive(1_000, 2_000);
    } catch {
      // cut off
    }
  }
  await until('cut off', () => steward.peers().length === 0);
});

test('eight questions at once are answered, and more are told to come again', async (t) => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  const { owner, steward } = await ownerAnd(t, {
    onPoll: async (from, nonces, question) => {
      waiting += 1;
      await gate;
      return honest.onPoll(from, nonces, question);
    },
  });
  const open = Array.from({ length: 8 }, () => owner.poll(steward.peerId, request()));
  await until('all wait', () => waiting === 8);
  await assert.rejects(owner.poll(steward.peerId, request()), { code: 'temporary' });
  release();
  assert.deepEqual(await Promise.all(open), Array(8).fill('heard'));
});
