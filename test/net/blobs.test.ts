import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import type { AwardRequest } from '../../src/lib/net/blob-client.js';
import type { Award, BlobHandlers } from '../../src/lib/net/blobs.js';
import { Framed } from '../../src/lib/net/frames.js';
import { createHost } from '../../src/lib/net/host.js';
import { namesFor } from '../../src/lib/net/names.js';
import type { Network } from '../../src/lib/net/network.js';
import { concat, equal, u32be, utf8 } from '../../src/lib/util/bytes.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { Failure } from '../../src/lib/util/errors.js';
import { connected, GENESIS, sha256, startNode, until } from './nodes.js';

const MIB = 2 ** 20;
const blob = new Uint8Array(randomBytes(5 * MIB + 12_345));
const readKey = sha256('read key');
const locator = sha256(readKey);

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return concat(...parts);
}

/** Signs by prefix, gives the hash as its receipt. */
const steward = (size: number): Pick<BlobHandlers, 'onAward'> => ({
  onAward: async (_from, contract): Promise<Award> => ({
    signed: concat(contract, utf8(' signed')),
    size,
    receive: async (body) => sha256(await gather(body)),
  }),
});

const request = (changes: Partial<AwardRequest> = {}): AwardRequest => ({
  contract: utf8('contract'),
  size: blob.length,
  body: inPieces(blob, 100_000),
  onSigned: async (signed) => equal(signed, utf8('contract signed')),
  ...changes,
});

type Context = Parameters<typeof startNode>[0];

async function ownerAnd(t: Context, handlers: Partial<BlobHandlers>): Promise<{ owner: Network; server: Network }> {
  const server = await startNode(t, 'steward', handlers, [], { peersMin: 0 });
  const owner = await startNode(t, 'owner', {}, [server]);
  await connected(owner, server);
  return { owner, server };
}

test('a contract is signed, the blob goes over, a receipt comes back', async (t) => {
  const { owner, server } = await ownerAnd(t, steward(blob.length));
  assert.ok(equal(await owner.award(server.peerId, request()), sha256(blob)));
});

test('an empty blob and one of a single chunk go over too', async (t) => {
  for (const size of [0, 1, 256 * 1024]) {
    const { owner, server } = await ownerAnd(t, steward(size));
    const part = blob.subarray(0, size);
    const receipt = await owner.award(server.peerId, request({ size, body: inPieces(part, 999_999) }));
    assert.ok(equal(receipt, sha256(part)));
  }
});

test('a refused contract says why, and no byte is sent', async (t) => {
  const { owner, server } = await ownerAnd(t, {
    onAward: async () => {
      throw new Failure('over-limit', 'above my capacity\u001b[31m');
    },
  });
  let sent = 0;
  const body = (async function* () {
    sent++;
    yield blob;
  })();
  await assert.rejects(owner.award(server.peerId, request({ body })), {
    code: 'over-limit',
    message: 'the peer refused: above my capacity?[31m',
  });
  assert.equal(sent, 0);
});

test('a wrong signature ends it before the blob', async (t) => {
  const { owner, server } = await ownerAnd(t, steward(blob.length));
  await assert.rejects(owner.award(server.peerId, request({ onSigned: async () => false })), { code: 'unreachable' });
});

test('a steward whose disk fills in the middle says so, and is not sent the rest', async (t) => {
  const { owner, server } = await ownerAnd(t, {
    onAward: async (_from, contract) => ({
      signed: concat(contract, utf8(' signed')),
      size: 64 * MIB,
      receive: async (body) => {
        for await (const _ of body) throw new Failure('disk-full', 'no space left');
        throw new Error('no data');
      },
    }),
  });
  let sent = 0;
  const body = (async function* () {
    const piece = new Uint8Array(MIB);
    for (; sent < 64; sent++) yield piece;
  })();
  await assert.rejects(owner.award(server.peerId, request({ size: 64 * MIB, body })), { code: 'disk-full' });
  assert.ok(sent < 20, `${sent} MiB were sent`);
});

test('an owner who sends less than announced, or more, gets no receipt', async (t) => {
  const { owner, server } = await ownerAnd(t, steward(blob.length));
  await assert.rejects(owner.award(server.peerId, request({ body: inPieces(blob.subarray(1), MIB) })), /missing/);
  await assert.rejects(owner.award(server.peerId, request({ size: blob.length - 1 })), /more than/);
});

function proofOf(key: Uint8Array, getter: Uint8Array, server: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(
    createHmac('sha256', key)
      .update(concat(getter, server, nonce))
      .digest(),
  );
}

/** Keeps one blob and reads it by ranges; `self` is known after the start. */
function keeper(reads: [number, number][] = []): { handlers: Partial<BlobHandlers>; self: { id: Uint8Array } } {
  const self = { id: new Uint8Array() };
  return {
    self,
    handlers: {
      onGet: async (from, wanted, proof, nonce) => {
        if (!equal(wanted, locator) || !equal(proof, proofOf(readKey, from, self.id, nonce))) return undefined;
        return {
          size: blob.length,
          read: (offset, length) => {
            reads.push([offset, length]);
            return inPieces(blob.subarray(offset, offset + length), 70_000);
          },
        };
      },
    },
  };
}

test('get: whole, by range, resumed, and refused without the key', async (t) => {
  const reads: [number, number][] = [];
  const { handlers, self } = keeper(reads);
  const { owner, server } = await ownerAnd(t, handlers);
  self.id = server.peerIdBytes;
  const prove = (to: Uint8Array, nonce: Uint8Array) => proofOf(readKey, owner.peerIdBytes, to, nonce);

  const whole = await owner.get(server.peerId, { locator, prove });
  assert.equal(whole.size, blob.length);
  assert.ok(equal(await gather(whole.body), blob));

  const range = await owner.get(server.peerId, { locator, prove, offset: 1_000_000, length: 500_001 });
  assert.ok(equal(await gather(range.body), blob.subarray(1_000_000, 1_500_001)));

  // a transfer that broke off, taken up where it was
  const parts: Uint8Array[] = [];
  for await (const chunk of (await owner.get(server.peerId, { locator, prove })).body) {
    parts.push(chunk);
    if (parts.length === 3) break;
  }
  const had = concat(...parts);
  const rest = await owner.get(server.peerId, { locator, prove, offset: had.length });
  assert.ok(equal(concat(had, await gather(rest.body)), blob));

  const beyond = await owner.get(server.peerId, { locator, prove, offset: blob.length - 1, length: 100 });
  assert.equal((await gather(beyond.body)).length, 1);
  await assert.rejects(owner.get(server.peerId, { locator, prove, offset: blob.length + 1 }), { code: 'usage' });

  const served = reads.length;
  const wrong = () => new Uint8Array(32);
  await assert.rejects(owner.get(server.peerId, { locator, prove: wrong }), { code: 'not-found' });
  await assert.rejects(owner.get(server.peerId, { locator: sha256('other'), prove }), { code: 'not-found' });
  assert.equal(reads.length, served, 'nothing was read for them');
});

test('a proof answers one nonce: replayed it opens nothing', async (t) => {
  const { handlers, self } = keeper();
  const { owner, server } = await ownerAnd(t, handlers);
  self.id = server.peerIdBytes;
  let first: Uint8Array | undefined;
  const replay = (to: Uint8Array, nonce: Uint8Array) => {
    first ??= proofOf(readKey, owner.peerIdBytes, to, nonce);
    return first;
  };
  const { body } = await owner.get(server.peerId, { locator, prove: replay });
  await gather(body);
  await assert.rejects(owner.get(server.peerId, { locator, prove: replay }), { code: 'not-found' });
});

test('a disk that fails in the middle of a get cuts it: no error text among the data', async (t) => {
  const { owner, server } = await ownerAnd(t, {
    onGet: async () => ({
      size: 10 * MIB,
      read: async function* () {
        yield new Uint8Array(3 * MIB);
        throw new Error('input/output error');
      },
    }),
  });
  const { body } = await owner.get(server.peerId, { locator, prove: () => new Uint8Array(32) });
  await assert.rejects(gather(body), { code: 'unreachable' });
});

test('one peer may have eight transfers at once, and is told when it wants more', async (t) => {
  const { handlers, self } = keeper();
  const { owner, server } = await ownerAnd(t, handlers);
  self.id = server.peerIdBytes;
  const prove = (to: Uint8Array, nonce: Uint8Array) => proofOf(readKey, owner.peerIdBytes, to, nonce);
  const open = await Promise.all(Array.from({ length: 8 }, () => owner.get(server.peerId, { locator, prove })));
  await assert.rejects(owner.get(server.peerId, { locator, prove }), { code: 'temporary' });
  for (const { body } of open) assert.ok(equal(await gather(body), blob));
  await until('a slot is free again', async () => {
    try {
      await gather((await owner.get(server.peerId, { locator, prove, length: 1 })).body);
      return true;
    } catch {
      return false;
    }
  });
});

test('an owner that sends an oversize chunk is cut and scored', async (t) => {
  const node = await startNode(t, 'steward', steward(blob.length), [], { peersMin: 0 });
  const host = await createHost({
    seed: sha256('attacker'),
    listen: [],
    topics: [],
    connectionsMax: 5,
    banned: () => false,
  });
  t.after(async () => host.stop());
  const address = multiaddr(node.addresses()[0]!);
  await host.dial(address);
  for (let i = 0; i < 20 && host.getPeers().length > 0; i++) {
    try {
      const stream = await host.dialProtocol(address, namesFor(GENESIS).blob);
      const framed = new Framed(stream);
      await framed.send(encodeCbor(['award', utf8('contract')]));
      await framed.receive(1_000, 2_000);
      stream.send(u32be(256 * 1024 + 1));
      await framed.receive(1_000, 2_000);
    } catch {
      // cut off
    }
  }
  await until('cut off', () => node.peers().length === 0);
});
