import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { publicFromSeed, signWithSeed } from '../../src/lib/crypto/ed25519.js';
import {
  encodeAnswer,
  encodeQuestion,
  POLL_BYTES_MAX,
  type PollSession,
  readAnswer,
  readQuestion,
} from '../../src/lib/market/poll.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { hashOf } from './samples.js';

const [contact, account, stranger] = [hashOf('contact'), hashOf('account'), hashOf('stranger')];
const signer = (seed: Uint8Array) => (message: Uint8Array) => signWithSeed(seed, message);
const SESSION: PollSession = {
  network: hashOf('network'),
  contractId: hashOf('contract'),
  owner: hashOf('owner peer'),
  steward: hashOf('steward peer'),
  ownerNonce: hashOf('nonce 1'),
  stewardNonce: hashOf('nonce 2'),
};
const QUESTION = { index: 3, endSlot: null };
const ANSWER = { next: 4, lost: false, endSlot: null };

test('a question and its answer come back as they were, whatever they say', () => {
  const slot = fc.option(fc.nat({ max: 2 ** 40 }));
  const index = fc.nat({ max: 2 ** 31 });
  fc.assert(
    fc.property(index, slot, index, fc.boolean(), slot, (asked, endSlot, next, lost, end) => {
      const question = { index: asked, endSlot };
      const body = encodeQuestion(SESSION, question, signer(contact));
      assert.ok(body.length <= POLL_BYTES_MAX);
      assert.deepEqual(readQuestion(SESSION, body, publicFromSeed(contact)), question);
      const answer = { next, lost, endSlot: end };
      const said = encodeAnswer(SESSION, question, answer, signer(account));
      assert.ok(said.length <= POLL_BYTES_MAX);
      assert.deepEqual(readAnswer(SESSION, question, said, publicFromSeed(account)), answer);
    }),
    { numRuns: 20 },
  );
});

test('what names another network, peer, contract or nonce, or is signed by another, is neither', () => {
  const question = encodeQuestion(SESSION, QUESTION, signer(contact));
  const answer = encodeAnswer(SESSION, QUESTION, ANSWER, signer(account));
  for (const field of Object.keys(SESSION)) {
    const other = { ...SESSION, [field]: hashOf('another') };
    assert.equal(readQuestion(other, question, publicFromSeed(contact)), undefined, field);
    assert.equal(readAnswer(other, QUESTION, answer, publicFromSeed(account)), undefined, field);
  }
  assert.equal(readQuestion(SESSION, question, publicFromSeed(stranger)), undefined);
  assert.equal(readAnswer(SESSION, QUESTION, answer, publicFromSeed(stranger)), undefined);
  // An answer to the same owner's question before this one.
  assert.equal(readAnswer(SESSION, { ...QUESTION, index: 2 }, answer, publicFromSeed(account)), undefined);
  assert.equal(readAnswer(SESSION, { ...QUESTION, endSlot: 9 }, answer, publicFromSeed(account)), undefined);
});

test('what is longer, or of another form, is neither', () => {
  const sign = signer(contact)(hashOf('message'));
  const bodies = [
    encodeCbor([3, null, sign, 1]),
    encodeCbor([2 ** 31 + 1, null, sign]),
    encodeCbor([-1, null, sign]),
    encodeCbor([3, null, sign.subarray(1)]),
    encodeCbor([3, null, new Uint8Array(POLL_BYTES_MAX)]),
    new Uint8Array(POLL_BYTES_MAX + 1),
    new Uint8Array(0),
  ];
  for (const body of bodies) {
    assert.equal(readQuestion(SESSION, body, publicFromSeed(contact)), undefined);
    assert.equal(readAnswer(SESSION, QUESTION, body, publicFromSeed(contact)), undefined);
  }
});
