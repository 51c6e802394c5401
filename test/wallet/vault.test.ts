import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { locatorOf } from '../../src/lib/seal/locator.js';
import { concat, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { Keyring } from '../../src/lib/wallet/keyring.js';
import { seedFromWords } from '../../src/lib/wallet/mnemonic.js';
import {
  CHUNK_BYTES,
  openVault,
  openVaultHead,
  paddedLength,
  sealVault,
  VAULT_HEAD_BYTES,
} from '../../src/lib/wallet/vault.js';
import { vaultKeys } from '../../src/lib/wallet/vault-keys.js';
import {
  decodeHead,
  decodeRecords,
  encodeRecords,
  type VaultHead,
  type VaultRow,
} from '../../src/lib/wallet/vault-records.js';
import { vector } from '../helpers/root.js';

const KEY = new Uint8Array(32).fill(1);
const SALT = new Uint8Array(16).fill(2);

async function all(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const out: Uint8Array[] = [];
  for await (const part of parts) out.push(part);
  return concat(...out);
}
/** In pieces that fit no boundary. */
async function* cut(bytes: Uint8Array, size = 10_007): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const seal = (plain: Uint8Array, key = KEY) => all(sealVault(key, SALT, cut(plain)));
const open = (sealed: Uint8Array, key = KEY) => all(openVault(key, cut(sealed)));
const fails = (code: string) => (error: unknown) => isFailure(error) && error.code === code;
const some = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

test('vectors: what the words find and open a backup with, network by network', () => {
  interface Vector {
    words: string;
    networks: { network: string; key: string; readkeys: string[]; locators: string[]; instance: string }[];
  }
  const { words, networks } = JSON.parse(vector('backup-keys.json')) as Vector;
  const { backup } = new Keyring(seedFromWords(words));
  assert.equal(networks.length, 2);
  for (const { network, ...expected } of networks) {
    const { key, readkey, instance } = vaultKeys(backup, Buffer.from(network, 'hex'));
    const readkeys = expected.readkeys.map((_, copy) => readkey(copy));
    assert.deepEqual(
      {
        key: toHex(key),
        readkeys: readkeys.map(toHex),
        locators: readkeys.map((one) => toHex(locatorOf(one))),
        instance: toHex(instance),
      },
      expected,
    );
  }
});

test('no two copies, networks, words or uses share a key', () => {
  const rings = [1, 2].map((fill) => new Keyring(new Uint8Array(64).fill(fill)));
  const keys = rings.flatMap((ring) =>
    [1, 2].flatMap((fill) => {
      const { key, readkey, instance } = vaultKeys(ring.backup, new Uint8Array(32).fill(fill));
      return [key, instance, ring.vaultKey, ...[0, 1, 2].map(readkey)].map(toHex);
    }),
  );
  assert.equal(new Set(keys).size, keys.length - 2);
});

test('what is sealed opens again, whatever its length, and its padded length tells little', async () => {
  for (const length of [1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5]) {
    const plain = some(length);
    const opened = await open(await seal(plain));
    assert.equal(opened.length, paddedLength(length));
    assert.deepEqual(opened.subarray(0, length), plain);
    assert.ok(opened.subarray(length).every((byte) => byte === 0));
  }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (length) => {
      const padded = paddedLength(length);
      assert.ok(padded >= length && padded <= Math.max(CHUNK_BYTES, 1.12 * length));
      assert.equal(paddedLength(padded), padded);
    }),
  );
});

test('two copies of one backup have nothing in common', async () => {
  const [a, b] = [
    await all(sealVault(KEY, SALT, [some(100)])),
    await all(sealVault(KEY, new Uint8Array(16).fill(3), [some(100)])),
  ];
  let alike = 0;
  for (const [i, byte] of a.entries()) if (byte === b[i]) alike++;
  assert.ok(alike < a.length / 128);
});

test('attack: a flipped byte, a chunk left out, moved or doubled, an end cut off or added, other words', async () => {
  const sealed = await seal(some(4 * CHUNK_BYTES));
  const chunk = CHUNK_BYTES + 16;
  const at = (n: number) => sealed.subarray(16 + n * chunk, 16 + (n + 1) * chunk);
  const head = sealed.subarray(0, 16);
  await assert.rejects(open(sealed, new Uint8Array(32).fill(9)), fails('passphrase'));
  for (const place of [0, 15, 16, 1000, 16 + chunk - 1])
    await assert.rejects(open(flipped(sealed, place)), fails('passphrase'));
  for (const place of [16 + chunk, sealed.length - 1])
    await assert.rejects(open(flipped(sealed, place)), fails('failure'));
  for (const bad of [
    concat(head, at(0), at(2), at(3)),
    concat(head, at(0), at(2), at(1), at(3)),
    concat(head, at(0), at(1), at(1), at(2), at(3)),
    concat(head, at(0), at(1), at(2)),
    sealed.subarray(0, sealed.length - 1),
    concat(sealed, new Uint8Array(1)),
    concat(sealed, at(3)),
  ])
    await assert.rejects(open(bad), fails('failure'));
  for (const length of [0, 5, 16, 17, 40]) await assert.rejects(open(sealed.subarray(0, length)), fails('passphrase'));
});

function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const out = bytes.slice();
  out[place]! ^= 1;
  return out;
}

const HEAD: VaultHead = {
  network: new Uint8Array(32).fill(7),
  generation: 12,
  schema: 3,
  height: 9,
  slot: 40,
  epoch: 1,
};

async function* rowsOf(rows: readonly VaultRow[]): AsyncGenerator<VaultRow> {
  yield* rows;
}
async function decoded(plain: Uint8Array) {
  const out: unknown[] = [];
  for await (const record of decodeRecords(cut(plain, 777))) out.push(record);
  return out;
}

test('records come back in their order; the head is in the first chunk', async () => {
  const rows = Array.from({ length: 500 }, (_, i): VaultRow => [utf8(`k${i}`), some(i % 400)]);
  const plain = await all(encodeRecords(HEAD, '{}', rowsOf(rows)));
  const expected = [
    { kind: 'head', head: HEAD },
    { kind: 'policy', text: '{}' },
    ...rows.map((row) => ({ kind: 'row', row })),
  ];
  assert.deepEqual(await decoded(plain), expected);
  assert.deepEqual(await decoded(concat(plain, new Uint8Array(3))), expected);
  const sealed = await seal(plain);
  assert.deepEqual(decodeHead(openVaultHead(KEY, sealed.subarray(0, VAULT_HEAD_BYTES), sealed.length)), HEAD);
  const small = await seal(await all(encodeRecords(HEAD, undefined, rowsOf([]))));
  assert.deepEqual(decodeHead(openVaultHead(KEY, small, small.length)), HEAD);
  assert.throws(() => openVaultHead(KEY, sealed.subarray(0, VAULT_HEAD_BYTES - 1), sealed.length), fails('passphrase'));
});

test('records that end early, go on behind their end, or miscount are refused', async () => {
  const rows: VaultRow[] = [
    [utf8('k1'), some(9)],
    [utf8('k2'), some(9)],
  ];
  const plain = await all(encodeRecords(HEAD, undefined, rowsOf(rows)));
  for (let length = 0; length < plain.length; length++)
    await assert.rejects(decoded(plain.subarray(0, length)), fails('failure'));
  await assert.rejects(decoded(concat(plain, Uint8Array.of(0, 0, 0, 0, 1))), fails('failure'));
  await assert.rejects(decoded(concat(plain, plain)), fails('failure'));
  await assert.rejects(decoded(Uint8Array.of(0xff, 0, 0, 0, 0)), fails('failure'));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
      await assert.rejects(decoded(noise), fails('failure'));
    }),
  );
});

test('sha-256 of a vault of fixed records: the format stays as it is', async () => {
  const plain = await all(encodeRecords(HEAD, '{}', rowsOf([[utf8('o1'), some(100)]])));
  assert.equal(toHex(sha256(await seal(plain))), JSON.parse(vector('backup-keys.json')).vault_sha256);
});
