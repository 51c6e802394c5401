import { encodeBase32 } from '../codec/base32.js';
import { type EncodeParams, encodeFile } from '../codec/encode.js';
import { storageIndexOf } from '../codec/keys.js';
import { LIT_MAX_BYTES } from '../codec/params.js';
import type { MethodParams } from '../rpc/methods.js';
import type { FileRecord } from '../rpc/records.js';
import type { FileSource } from '../store/source.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { convergenceKeyOnWorker } from '../workers/encode.js';
import { formatSealedCap, newPrivateSecret, parseSealedCap } from './caps.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry, FileEntry } from './entries.js';
import { healFile } from './file-heal.js';
import { blobsOf, fileRecord } from './file-records.js';
import { isOwnCopy, letGo } from './holding.js';
import { encodeSealed, keepAllSealed, SealedDraft } from './sealing.js';

export type PutParams = MethodParams<'file.put'>;

/** Idempotent by content: the same bytes give the same cap, the same UUIDs, and are stored once. */
export async function putFile(
  context: Context,
  spool: Spool,
  params: PutParams,
  body: AsyncIterable<Uint8Array>,
): Promise<FileRecord> {
  const shape = { needed: params.needed, happy: params.happy, total: params.total, segmentSize: params.segmentSize };
  if (!(shape.needed <= shape.happy && shape.happy <= shape.total)) {
    throw new Failure(
      'usage',
      `shares must be needed ≤ happy ≤ total, not ${shape.needed}/${shape.happy}/${shape.total}`,
    );
  }
  context.wallet.keys();
  const file = await spool.take(body);
  try {
    if (file.size === 0 && !params.allowEmpty) {
      throw new Failure('usage', 'the file is empty', 'an empty file is stored with --allow-empty');
    }
    if (file.size <= LIT_MAX_BYTES) return await literal(file, shape, params.name);
    return await encode(context, file, shape, params);
  } finally {
    await file.close();
  }
}

async function literal(file: FileSource, shape: EncodeParams, name: string | null): Promise<FileRecord> {
  const { capText } = await encodeFile(file, shape, { key: new Uint8Array(16) }, () => undefined);
  return fileRecord({ ...shape, storageIndex: null, name, size: file.size, cap: capText }, []);
}

async function encode(context: Context, file: FileSource, shape: EncodeParams, params: PutParams): Promise<FileRecord> {
  const { blobs, books, wallet } = context;
  const key = await convergenceKeyOnWorker(file, shape, wallet.keys().convergence);
  const storageIndex = encodeBase32(storageIndexOf(key));
  const known = books.files.get(utf8(storageIndex));
  if (known) {
    const record = await knownRecord(context, known, params);
    if (!params.dryRun) await healFile(context, file, shape, known);
    return record;
  }
  const secret = params.privateSeal ? newPrivateSecret() : undefined;
  const drafts: SealedDraft[] = [];
  try {
    for (let share = 0; share < shape.total; share++) {
      drafts.push(await SealedDraft.create(blobs, key, share, 0, secret));
    }
    const { capText } = await encodeSealed(file, shape, key, drafts);
    if (params.dryRun) return fileRecord({ ...shape, storageIndex, name: params.name, size: file.size }, []);
    const facts = { chkKey: key, vaultKey: wallet.keys().vaultKey, file: storageIndex, slot: currentSlot(context) };
    const entries = await keepAllSealed(drafts, facts);
    const entry: FileEntry = {
      storageIndex,
      cap: formatSealedCap(capText, secret),
      name: params.name,
      size: file.size,
      needed: shape.needed,
      happy: shape.happy,
      total: shape.total,
      repairBelow: shape.happy,
      createdMs: context.clock.now(),
    };
    return await book(context, entry, entries, params);
  } finally {
    for (const draft of drafts) await draft.draft.discard();
  }
}

function book(context: Context, entry: FileEntry, entries: BlobEntry[], params: PutParams): Promise<FileRecord> {
  const { books } = context;
  return books.exclusive(async () => {
    // Put a second time meanwhile: its blobs may be advertised by now, or live.
    const other = books.files.get(utf8(entry.storageIndex));
    if (other) {
      for (const { uuid } of entries) if (!isOwnCopy(context, uuid)) await letGo(context, uuid);
      return knownRecord(context, other, params);
    }
    await books.commit([
      books.files.put(utf8(entry.storageIndex), entry),
      ...entries.map((blob) => books.blobs.put(utf8(blob.uuid), blob)),
    ]);
    return fileRecord(entry, entries, entry.cap);
  });
}

/** The same file again. Not as if it had the seal asked for now: whoever has its cap could rebuild it. */
async function knownRecord(context: Context, known: FileEntry, { privateSeal }: PutParams): Promise<FileRecord> {
  if (privateSeal && parseSealedCap(known.cap).privateSecret === undefined) {
    throw new Failure(
      'failure',
      'the file is stored already, without a private seal',
      'let go of it first: holdfast file forget',
    );
  }
  const own = await blobsOf(context, known.storageIndex);
  if (own.some(({ state }) => state === 'bare')) {
    throw new Failure('failure', 'the file is adopted from a Tahoe grid', 'let go of it first: holdfast file forget');
  }
  return fileRecord(known, own, known.cap);
}
