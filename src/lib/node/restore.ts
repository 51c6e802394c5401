import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { RestoredRecord } from '../rpc/wallet-records.js';
import { areaKey, Database, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import { changePolicyFile, readPolicyFile } from '../store/policy-file.js';
import { migrate } from '../store/schema.js';
import { equal } from '../util/bytes.js';
import { rfc3339 } from '../util/clock.js';
import { Failure } from '../util/errors.js';
import { openVault } from '../wallet/vault.js';
import { decodeRecords, type VaultHead, type VaultRow } from '../wallet/vault-records.js';
import { schemaVersion, vaultKeysOf } from './backup.js';
import { type Context, currentSlot } from './context.js';
import type { OwnedContract } from './entries.js';
import { nodeMigrations } from './migrations.js';
import { inodeOf, newInstance } from './original.js';
import { resumed } from './resume.js';
import { CARRIED, isCarried, rowsOf, schemaRow, withoutCards } from './vault-rows.js';

/** Read as often as it takes. */
export interface SealedVault {
  chunks(): AsyncIterable<Uint8Array>;
}

/** Records written at once, and their bytes. */
const BATCH = { records: 2000, bytes: 4 << 20 };
/** Keys that may have been used since the backup was made: a number twice would link two contracts. */
const KEYS_AHEAD = 256;

/** Books that hold nothing but what a wallet's first unlocking and the ledger put there. */
export async function needFresh({ books }: Pick<Context, 'books'>): Promise<void> {
  if (books.restored?.whole === false) return;
  for (const table of [books.files, books.blobs, books.owned, books.kept, books.bids, books.adverts]) {
    for await (const _ of (table as typeof books.files).entries({ limit: 1 })) {
      throw new Failure('failure', 'there are books here already', 'restore into a fresh directory: give --home');
    }
  }
}

/** All of it is authentic and of this network, or nothing is touched. */
export async function verifyVault(context: Context, vault: SealedVault): Promise<VaultHead> {
  let head: VaultHead | undefined;
  for await (const record of decodeRecords(openVault(vaultKeysOf(context).key, vault.chunks()))) {
    if (record.kind === 'head') head = record.head;
    else if (record.kind === 'row' && !isKnown(record.row[0])) {
      throw new Failure('failure', 'the backup holds records that this release does not know');
    }
  }
  if (!head || !equal(head.network, context.params.derived.genesisId)) {
    throw new Failure('usage', 'the backup is of another network');
  }
  if (head.schema > schemaVersion()) {
    throw new Failure(
      'failure',
      `the backup is of schema ${head.schema}, this release knows ${schemaVersion()}`,
      'use the release that wrote it, or a later one',
    );
  }
  return head;
}

const isKnown = (key: Uint8Array) => CARRIED.some((area) => area.charCodeAt(0) === key[0]);

/**
 * Fills fresh books from a backup that was verified; undefined: there is none, and the words alone are restored.
 * Killed anywhere, it is begun anew. Afterwards the node has to start again on them.
 */
export async function restoreBooks(
  context: Context,
  vault: SealedVault | undefined,
  policyFile: string,
): Promise<Omit<RestoredRecord, 'newer'>> {
  const { books, clock, home, wallet } = context;
  const head = vault && (await verifyVault(context, vault));
  const counts = { files: 0, blobs: 0, owned: 0, kept: 0 };
  const countOf = new Map<string, keyof typeof counts>([
    ...([
      [AREAS.FILES, 'files'],
      [AREAS.BLOBS, 'blobs'],
      [AREAS.OWNED, 'owned'],
      [AREAS.KEPT, 'kept'],
    ] as const),
  ]);
  await books.exclusive(async () => {
    await needFresh(context);
    await books.commit([books.setRestored({ whole: false, height: head?.height ?? 0 })]);
    await clear(context);
    if (vault && head) {
      await inBatches(context, currentRows(context, vault, head), (row) => {
        const count = countOf.get(String.fromCharCode(row[0][0]!));
        if (count) counts[count]++;
        return adapted(context, row);
      });
      await writePolicy(context, vault, policyFile);
    }
    const epoch = Math.max(head?.epoch ?? 0, books.instance?.epoch ?? 0);
    const { instance: key } = vaultKeysOf(context);
    const instance = { ...newInstance(clock.now(), epoch), key, inode: await inodeOf(home) };
    const main = { kind: 'main' as const, index: 0, address: wallet.main };
    await books.commit([
      books.setInstance(instance),
      books.accounts.put(wallet.main, main),
      books.setRestored({ whole: true, height: head?.height ?? 0 }),
    ]);
  });
  return {
    type: 'restored',
    generation: head?.generation ?? null,
    made: head ? rfc3339(head.generation) : null,
    ...{ height: head?.height ?? null, files: counts.files, blobs: counts.blobs },
    ...{ contracts_owned: counts.owned, contracts_kept: counts.kept },
  };
}

/** What an earlier try left; through batches, so that the indexes follow. */
async function clear({ books }: Context): Promise<void> {
  const gone: Write[] = [];
  for await (const [key] of rowsOf(books.db)) gone.push([key, null]);
  for (let at = 0; at < gone.length; at += BATCH.records) await books.commit(gone.slice(at, at + BATCH.records));
}

async function inBatches(
  { books }: Context,
  rows: AsyncIterable<VaultRow>,
  adapt: (row: VaultRow) => Write,
): Promise<void> {
  let batch: Write[] = [];
  let bytes = 0;
  for await (const row of rows) {
    batch.push(adapt(row));
    bytes += row[0].length + row[1].length;
    if (batch.length < BATCH.records && bytes < BATCH.bytes) continue;
    await books.commit(batch);
    batch = [];
    bytes = 0;
  }
  await books.commit(batch);
}

async function* plainRows(context: Context, vault: SealedVault): AsyncGenerator<VaultRow> {
  for await (const record of decodeRecords(openVault(vaultKeysOf(context).key, vault.chunks()))) {
    if (record.kind === 'row' && isCarried(record.row[0])) yield record.row;
  }
}

/** In this release's form: older ones go through the migrations, in a database of their own. */
async function* currentRows(context: Context, vault: SealedVault, head: VaultHead): AsyncGenerator<VaultRow> {
  if (head.schema === schemaVersion()) {
    yield* plainRows(context, vault);
    return;
  }
  const folder = await mkdtemp(join(context.home, 'restore-'));
  try {
    const db = await Database.open(folder);
    try {
      await db.write([schemaRow(head.schema)]);
      for await (const row of plainRows(context, vault)) await db.write([row]);
      const log = (fields: object, text: string) => context.log.info(fields, text);
      await migrate(db, { what: 'the backup', migrations: nodeMigrations(), first: 1, log });
      yield* rowsOf(db);
    } finally {
      await db.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [OWNED, BLOBS, META] = [AREAS.OWNED, AREAS.BLOBS, AREAS.META].map((area) => areaKey(area)[0]);

function adapted(context: Context, [key, value]: VaultRow): Write {
  if (key[0] === BLOBS) return [key, withoutCards(value)];
  if (key[0] === META) return [key, serialize((deserialize(value) as number) + KEYS_AHEAD)];
  if (key[0] !== OWNED) return [key, value];
  return [key, serialize(resumed(deserialize(value) as OwnedContract, currentSlot(context), context.params))];
}

/** What is here already was written for this machine. */
async function writePolicy(context: Context, vault: SealedVault, policyFile: string): Promise<void> {
  if (readPolicyFile(policyFile).json !== undefined) return;
  for await (const record of decodeRecords(openVault(vaultKeysOf(context).key, vault.chunks()))) {
    if (record.kind === 'head') continue;
    if (record.kind !== 'policy') return;
    await changePolicyFile(policyFile, () => JSON.parse(record.text));
    return;
  }
}
