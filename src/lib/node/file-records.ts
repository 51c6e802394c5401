import type { FileRecord } from '../rpc/records.js';
import type { Context } from './context.js';
import type { BlobEntry, FileEntry } from './entries.js';
import { textKey } from './owner-indexes.js';

type Shown = Pick<FileEntry, 'name' | 'size' | 'needed' | 'happy' | 'total'> & { storageIndex: string | null };

/** What is told of a file. Its cap, a secret, only where it is given; a LIT file has nothing else. */
export function fileRecord(
  file: Shown & { cap?: string },
  blobs: BlobEntry[],
  cap = file.storageIndex ? undefined : file.cap,
): FileRecord {
  const current = blobs.filter((blob) => blob.state !== 'replaced');
  return {
    type: 'file',
    storage_index: file.storageIndex,
    name: file.name,
    size: file.size,
    needed: file.needed,
    happy: file.happy,
    total: file.total,
    ...(cap === undefined ? {} : { cap }),
    blobs: current.map((blob) => blob.uuid),
    live: current.filter((blob) => blob.state === 'live').length,
  };
}

/** Every generation of every share, in order. */
export async function blobsOf({ books }: Pick<Context, 'books'>, storageIndex: string): Promise<BlobEntry[]> {
  const uuids = await books.blobIndexes.byFile.ids({ prefix: textKey(storageIndex) });
  const out = uuids.flatMap((uuid) => books.blobs.get(uuid) ?? []);
  return out.sort((a, b) => (a.share ?? 0) - (b.share ?? 0) || (a.generation ?? 0) - (b.generation ?? 0));
}
