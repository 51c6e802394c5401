import { randomBytes } from 'node:crypto';
import type { BlobDraft } from '../store/blobs.js';
import { readPolicyFile } from '../store/policy-file.js';
import { toHex, utf8 } from '../util/bytes.js';
import { sealVault } from '../wallet/vault.js';
import { COPIES_MAX, VAULT_SALT_BYTES, type VaultKeys, vaultKeys } from '../wallet/vault-keys.js';
import { encodeRecords, type VaultHead } from '../wallet/vault-records.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry } from './entries.js';
import { giveUp } from './file-forget.js';
import { letGo } from './holding.js';
import { nodeMigrations } from './migrations.js';
import { dealDeck, extentOf, uuidOf } from './sealing.js';
import { rowsOf } from './vault-rows.js';

const GENERATION = 'backup';
const NAME = /^backup-(\d{1,15})-\d{1,2}$/;

/** The books as they were at one moment, as often as they are read; close it. */
interface Backup {
  head: VaultHead;
  sealed(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

export const schemaVersion = (): number => nodeMigrations().at(-1)!.to;

export function vaultKeysOf({ wallet, params }: Pick<Context, 'wallet' | 'params'>): VaultKeys {
  return vaultKeys(wallet.keys().backup, params.derived.genesisId);
}

/**
 * A snapshot of the books while everything runs: what one batch wrote is in it whole, or not at all. Each sealing is
 * under a salt of its own.
 */
async function openBackup(context: Context, policyFile: string): Promise<Backup> {
  const { books, ledger, params, clock } = context;
  const { key } = vaultKeysOf(context);
  const policy = readPolicyFile(policyFile).json;
  return books.exclusive(async () => {
    const generation = Math.max(books.counter(GENERATION) + 1, clock.now());
    await books.commit([books.setCounter(GENERATION, generation)]);
    const snapshot = books.db.snapshot();
    const head: VaultHead = {
      ...{ network: params.derived.genesisId, generation, schema: schemaVersion(), height: ledger.tip.height },
      ...{ slot: currentSlot(context), epoch: books.instance?.epoch ?? 0 },
    };
    const text = policy && JSON.stringify(policy);
    return {
      head,
      sealed: () => {
        const salt = new Uint8Array(randomBytes(VAULT_SALT_BYTES));
        return sealVault(key, salt, encodeRecords(head, text, rowsOf(books.db, snapshot)));
      },
      close: () => snapshot.close(),
    };
  });
}

/** One backup, to be kept as a file. */
export async function* backupBytes(context: Context, policyFile: string): AsyncGenerator<Uint8Array> {
  const backup = await openBackup(context, policyFile);
  try {
    yield* backup.sealed();
  } finally {
    await backup.close();
  }
}

/**
 * The same as blobs of this owner's, one a copy, which then go the way of every other blob. Copies of earlier backups
 * that nobody was given go at once; of the others the latest backup that was placed stays, for as long as this one
 * is not, and older ones are given up.
 */
export async function backupBlobs(context: Context, policyFile: string, copies: number): Promise<BlobEntry[]> {
  const backup = await openBackup(context, policyFile);
  const made: BlobEntry[] = [];
  // Until they are in the books, who lets go of a draft lets go of its blob.
  const drafts: BlobDraft[] = [];
  try {
    for (let copy = 0; copy < copies; copy++) {
      const draft = await context.blobs.draft();
      drafts.push(draft);
      made.push(await storeCopy(context, backup, copy, draft));
    }
    await context.books.exclusive(() => book(context, made));
  } finally {
    for (const draft of drafts) await draft.discard();
    await backup.close();
  }
  context.changes.tell({ kind: 'books' });
  return made;
}

async function storeCopy(context: Context, backup: Backup, copy: number, draft: BlobDraft): Promise<BlobEntry> {
  for await (const chunk of backup.sealed()) await draft.write(draft.size, chunk);
  const extent = extentOf(draft);
  const uuid = await uuidOf(extent);
  const deck = await dealDeck(extent, context.wallet.keys().vaultKey, uuid, currentSlot(context));
  await draft.keep(uuid);
  return {
    ...{ uuid, size: extent.size, file: null, share: null, generation: null, state: 'local', deck },
    ...{ readkey: vaultKeysOf(context).readkey(copy), contract: null, advert: null },
    name: `backup-${backup.head.generation}-${copy}`,
  };
}

async function book(context: Context, made: readonly BlobEntry[]): Promise<void> {
  const { books } = context;
  const old = await earlierCopies(context);
  const placed = old.filter(({ state }) => state === 'live' || state === 'advertised');
  const latest = Math.max(...placed.map(generationOf));
  const unplaced = old.filter(({ state }) => state === 'local');
  const over = placed.filter((blob) => generationOf(blob) < latest);
  await books.commit([
    ...made.map((blob) => books.blobs.put(utf8(blob.uuid), blob)),
    ...unplaced.map(({ uuid }) => books.blobs.delete(utf8(uuid))),
    ...over.flatMap((blob) => giveUp(context, blob)),
  ]);
  for (const { uuid } of [...unplaced, ...over]) await letGo(context, uuid);
}

/** Told by their readkeys, which no other blob has; a name is anybody's to give. */
async function earlierCopies(context: Context): Promise<BlobEntry[]> {
  const keys = vaultKeysOf(context);
  const readkeys = new Set(Array.from({ length: COPIES_MAX }, (_, copy) => toHex(keys.readkey(copy))));
  const found: BlobEntry[] = [];
  for await (const [, blob] of context.books.blobs.entries()) {
    if (blob.file === null && readkeys.has(toHex(blob.readkey))) found.push(blob);
  }
  return found;
}

function generationOf({ name }: BlobEntry): number {
  return Number(NAME.exec(name ?? '')?.[1] ?? 0);
}
