import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contractId } from '../../src/lib/market/contract.js';
import { decodeReceipt, encodeReceipt, receiptFits, signReceipt, verifyReceipt } from '../../src/lib/market/receipt.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { accountOf, contractOf, hashOf, signerOf } from './samples.js';

const CONTRACT = contractOf();
const RECEIPT = { contractId: contractId(CONTRACT), uuid: CONTRACT.uuid, size: CONTRACT.size, slot: 320 };

test('a receipt is signed by the account that bid', () => {
  const signed = signReceipt(RECEIPT, signerOf('b'));
  assert.ok(verifyReceipt(signed, accountOf('b')));
  assert.ok(!verifyReceipt(signed, accountOf('c')));
  assert.ok(!verifyReceipt({ ...signed, receipt: { ...RECEIPT, slot: 321 } }, accountOf('b')));
  assert.deepEqual(decodeReceipt(encodeReceipt(signed)), signed);
});

test('it must be for this contract and this blob', () => {
  const by = signerOf('b');
  assert.ok(receiptFits(signReceipt(RECEIPT, by), CONTRACT));
  assert.ok(!receiptFits(signReceipt({ ...RECEIPT, contractId: hashOf('other') }, by), CONTRACT));
  assert.ok(!receiptFits(signReceipt({ ...RECEIPT, uuid: hashOf('other') }, by), CONTRACT));
  assert.ok(!receiptFits(signReceipt({ ...RECEIPT, size: 1 }, by), CONTRACT));
  assert.ok(!receiptFits(signReceipt(RECEIPT, signerOf('c')), CONTRACT));
});

test('garbage is refused', () => {
  const refused = (error: unknown) => isFailure(error) && /not a receipt/.test(error.message);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => assert.throws(() => decodeReceipt(noise), refused)),
  );
  const signed = signReceipt({ ...RECEIPT, size: 0 }, signerOf('b'));
  assert.throws(() => decodeReceipt(encodeReceipt(signed)), refused);
});
