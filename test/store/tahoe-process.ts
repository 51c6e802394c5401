import { join } from 'node:path';
import { Database } from '../../src/lib/store/database.js';
import { RootBook } from '../../src/lib/store/root-book.js';
import { TahoeTrees } from '../../src/lib/store/tahoe.js';

/** Follows a tree until it is killed. Says first how many blobs it had indexed at its start. */
const [home, dir] = process.argv.slice(2) as [string, string];
const db = await Database.open(join(home, 'db'));
const book = await RootBook.open(db, join(home, 'blobs'));
const trees = await TahoeTrees.open(db, book, { bytesPerSecond: 2_000_000 });
await trees.attach(dir);
const [view] = await trees.roots();
process.send?.(view?.blobs);
setInterval(() => undefined, 1000);
