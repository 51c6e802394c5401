import type { OpenBlob } from '../store/blobs-open.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure, isFailure } from '../util/errors.js';
import type { Extent } from '../workers/files.js';
import { parseSealedCap } from './caps.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry, DeckEntry } from './entries.js';
import type { Files } from './files.js';
import { fromSteward, heldGood } from './holding.js';
import { ownBlob } from './lookup.js';
import { withRebuilt } from './repair.js';
import { dealDeck, extentOf, uuidOf } from './sealing.js';

/** What a deck may be dealt from, beside the bytes that are here. */
export interface DealSources {
  spool: Spool;
  files: Files;
}

/**
 * Deals a blob's deck anew: from the bytes here; where they are gone, from the steward's own copy; where
 * that is not served, from the share rebuilt of k others, which is the same to the byte.
 */
export async function dealAgain(
  context: Context,
  { spool, files }: DealSources,
  uuid: string,
  count: number,
): Promise<BlobEntry> {
  const { books, wallet } = context;
  const blob = ownBlob(context, uuid);
  // A deal's slot is in its nonces: two deals in one slot would be the same deck.
  const slot = Math.max(currentSlot(context), blob.deck.dealSlot + 1);
  const vaultKey = wallet.keys().vaultKey;
  const deal = (extent: Extent) => dealDeck(extent, vaultKey, uuid, slot, count);
  const here = await heldGood(context, blob);
  const deck = here
    ? await dealFrom(here, deal)
    : await dealFromSteward(context, spool, blob, deal).catch((error) => {
        if (!isFailure(error)) throw error;
        return dealFromOthers(context, files, blob, error, deal);
      });
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

/** `reason`: why its steward's copy cannot be had, which is all there is to say where it cannot be rebuilt either. */
async function dealFromOthers(
  context: Context,
  files: Files,
  blob: BlobEntry,
  reason: Failure,
  deal: (extent: Extent) => Promise<DeckEntry>,
): Promise<DeckEntry> {
  const { file, share, generation } = blob;
  const entry = file === null ? undefined : context.books.files.get(utf8(file));
  if (!entry || share === null || generation === null) throw reason;
  const sealed = parseSealedCap(entry.cap);
  const { cap } = sealed;
  if (cap.kind !== 'chk') throw reason;
  const found = await files.hunt(sealed, cap).collect(cap.needed, new Set([share]));
  try {
    if (found.size < cap.needed) throw reason;
    const parts = {
      sealed: { ...sealed, storageIndex: entry.storageIndex },
      cap,
      found,
      wanted: [{ share, generation }],
    };
    return await withRebuilt(context, parts, async ([rebuilt]) => {
      const extent = extentOf(rebuilt!.draft);
      if ((await uuidOf(extent)) !== blob.uuid) throw new Failure('failure', 'the rebuilt share is another blob');
      return await deal(extent);
    });
  } finally {
    for (const one of found.values()) await one.release();
  }
}
