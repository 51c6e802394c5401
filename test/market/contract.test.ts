import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Contract, contractId, decodeContract, encodeContract } from '../../src/lib/market/contract.js';
import {
  acceptContract,
  decodeSigned,
  encodeSigned,
  offerContract,
  verifyOffer,
  verifySigned,
} from '../../src/lib/market/signed.js';
import { concat, equal, toHex } from '../../src/lib/util/bytes.js';
import { type Cbor, decodeCbor, encodeCbor } from '../../src/lib/util/cbor.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { accountOf, contractOf, hashOf, signerOf } from './samples.js';

const refuses = (work: () => unknown, message: RegExp) =>
  assert.throws(work, (error) => isFailure(error) && message.test(error.message));

test('a contract comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, (1n << 64n) - 1n),
      fc.maxSafeNat(),
      fc.integer({ min: 0, max: 255 }),
      (amount, size, lot) => {
        const contract = contractOf({
          price: amount,
          maxCredit: amount / 3n,
          size: size + 1 - (size === Number.MAX_SAFE_INTEGER ? 1 : 0),
          lot,
        });
        assert.deepEqual(decodeContract(encodeContract(contract)), contract);
      },
    ),
    { numRuns: 30 },
  );
});

test('every field is bounded', () => {
  const bad: [Partial<Contract>, RegExp][] = [
    [{ network: new Uint8Array(31) }, /field 1: must be 32/],
    [{ lot: 256 }, /field 3/],
    [{ size: 0 }, /field 5/],
    [{ size: -1 }, /field 5/],
    [{ price: -1n }, /field 6/],
    [{ payee: new Uint8Array(32) }, /field 8: must be a public key/],
    [{ gracePercent: 149 }, /field 11/],
    [{ termDays: 366 }, /field 13/],
    [{ bandPercent: 101 }, /field 14/],
    [{ peer: new Uint8Array(0) }, /field 17/],
    [{ peer: new Uint8Array(65) }, /field 17/],
  ];
  for (const [change, message] of bad) refuses(() => decodeContract(encodeContract(contractOf(change))), message);
});

test('one canonical form, and nothing that is not a contract', () => {
  const body = encodeContract(contractOf());
  refuses(() => decodeContract(concat(body, Uint8Array.of(0))), /not a contract/);
  refuses(() => decodeContract(body.subarray(0, body.length - 1)), /not a contract/);
  refuses(() => decodeContract(new Uint8Array(2049)), /more than 2048 bytes/);
  const fields = decodeCbor(body) as Cbor[];
  refuses(() => decodeContract(encodeCbor([...fields, 0])), /not a contract/);
  refuses(() => decodeContract(encodeCbor(fields.slice(0, -1))), /not a contract/);
  refuses(() => decodeContract(encodeCbor([2, ...fields.slice(1)])), /field 0/);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => refuses(() => decodeContract(noise), /not a contract/)),
  );
});

test('the id covers every field', () => {
  const changes: Partial<Contract>[] = [
    ...(['network', 'advert', 'uuid', 'secret', 'readkey', 'contact', 'account', 'payee', 'peer'] as const).map(
      (key) => ({
        [key]: hashOf(`other ${key}`),
      }),
    ),
    ...(['lot', 'size', 'startSlot', 'gracePercent', 'termDays', 'bandPercent'] as const).map((key) => ({
      [key]: contractOf()[key] + 1,
    })),
    { price: 401n },
    { maxCredit: 401n },
  ];
  assert.equal(changes.length, Object.keys(contractOf()).length);
  const ids = [contractOf(), ...changes.map(contractOf)].map((contract) => toHex(contractId(contract)));
  assert.equal(new Set(ids).size, ids.length);
});

test('a contract binds once both have signed, each with its own key', () => {
  const offer = offerContract(contractOf(), signerOf('contact'));
  assert.ok(verifyOffer(offer));
  assert.ok(!verifySigned(offer));
  const signed = acceptContract(offer, signerOf('b'));
  assert.ok(verifySigned(signed));
  assert.ok(!verifySigned(acceptContract(offer, signerOf('c'))));
  assert.ok(!verifyOffer(offerContract(contractOf(), signerOf('b'))));
  const swapped = { ...signed, ownerSignature: signed.stewardSignature!, stewardSignature: signed.ownerSignature };
  assert.ok(!verifySigned(swapped));
  assert.ok(!verifySigned({ ...signed, contract: contractOf({ price: 1n }) }));
  assert.ok(!equal(accountOf('b'), accountOf('contact')));
});

test('a signed contract comes back as it was; garbage is refused', () => {
  const offer = offerContract(contractOf(), signerOf('contact'));
  const signed = acceptContract(offer, signerOf('b'));
  assert.deepEqual(decodeSigned(encodeSigned(offer)), offer);
  assert.deepEqual(decodeSigned(encodeSigned(signed)), signed);
  refuses(() => decodeSigned(encodeSigned({ ...signed, ownerSignature: new Uint8Array(63) })), /not a signed contract/);
  refuses(() => decodeSigned(encodeCbor([new Uint8Array(3), signed.ownerSignature, null])), /not a contract/);
  refuses(() => decodeSigned(new Uint8Array(5000)), /more than 4096 bytes/);
});
