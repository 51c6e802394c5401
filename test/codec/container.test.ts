import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  containerLeases,
  containerShare,
  isStorageIndexName,
  packContainer,
  packContainerHeader,
  readContainer,
  SNIFF_BYTES,
  serverPath,
  shareNumberOf,
  sniffFile,
  unpackContainer,
} from '../../src/lib/codec/container.js';
import { layoutFor, packHeader } from '../../src/lib/codec/layout.js';
import { type Lease, leaseSecrets, newLease, packLease, unpackLease } from '../../src/lib/codec/lease.js';
import { shapeFor } from '../../src/lib/codec/shape.js';
import { bufferSource } from '../../src/lib/codec/source.js';
import { fromHex, toHex, u32be, utf8 } from '../../src/lib/util/bytes.js';
import { encodeAll, noise } from './helpers.js';

const share = noise(500, 'share');
const secrets = { renew: noise(32, 'renew'), cancel: noise(32, 'cancel') };
const leases = [newLease(secrets, 1_700_000_000), newLease(secrets, 1_700_000_001, 1)];

for (const schema of [1, 2] as const) {
  test(`schema ${schema}: the share comes back, whatever leases follow it`, async () => {
    for (const kept of [[], leases.slice(0, 1), leases]) {
      const file = packContainer(share, kept, schema);
      assert.equal(file.length, 12 + share.length + 72 * kept.length);
      assert.deepEqual(unpackContainer(file, file.length), { schema, shareSize: share.length, leases: kept.length });
      const inside = await containerShare(bufferSource(file));
      assert.equal(inside.size, share.length);
      assert.deepEqual(await inside.read(0, share.length), share);
      await assert.rejects(inside.read(0, share.length + 1));
      const read: Lease[] = [];
      for await (const lease of containerLeases(bufferSource(file))) read.push(lease);
      assert.deepEqual(
        read.map(({ owner, expires }) => [owner, expires]),
        kept.map(({ owner, expires }) => [owner, expires]),
      );
    }
  });
}

test('a header, byte by byte', () => {
  assert.equal(toHex(packContainerHeader(500, 1)), '00000002000001f400000001');
  assert.equal(toHex(packContainerHeader(2 ** 32, 0, 1)), '00000001ffffffff00000000');
});

test('schema 1 keeps lease secrets, schema 2 their BLAKE2b', () => {
  const plain = packLease(leases[1]!, 1);
  assert.equal(plain.length, 72);
  assert.deepEqual(unpackLease(plain), leases[1]);
  assert.equal(toHex(plain.slice(68)), (1_700_000_001 + 31 * 86_400).toString(16));
  // BLAKE2b-256 of 32 zero bytes
  const zero = new Uint8Array(32);
  const hashed = unpackLease(packLease({ owner: 0, renew: zero, cancel: zero, expires: 1 }, 2));
  assert.equal(toHex(hashed.renew), '89eb0d6a8a691dae2cd15ed0369931ce0a949ecafa5c3f93f8121833646e15c3');
  assert.throws(() => packLease({ owner: 0, renew: zero.slice(1), cancel: zero, expires: 1 }, 2));
});

test('lease secrets follow the secret, the file and the server', () => {
  // computed once by a Python script from the format's own words
  const one = leaseSecrets(noise(32), noise(16), noise(20));
  assert.equal(toHex(one.renew), '39b2c1ed7356dd8fac5cdcf0e950c3ae0d9e7f62f50703f641a7645d34f32300');
  assert.equal(toHex(one.cancel), '8d946a9675fe0efadb216f67acc0cf5197f8349e1b299bf7e60c7cfdef96d33c');
});

test('a container that cannot be is refused', async () => {
  const file = packContainer(share, leases);
  assert.throws(() => unpackContainer(file, 12 + 143), { name: 'Failure', message: /cut short/ });
  assert.throws(() => unpackContainer(file.slice(0, 11), 11), { name: 'Failure', message: /cut short/ });
  assert.throws(() => unpackContainer(fromHex('000000030000000000000000')!, 12), {
    name: 'Failure',
    message: /schema/,
  });
  assert.throws(() => unpackContainer(fromHex('0000000200000000ffffffff')!, 1e6), { name: 'Failure' });
  await assert.rejects(containerShare(bufferSource(new Uint8Array(3))), { name: 'Failure' });
});

test("a file in a share's place is a container, or there is a reason why not", () => {
  const file = packContainer(share, leases);
  const read = (bytes: Uint8Array) => readContainer(bytes.subarray(0, SNIFF_BYTES), bytes.length);
  assert.deepEqual(read(file), { schema: 2, shareSize: share.length, leases: 2 });
  assert.deepEqual(readContainer(file.subarray(0, SNIFF_BYTES), 12 + 144), { schema: 2, shareSize: 0, leases: 2 });
  assert.equal(read(utf8('Tahoe mutable container v1\n\x75\x09\x44\x03\x8e')), 'mutable');
  assert.equal(read(utf8('Tahoe mutable container v2')), 'mutable');
  for (const schema of [0, 3, 2 ** 32 - 1])
    assert.equal(read(Buffer.concat([u32be(schema), file.slice(4)])), 'foreign');
  for (const size of [0, 3, 11, 12 + 143]) assert.equal(read(file.subarray(0, size)), 'short');
});

test('names that a server gives are known from those that it does not', () => {
  const numbers = ['0', '7', '10', '99', '100', '255'];
  assert.deepEqual(numbers.map(shareNumberOf), numbers.map(Number));
  for (const name of [
    '',
    '00',
    '01',
    '007',
    '256',
    '999',
    '1000',
    '-1',
    '+1',
    '1.0',
    '1e2',
    ' 1',
    '1 ',
    'x',
    '0x1',
    '１',
  ])
    assert.equal(shareNumberOf(name), undefined, name);
  const good = '5mwuz5yxisqrnhtrsljs7wkyb4';
  assert.ok(isStorageIndexName(good));
  // too short, too long, bits that 16 bytes do not have, letters that are none
  for (const name of [
    good.slice(1),
    `${good}a`,
    `${good.slice(0, 25)}5`,
    good.toUpperCase(),
    `1${good.slice(1)}`,
    `${good}\n`,
  ])
    assert.ok(!isStorageIndexName(name), name);
});

test('shares, containers and mutable files are told apart', async () => {
  const { shares } = await encodeAll(noise(400), { needed: 2, happy: 2, total: 3 });
  const shape = shapeFor({ needed: 2, happy: 2, total: 3 }, 400);
  // a version 2 share whose data size has a high word that could be mistaken for a version
  const giant = packHeader(layoutFor({ ...shape, dataSize: 2 ** 32 + 5 }, 2));
  const head = (bytes: Uint8Array) => bytes.subarray(0, SNIFF_BYTES);
  assert.equal(sniffFile(head(shares[0]!)), 'share');
  assert.equal(sniffFile(head(giant)), 'share');
  for (const schema of [1, 2] as const) {
    assert.equal(sniffFile(head(packContainer(shares[1]!, leases, schema))), 'container');
    assert.equal(sniffFile(head(packContainer(giant, [], schema))), 'container');
  }
  assert.equal(sniffFile(utf8('Tahoe mutable container v1\n\x75\x09\x44\x03\x8e')), 'mutable');
  for (const junk of [new Uint8Array(), new Uint8Array(48), noise(48), shares[0]!.subarray(0, 20)]) {
    assert.equal(sniffFile(junk), undefined);
  }
});

test('where a server keeps a share', () => {
  const storageIndex = fromHex('eb2d4cf71744a1169e7192d32fd9580f')!;
  assert.equal(serverPath(storageIndex, 7), 'shares/5m/5mwuz5yxisqrnhtrsljs7wkyb4/7');
  assert.throws(() => serverPath(storageIndex.slice(1), 7));
});
