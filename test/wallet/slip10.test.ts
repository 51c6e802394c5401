import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicFromSeed } from '../../src/lib/crypto/ed25519.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { deriveChild, derivePath, masterKey, serializePublicKey } from '../../src/lib/wallet/slip10.js';
import { vector } from '../helpers/root.js';

interface File {
  vectors: { seed: string; chains: { path: number[]; chain_code: string; private: string; public: string }[] }[];
}

test('SLIP-0010: test vectors 1 and 2 for ed25519', () => {
  const { vectors } = JSON.parse(vector('slip-0010-ed25519.json')) as File;
  const chains = vectors.flatMap(({ seed, chains }) => chains.map((chain) => ({ seed, ...chain })));
  assert.equal(chains.length, 12);
  for (const chain of chains) {
    const { key, chainCode } = derivePath(fromHex(chain.seed)!, chain.path);
    assert.equal(toHex(key), chain.private, `private ${chain.path}`);
    assert.equal(toHex(chainCode), chain.chain_code, `chain code ${chain.path}`);
    assert.equal(toHex(serializePublicKey(publicFromSeed(key))), chain.public, `public ${chain.path}`);
  }
});

test('an index is a whole number below 2^31: it is hardened here, not by the caller', () => {
  const master = masterKey(new Uint8Array(64));
  for (const index of [-1, 0.5, 2 ** 31, Number.NaN]) assert.throws(() => deriveChild(master, index), /invariant/);
});
