import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BlobStore } from '../../src/lib/store/blobs.js';
import { attachRoot } from '../../src/lib/store/blobs-attach.js';
import type { BlobOwner } from '../../src/lib/store/blobs-leftovers.js';
import { moveAll } from '../../src/lib/store/blobs-move.js';
import { areaKey, Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { utf8 } from '../../src/lib/util/bytes.js';

/**
 * A process that stores blobs, books them, removes some, or moves them to and fro, until it is killed:
 * `node blobs-process.js put|move HOME OTHER`.
 */
export const NETWORK = 'ab'.repeat(32);
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const key = (uuid: string) => areaKey(AREAS.BLOBS, utf8(uuid));

/** Books that are a list of names in the same database. */
export function listOwner(db: Database): BlobOwner {
  let tail: Promise<unknown> = Promise.resolve();
  const booked = (uuid: string) => db.get(key(uuid)) !== undefined;
  return {
    wanted: async (uuid) => booked(uuid),
    needs: async () => booked,
    exclusive: (work) => {
      const run = tail.then(work, work);
      tail = run.catch(() => undefined);
      return run;
    },
  };
}

export async function openHome(home: string): Promise<{ db: Database; blobs: BlobStore }> {
  const db = await Database.open(join(home, 'db'));
  const store = { folder: join(home, 'blobs'), db, network: NETWORK, log: quiet, owner: listOwner(db) };
  return { db, blobs: await BlobStore.open(store) };
}

export async function bookedIn(db: Database): Promise<string[]> {
  const out: string[] = [];
  for await (const [name] of db.scan(areaKey(AREAS.BLOBS))) out.push(Buffer.from(name.slice(1)).toString());
  return out.sort();
}

async function* noise(size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += 4096) yield randomBytes(Math.min(4096, size - at));
}

async function put({ db, blobs }: { db: Database; blobs: BlobStore }): Promise<never> {
  const mine: string[] = [];
  const worker = async () => {
    for (;;) {
      const { uuid, release } = await blobs.put(noise(Math.floor(Math.random() * 40_000)));
      await db.write([[key(uuid), new Uint8Array(0)]]);
      await release();
      mine.push(uuid);
      if (mine.length < 8) continue;
      const [old] = mine.splice(Math.floor(Math.random() * mine.length), 1);
      await blobs.remove(old!);
      await db.write([[key(old!), null]]);
    }
  };
  return Promise.race([worker(), worker(), worker()]);
}

async function moveToAndFro({ blobs }: { blobs: BlobStore }, other: string): Promise<void> {
  const second = await attachRoot(blobs.roots, other);
  const first = blobs.roots.roots.find((root) => root !== second)!;
  for (;;) {
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      await blobs.roots.change(to, { state: 'active' });
      await blobs.roots.change(from, { state: 'draining' });
      for await (const { status } of moveAll(blobs, [from], to)) if (status !== 'moved') throw new Error(status);
      process.stdout.write('.');
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , mode, home, other] = process.argv;
  const opened = await openHome(home!);
  process.stdout.write('open\n');
  await (mode === 'put' ? put(opened) : moveToAndFro(opened, other!));
}
