import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '../../src/lib/bounty/challenge.js';
import { deckKey, nonceFor } from '../../src/lib/bounty/deck.js';
import { dealAgain } from '../../src/lib/node/deal.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { fails, lying, spread } from './file-world.js';
import { bytesOf } from './helpers.js';

test('a deck is dealt from k other shares where its own steward does not serve', async (t) => {
  const { owner, stewards, file } = await spread(t, { privateSeal: true });
  const { books, wallet } = owner.context;
  const uuid = file.blobs[1]!;
  const { contract, deck: old } = books.blobs.get(utf8(uuid))!;
  const steward = stewards.find(({ peerId }) => peerId === books.owned.get(utf8(contract!))!.peer)!;
  const bytes = await bytesOf(steward.context.blobs.read(uuid));
  steward.network.onTransfer = () => {
    throw new Failure('unreachable', 'the stream broke');
  };
  const { deck } = await dealAgain(owner.context, owner.performers, uuid, 5);
  assert.deepEqual([deck.cards.length, deck.next], [5, 0]);
  assert.ok(deck.dealSlot > old.dealSlot, 'no nonce comes twice');
  const key = deckKey(wallet.keys().vaultKey, fromHex(uuid)!);
  assert.deepEqual(deck.cards[4], (await answer(nonceFor(key, deck.dealSlot, 4), bytes.length, [bytes])).key);
  assert.deepEqual(books.blobs.get(utf8(uuid))!.deck, deck);
  assert.deepEqual(lying(owner), [], 'what was rebuilt is gone again');
});

test('with fewer than k the deck stays as it was, and the steward is to blame', async (t) => {
  const { owner, stewards, file } = await spread(t);
  const { books } = owner.context;
  const uuid = file.blobs[0]!;
  const before = books.blobs.get(utf8(uuid));
  for (const steward of stewards) {
    steward.network.onTransfer = () => {
      throw new Failure('unreachable', 'the stream broke');
    };
  }
  await assert.rejects(dealAgain(owner.context, owner.performers, uuid, 5), fails('unreachable'));
  assert.deepEqual(books.blobs.get(utf8(uuid)), before);
  assert.deepEqual(lying(owner), []);
});
