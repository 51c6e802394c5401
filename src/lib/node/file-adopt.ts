import { cardsLeft } from '../bounty/deck.js';
import { type ChkCap, storageIndexText } from '../codec/caps.js';
import { shareSizeFor } from '../codec/encode.js';
import { happyFor } from '../codec/happy.js';
import { DEFAULT_SEGMENT_BYTES } from '../codec/params.js';
import { effectiveSegmentSize } from '../codec/shape.js';
import type { MethodParams } from '../rpc/methods.js';
import type { FileRecord } from '../rpc/records.js';
import { readKeyForShare } from '../seal/locator.js';
import type { BlobDraft } from '../store/blobs.js';
import type { FileSource } from '../store/source.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { encodeOnWorkers } from '../workers/encode.js';
import { parseSealedCap } from './caps.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry, FileEntry } from './entries.js';
import { blobsOf, fileRecord } from './file-records.js';
import { DECK_CARDS, dealDeck, extentOf, uuidOf } from './sealing.js';

export type AdoptParams = MethodParams<'file.adopt'>;

/** Tahoe's default for a segment, and what it was in older versions (immutable.upload). */
const SEGMENT_SIZES = [DEFAULT_SEGMENT_BYTES, 128 * 1024];

/**
 * A file that a Tahoe grid keeps: encoded again under the cap's own key to know the shares' bytes, which
 * are dealt decks and thrown away. Nothing is booked unless the cap comes out the same. Again, it deals
 * anew where a deck runs low.
 */
export async function adoptFile(
  context: Context,
  spool: Spool,
  params: AdoptParams,
  body: AsyncIterable<Uint8Array>,
): Promise<FileRecord> {
  const { cap, tahoe, privateSecret } = parseSealedCap(params.cap);
  if (cap.kind === 'lit') throw new Failure('usage', 'a LIT cap is the file itself: there is nothing to adopt');
  if (privateSecret) throw new Failure('usage', 'no Tahoe grid keeps the shares of a cap with a private seal');
  context.wallet.keys();
  const storageIndex = storageIndexText(cap);
  await knownBare(context, storageIndex);
  const file = await spool.take(limited(body, cap.size));
  try {
    if (file.size < cap.size) throw otherSize(cap, `only ${file.size} bytes`);
    const blobs = await proven(context, file, { cap, tahoe, segmentSize: params.segmentSize }, (drafts) =>
      bareShares(context, cap, storageIndex, drafts),
    );
    const happy = happyFor(cap.needed, cap.total, params.happy);
    const entry: FileEntry = {
      ...{ storageIndex, cap: tahoe, name: params.name, size: cap.size },
      ...{ needed: cap.needed, happy, total: cap.total, repairBelow: happy, createdMs: context.clock.now() },
    };
    return await book(context, entry, blobs);
  } finally {
    await file.close();
  }
}

/** Stops at the first byte too many. */
async function* limited(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left < 0) throw new Failure('failure', `the file has more than the ${size} bytes that its cap says`, HINT);
    yield chunk;
  }
}

const HINT = 'is it another file, or another version of it?';

function otherSize(cap: ChkCap, what: string): Failure {
  return new Failure('failure', `the file has ${what}, and its cap says ${cap.size}`, HINT);
}

interface Proof {
  cap: ChkCap;
  tahoe: string;
  segmentSize: number | undefined;
}

/** Encodes with each segment size that may have been used, until the cap comes out. The drafts are gone afterwards. */
async function proven<T>(
  context: Context,
  file: FileSource,
  { cap, tahoe, segmentSize }: Proof,
  use: (drafts: BlobDraft[]) => Promise<T>,
): Promise<T> {
  const { needed, total, key } = cap;
  const given = segmentSize === undefined ? SEGMENT_SIZES : [segmentSize];
  const sizes = new Set(given.map((bytes) => effectiveSegmentSize(needed, cap.size, bytes)));
  for (const bytes of sizes) {
    const params = { needed, happy: needed, total, segmentSize: bytes };
    const shareSize = shareSizeFor(params, cap.size);
    const drafts: BlobDraft[] = [];
    try {
      for (let share = 0; share < total; share++) {
        const draft = await context.blobs.draft(shareSize);
        drafts.push(draft);
        await draft.reserve(shareSize);
      }
      const outputFor = (share: number) => ({ fd: drafts[share]!.fd, start: 0 });
      const { capText } = await encodeOnWorkers(file, params, { key }, outputFor);
      for (const draft of drafts) draft.wrote(shareSize);
      if (capText === tahoe) return await use(drafts);
    } finally {
      for (const draft of drafts) await draft.discard();
    }
  }
  const tried = segmentSize === undefined ? 'with segments of 1 MiB and of 128 KiB' : `with segments of ${segmentSize}`;
  throw new Failure(
    'failure',
    `the file does not give its cap ${tried}`,
    'try another --segment-size, if the file is the right one',
  );
}

async function bareShares(context: Context, cap: ChkCap, storageIndex: string, drafts: readonly BlobDraft[]) {
  const { vaultKey } = context.wallet.keys();
  const known = new Map((await blobsOf(context, storageIndex)).map((blob) => [blob.uuid, blob]));
  const blobs: BlobEntry[] = [];
  for (const [share, draft] of drafts.entries()) {
    const extent = extentOf(draft);
    const uuid = await uuidOf(extent);
    const old = known.get(uuid);
    if (old && cardsLeft(old.deck) >= DECK_CARDS / 2) {
      blobs.push(old);
      continue;
    }
    // A deal's slot is in its nonces: two deals in one slot would be the same deck.
    const slot = Math.max(currentSlot(context), (old?.deck.dealSlot ?? -1) + 1);
    const deck = await dealDeck(extent, vaultKey, uuid, slot);
    blobs.push({
      ...{ uuid, size: draft.size, file: storageIndex, share, generation: null, state: 'bare', deck },
      ...{ readkey: readKeyForShare(cap.key, share), contract: null, advert: null, name: null },
    });
  }
  return blobs;
}

/** The file, where it is adopted already. Throws where it is stored here in another way. */
async function knownBare(context: Context, storageIndex: string): Promise<FileEntry | undefined> {
  const known = context.books.files.get(utf8(storageIndex));
  const own = known ? await blobsOf(context, storageIndex) : [];
  if (known && own.some(({ state }) => state !== 'bare')) {
    throw new Failure(
      'failure',
      'the file is stored already, sealed, with stewards of holdfast',
      'let go of it first: holdfast file forget',
    );
  }
  return known;
}

async function book(context: Context, file: FileEntry, blobs: readonly BlobEntry[]): Promise<FileRecord> {
  const { books } = context;
  return books.exclusive(async () => {
    const entry = (await knownBare(context, file.storageIndex)) ?? file;
    for (const { uuid } of blobs) {
      const other = books.blobs.get(utf8(uuid));
      if (other && other.state !== 'bare') {
        throw new Failure(
          'failure',
          `blob ${uuid}, one of its shares, is a blob here already`,
          'see holdfast blob show',
        );
      }
    }
    // A card drawn meanwhile stays drawn.
    const now = blobs.map((blob) => {
      const other = books.blobs.get(utf8(blob.uuid));
      return other && other.deck.dealSlot >= blob.deck.dealSlot ? other : blob;
    });
    await books.commit([
      books.files.put(utf8(entry.storageIndex), entry),
      ...now.map((blob) => books.blobs.put(utf8(blob.uuid), blob)),
    ]);
    context.changes.tell({ kind: 'books' });
    return fileRecord(entry, now);
  });
}
