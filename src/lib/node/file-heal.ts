import type { EncodeParams } from '../codec/encode.js';
import type { FileSource } from '../store/source.js';
import { invariant, isFailure } from '../util/errors.js';
import { parseSealedCap } from './caps.js';
import type { Context } from './context.js';
import type { BlobEntry, FileEntry } from './entries.js';
import { blobsOf } from './file-records.js';
import { isOwnCopy } from './holding.js';
import { encodeSealed, extentOf, SealedDraft, uuidOf } from './sealing.js';

/**
 * A file that was put before and comes again: those of its blobs that should lie here, and went bad, are gone or are
 * on a missing disk, are made from it once more, the same to the byte. Blobs that stewards keep are not looked at.
 */
export async function healFile(
  context: Context,
  file: FileSource,
  shape: EncodeParams,
  known: FileEntry,
): Promise<void> {
  const lost = await lostCopies(context, known);
  const { cap, privateSecret } = parseSealedCap(known.cap);
  if (lost.length === 0 || cap.kind !== 'chk') return;
  const drafts: SealedDraft[] = [];
  try {
    for (const { share, generation } of lost) {
      drafts.push(await SealedDraft.create(context.blobs, cap.key, share!, generation!, privateSecret));
    }
    await encodeSealed(file, shape, cap.key, drafts);
    for (const [at, { uuid }] of lost.entries()) {
      const { draft } = drafts[at]!;
      invariant((await uuidOf(extentOf(draft))) === uuid, `the file gives other bytes for blob ${uuid}`);
      // Placed, or given up, while it was made: then nobody here wants it.
      if (isOwnCopy(context, uuid)) await draft.keep(uuid);
    }
  } finally {
    for (const { draft } of drafts) await draft.discard();
  }
}

async function lostCopies(context: Context, known: FileEntry): Promise<BlobEntry[]> {
  const lost: BlobEntry[] = [];
  for (const blob of await blobsOf(context, known.storageIndex)) {
    const mine = blob.share !== null && blob.generation !== null && isOwnCopy(context, blob.uuid);
    if (mine && !(await isGood(context, blob.uuid))) lost.push(blob);
  }
  return lost;
}

async function isGood({ blobs }: Context, uuid: string): Promise<boolean> {
  try {
    return (await blobs.check(uuid)).good;
  } catch (error) {
    if (isFailure(error) && error.code === 'temporary') return false;
    throw error;
  }
}
