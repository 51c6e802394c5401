import type { OpenBlob } from '../store/blobs-open.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Extent } from '../workers/files.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry, DeckEntry } from './entries.js';
import { fromSteward, heldGood } from './holding.js';
import { ownBlob } from './lookup.js';
import { dealDeck, extentOf, uuidOf } from './sealing.js';

/** Deals a blob's deck anew, from the bytes here or, where they are gone, from the steward's own copy. */
export async function dealAgain(context: Context, spool: Spool, uuid: string, count: number): Promise<BlobEntry> {
  const { books, wallet } = context;
  const blob = ownBlob(context, uuid);
  // A deal's slot is in its nonces: two deals in one slot would be the same deck.
  const slot = Math.max(currentSlot(context), blob.deck.dealSlot + 1);
  const vaultKey = wallet.keys().vaultKey;
  const deal = (extent: Extent) => dealDeck(extent, vaultKey, uuid, slot, count);
  const here = await heldGood(context, blob);
  const deck = here ? await dealFrom(here, deal) : await dealFromSteward(context, spool, blob, deal);
  return books.exclusive(async () => {
    const dealt = { ...ownBlob(context, uuid), deck };
    await books.commit([books.blobs.put(utf8(uuid), dealt)]);
    return dealt;
  });
}

async function dealFrom(here: OpenBlob, deal: (extent: Extent) => Promise<DeckEntry>): Promise<DeckEntry> {
  try {
    return await deal(here.extent);
  } finally {
    await here.close();
  }
}

async function dealFromSteward(
  context: Context,
  spool: Spool,
  blob: BlobEntry,
  deal: (extent: Extent) => Promise<DeckEntry>,
): Promise<DeckEntry> {
  const { body } = await fromSteward(context, blob);
  const file = await spool.take(body);
  try {
    // Cards dealt from other bytes could be claimed without the blob.
    if ((await uuidOf(extentOf(file))) !== blob.uuid) throw new Failure('failure', 'the steward serves other bytes');
    return await deal(extentOf(file));
  } finally {
    await file.close();
  }
}
