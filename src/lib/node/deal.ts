import { createHash } from 'node:crypto';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry, DeckEntry } from './entries.js';
import { fromSteward, heldGood } from './holding.js';
import { ownBlob } from './lookup.js';
import { dealDeck } from './sealing.js';

/** Deals a blob's deck anew, from the bytes here or, where they are gone, from the steward's own copy. */
export async function dealAgain(context: Context, spool: Spool, uuid: string, count: number): Promise<BlobEntry> {
  const { books, wallet } = context;
  const blob = ownBlob(context, uuid);
  // A deal's slot is in its nonces: two deals in one slot would be the same deck.
  const slot = Math.max(currentSlot(context), blob.deck.dealSlot + 1);
  const vaultKey = wallet.keys().vaultKey;
  const deal = (bytes: AsyncIterable<Uint8Array>) => dealDeck(bytes, blob.size, vaultKey, uuid, slot, count);
  const here = await heldGood(context, blob);
  const deck = here ? await deal(here.drain()) : await dealFromSteward(context, spool, blob, deal);
  return books.exclusive(async () => {
    const dealt = { ...ownBlob(context, uuid), deck };
    await books.commit([books.blobs.put(utf8(uuid), dealt)]);
    return dealt;
  });
}

async function dealFromSteward(
  context: Context,
  spool: Spool,
  blob: BlobEntry,
  deal: (bytes: AsyncIterable<Uint8Array>) => Promise<DeckEntry>,
): Promise<DeckEntry> {
  const { body } = await fromSteward(context, blob);
  const file = await spool.take(body);
  try {
    // Cards dealt from other bytes could be claimed without the blob.
    const hash = createHash('sha256');
    for await (const chunk of file.chunks()) hash.update(chunk);
    if (hash.digest('hex') !== blob.uuid) throw new Failure('failure', 'the steward serves other bytes');
    return await deal(file.chunks());
  } finally {
    await file.close();
  }
}
