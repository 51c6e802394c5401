import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRY_OVERHEAD, PART_BYTES } from '../../src/lib/chain/join/part.js';
import { ProtocolError } from '../../src/lib/net/errors.js';
import { answerParts, readPartAnswer } from '../../src/lib/net/parts.js';
import {
  encodeOk,
  HeldBody,
  LIMITS,
  parseAnswer,
  parseRequest,
  parseWire,
  SYNC_ANSWERS,
  SYNC_REQUESTS,
  TxBundle,
} from '../../src/lib/net/wire.js';
import { concat, u32be } from '../../src/lib/util/bytes.js';
import { type Cbor, encodeCbor } from '../../src/lib/util/cbor.js';

/** A list of so many of a value that takes one byte, as it lies in an answer: the head says how many. */
function crowded(count: number, value: number): Uint8Array {
  return concat(Uint8Array.of(0x82, 0x62, 0x6f, 0x6b, 0x9a), u32be(count), new Uint8Array(count).fill(value));
}

const EMPTY_BYTES = 0x40;
const EMPTY_LIST = 0x80;
const ZERO = 0x00;

test('threat 22: what is many values in few bytes is refused before they are made', () => {
  const refused = (parse: () => unknown) => assert.throws(parse, ProtocolError);
  for (const value of [EMPTY_BYTES, EMPTY_LIST, ZERO]) {
    refused(() => parseAnswer(HeldBody, crowded(LIMITS.bodyFrameBytes - 9, value), LIMITS.bodyValues));
    refused(() => parseAnswer(SYNC_ANSWERS.parts, crowded(2 * LIMITS.partsBytes, value), LIMITS.partsValues));
    for (const schema of [SYNC_ANSWERS.headers, SYNC_ANSWERS.pool, SYNC_ANSWERS.peers])
      refused(() => parseAnswer(schema, crowded(LIMITS.headersBytes, value)));
    refused(() => parseWire(TxBundle, crowded(LIMITS.bundleBytes, value).subarray(4)));
    refused(() => parseRequest(SYNC_REQUESTS, crowded(LIMITS.requestBytes, value).subarray(4)));
  }
  // Lists in lists, each small: all of them count.
  const small: Cbor = Array<Cbor>(200).fill(0);
  refused(() => parseAnswer(SYNC_ANSWERS.headers, encodeOk(Array<Cbor>(200).fill(small))));
  // A head that promises what never comes.
  refused(() =>
    parseAnswer(HeldBody, concat(Uint8Array.of(0x82, 0x62, 0x6f, 0x6b, 0x9a), u32be(2 ** 32 - 1)), LIMITS.bodyValues),
  );
});

test('the most that is honest passes', async () => {
  const body = Array<Cbor>(LIMITS.bodyTxs).fill(Uint8Array.of(1));
  assert.equal(parseAnswer(HeldBody, encodeOk(body), LIMITS.bodyValues)?.length, LIMITS.bodyTxs);
  const headers = Array<Cbor>(LIMITS.headers).fill(new Uint8Array(900));
  assert.equal(parseAnswer(SYNC_ANSWERS.headers, encodeOk(headers)).length, LIMITS.headers);
  const bundle = Array<Cbor>(LIMITS.bundleTxs).fill(new Uint8Array(60));
  assert.equal(parseWire(TxBundle, encodeCbor(bundle)).length, LIMITS.bundleTxs);
  // The smallest entries that a state has: how many stand in a slot's queue.
  const entry = { key: new Uint8Array(9).fill(1), value: encodeCbor([1]) };
  const size = entry.key.length + entry.value.length + ENTRY_OVERHEAD;
  const entries = Array(Math.floor(PART_BYTES / size)).fill(entry);
  const part = { depth: 0, prefix: new Uint8Array(32), hash: new Uint8Array(32) };
  const handlers = { part: async () => ({ kind: 'leaves' as const, entries }) };
  const answer = encodeOk(await answerParts(handlers, new Uint8Array(32), Array(LIMITS.parts).fill(part)));
  const parsed = parseAnswer(SYNC_ANSWERS.parts, answer, LIMITS.partsValues)!.map(readPartAnswer);
  assert.ok(
    parsed.length > 10 && parsed.every((one) => one.kind === 'leaves' && one.entries.length === entries.length),
  );
});
