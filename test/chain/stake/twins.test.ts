import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerId } from '../../../src/lib/chain/header.js';
import { Twins } from '../../../src/lib/chain/stake/twins.js';
import type { StakedHeader } from '../../../src/lib/chain/types.js';
import { bondedChain, buildLed } from '../stakers.js';

test('each second header is told once, signatures make no other, and old slots are forgotten', async () => {
  const chain = await bondedChain();
  const { header } = buildLed(chain);
  const told: [StakedHeader, StakedHeader][] = [];
  const twins = new Twins((...pair) => told.push(pair));
  const note = (noted: StakedHeader) => twins.note(noted, headerId(noted));
  const placeOf = (asked: StakedHeader) => twins.placeOf(asked, headerId(asked));
  const resigned = { ...header, proof: { ...header.proof, signature: new Uint8Array(64) } };
  const [second, third] = [
    { ...header, bodySize: 1 },
    { ...header, bodySize: 2 },
  ];
  const elsewhere = { ...header, producer: header.parent };
  for (const each of [header, resigned, header, elsewhere]) note(each);
  assert.deepEqual(told, []);
  for (const each of [second, second, third, header, third]) note(each);
  assert.deepEqual(told, [[header, second]]);
  assert.deepEqual([header, resigned, second, third, elsewhere].map(placeOf), [1, 1, 2, 3, 1]);
  for (let i = 1; i <= 1024; i++) note({ ...header, slot: header.slot + i });
  assert.deepEqual([header, second, third].map(placeOf), [1, 1, 1], 'a thousand slots on, who asks starts anew');
  assert.equal(told.length, 1);
});
