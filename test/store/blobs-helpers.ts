import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { BlobStore } from '../../src/lib/store/blobs.js';
import type { BlobOwner } from '../../src/lib/store/blobs-leftovers.js';
import { Database } from '../../src/lib/store/database.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';

export const NETWORK = 'ab'.repeat(32);

export const uuidOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function* chunks(...parts: Uint8Array[]) {
  yield* parts;
}

export async function all(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

export const failsWith = (code: FailureCode, message: RegExp) => (error: unknown) =>
  isFailure(error) && error.code === code && message.test(error.message);

/** Books that need what is in a set. */
export function owner(wanted: Set<string> | 'all'): BlobOwner {
  const needed = (uuid: string) => wanted === 'all' || wanted.has(uuid);
  let tail: Promise<unknown> = Promise.resolve();
  return {
    wanted: async (uuid) => needed(uuid),
    needs: async () => needed,
    exclusive: (work) => {
      const run = tail.then(work, work);
      tail = run.catch(() => undefined);
      return run;
    },
  };
}

export interface Shop {
  home: string;
  /** Of the data directory's own root. */
  root: string;
  blobs: BlobStore;
  db: Database;
  /** What was logged. */
  said: string[];
  /** Closes it, as a node that stops. */
  close(): Promise<void>;
}

/** A store with a database of its own; `home`: that of an earlier one. */
export async function openShop(
  t: TestContext,
  options: { home?: string; wanted?: Set<string> | 'all'; network?: string } = {},
): Promise<Shop> {
  const { home = tempDir(t), wanted = 'all', network = NETWORK } = options;
  const db = await Database.open(join(home, 'db'));
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  const root = join(home, 'blobs');
  let closed = false;
  try {
    const log = { info: say, warn: say, error: say };
    const blobs = await BlobStore.open({ folder: root, db, network, log, owner: owner(wanted) });
    const close = async () => {
      if (closed) return;
      closed = true;
      await blobs.close();
      await db.close();
    };
    t.after(close);
    return { home, root, blobs, db, said, close };
  } catch (error) {
    await db.close();
    throw error;
  }
}

export const partial = (root: string) => readdirSync(join(root, 'partial'));

/** Settled in the books, as by a writer that ended well. */
export async function keep({ blobs }: Pick<Shop, 'blobs'>, bytes: Uint8Array): Promise<string> {
  const { uuid, release } = await blobs.put(chunks(bytes));
  await release();
  return uuid;
}

/** The UUIDs that lie in a root. */
export function lying(root: string): string[] {
  return readdirSync(root)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((name) => readdirSync(join(root, name)))
    .sort();
}

/** Each time the same bytes for the same name. */
export function noise(name: string, size: number): Uint8Array {
  const parts: Buffer[] = [];
  for (let i = 0; parts.length * 32 < size; i++) parts.push(createHash('sha256').update(`${name} ${i}`).digest());
  return new Uint8Array(Buffer.concat(parts)).slice(0, size);
}
