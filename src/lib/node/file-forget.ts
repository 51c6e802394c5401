import { storageIndexText } from '../codec/caps.js';
import type { FileRecord } from '../rpc/records.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { parseSealedCap } from './caps.js';
import type { Context } from './context.js';
import type { BlobEntry } from './entries.js';
import { blobsOf, fileRecord } from './file-records.js';
import { letGo } from './holding.js';

/** Takes the file out of the catalog; its blobs are given up: no payment, no repair. */
export async function forgetFile(context: Context, id: string): Promise<FileRecord> {
  const { books } = context;
  const cap = id.startsWith('URI:') ? parseSealedCap(id).cap : undefined;
  const storageIndex = cap ? (cap.kind === 'lit' ? '' : storageIndexText(cap)) : id;
  const entry = books.files.get(utf8(storageIndex));
  if (!entry) throw new Failure('not-found', 'no such file in the catalog');
  return books.exclusive(async () => {
    const own = await blobsOf(context, storageIndex);
    const writes = [books.files.delete(utf8(storageIndex))];
    for (const blob of own) {
      if (blob.state === 'local' || blob.state === 'bare') writes.push(books.blobs.delete(utf8(blob.uuid)));
      else if (blob.state !== 'replaced' || isPaid(context, blob)) writes.push(...giveUp(context, blob));
    }
    await books.commit(writes);
    // A bare share is the grid's, wherever it lies.
    for (const { uuid, state } of own) if (state !== 'bare') await letGo(context, uuid);
    context.changes.tell({ kind: 'books' });
    return fileRecord(entry, own);
  });
}

/** A share rebuilt while its steward did not answer leaves the old blob's contract as it was. */
function isPaid({ books }: Pick<Context, 'books'>, { contract }: BlobEntry): boolean {
  return contract !== null && books.owned.get(utf8(contract))?.state === 'live';
}

/** A blob given up: its contract is neither paid nor repaired from here on. */
export function giveUp({ books }: Pick<Context, 'books'>, blob: BlobEntry) {
  const writes = [books.blobs.put(utf8(blob.uuid), { ...blob, state: 'dropped' as const })];
  const contract = blob.contract ? books.owned.get(utf8(blob.contract)) : undefined;
  if (contract?.state === 'live') writes.push(books.owned.put(utf8(contract.id), { ...contract, state: 'dropped' }));
  return writes;
}
