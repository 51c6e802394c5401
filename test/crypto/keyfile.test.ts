import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKeyFile, sealKeyFile } from '../../src/lib/crypto/keyfile.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';

const random = { salt: new Uint8Array(16).fill(1), nonce: new Uint8Array(24).fill(2), n: 1024 };
const code = (wanted: string) => (error: unknown) => isFailure(error) && error.code === wanted;
const payload = utf8('the keys');

test('a key file opens with its passphrase, and names its parameters', async () => {
  const text = await sealKeyFile(payload, 'correct horse', random);
  assert.deepEqual(await openKeyFile(text, 'correct horse'), payload);
  const json = JSON.parse(text);
  assert.equal(json.version, 1);
  assert.deepEqual({ ...json.kdf, salt: 0 }, { name: 'scrypt', n: 1024, r: 8, p: 1, salt: 0 });
  assert.ok(!text.includes(Buffer.from(payload).toString('hex')));
});

test('by default the key costs 2^15', async () => {
  const text = await sealKeyFile(payload, 'p', { salt: random.salt, nonce: random.nonce });
  assert.equal(JSON.parse(text).kdf.n, 32768);
  assert.deepEqual(await openKeyFile(text, 'p'), payload);
});

test('the wrong passphrase is said to be wrong', async () => {
  const text = await sealKeyFile(payload, 'right', random);
  for (const wrong of ['', 'Right', 'right ']) await assert.rejects(openKeyFile(text, wrong), code('passphrase'));
});

test('composed and decomposed letters are the same passphrase', async () => {
  const text = await sealKeyFile(payload, 'caf\u00e9', random);
  assert.deepEqual(await openKeyFile(text, 'cafe\u0301'), payload);
});

test('a changed file does not open: ciphertext, nonce, salt, cost', async () => {
  const text = await sealKeyFile(payload, 'p', random);
  const swaps = [
    text.replace(/("ciphertext": ")(..)/, (_, a, b) => `${a}${b === '00' ? '01' : '00'}`),
    text.replace(/("nonce": ")02/, '$103'),
    text.replace(/("salt": ")01/, '$102'),
    text.replace('"n": 1024', '"n": 2048'),
  ];
  for (const changed of swaps) {
    assert.notEqual(changed, text);
    await assert.rejects(openKeyFile(changed, 'p'), code('passphrase'));
  }
});

test('garbage, hostile costs and newer versions are refused before any work', async () => {
  const text = await sealKeyFile(payload, 'p', random);
  const bad = [
    '',
    'garbage',
    '[]',
    'null',
    '{}',
    text.slice(0, -20),
    text.replace('"n": 1024', '"n": 1073741824'),
    text.replace('"n": 1024', '"n": 1025'),
    text.replace('"r": 8', '"r": 1024'),
    text.replace('"version": 1', '"version": 2'),
    text.replace('"ciphertext": "', '"ciphertext": "zz'),
    `${text}${' '.repeat(2 << 20)}`,
  ];
  for (const changed of bad) {
    assert.notEqual(changed, text);
    await assert.rejects(openKeyFile(changed, 'p'), code('failure'), changed.slice(0, 60));
  }
});

test('parameters that could not be read again are not written', async () => {
  await assert.rejects(sealKeyFile(payload, 'p', { ...random, n: 1000 }), /invariant/);
  await assert.rejects(sealKeyFile(payload, 'p', { ...random, nonce: new Uint8Array(12) }), /invariant/);
});
