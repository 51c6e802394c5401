import { Books } from '../../src/lib/node/books.js';
import { Database, type Write } from '../../src/lib/store/database.js';
import { AREAS, type Area } from '../../src/lib/store/layout.js';
import { Table } from '../../src/lib/store/table.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { blob, file, kept, owned, params, SHARES } from './records.js';

const BATCH = 1000;

/** A database with so many contracts of both sides, as a node keeps them. Prints what making the indexes took. */
async function fill(folder: string, contracts: number): Promise<void> {
  // The tables first, each from its beginning to its end; their indexes are made from them, as after an upgrade.
  const db = await Database.open(folder, { writeBufferSize: 64 * 1024 * 1024 });
  const tables: [number, (n: number) => Write][] = [
    [contracts / SHARES, (n) => put(db, AREAS.FILES, file(n), ({ storageIndex }) => storageIndex)],
    [contracts, (n) => put(db, AREAS.OWNED, owned(n), ({ id }) => id)],
    [contracts, (n) => put(db, AREAS.BLOBS, blob(n), ({ uuid }) => uuid)],
    [contracts, (n) => put(db, AREAS.KEPT, kept(n), ({ id }) => id)],
  ];
  for (const [count, write] of tables) {
    for (let at = 0; at < count; at += BATCH)
      await db.write(Array.from({ length: Math.min(BATCH, count - at) }, (_, i) => write(at + i)));
  }
  const began = performance.now();
  await Books.open(db, params);
  await db.close();
  process.stdout.write(JSON.stringify({ indexes_s: (performance.now() - began) / 1000 }));
}

function put<T>(db: Database, area: Area, entry: T, keyOf: (entry: T) => string): Write {
  return new Table<T>(db, area).put(utf8(keyOf(entry)), entry);
}

const [folder, contracts] = process.argv.slice(2);
await fill(folder!, Number(contracts));
