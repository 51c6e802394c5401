import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Books } from '../../src/lib/node/books.js';
import { moveStandingBid } from '../../src/lib/node/standing-bid.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { Table } from '../../src/lib/store/table.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';
import { DEVNET } from '../plan/samples.js';

const LOG = { info: () => {} };

/** Books as a release before the policy file left them. */
async function booksOf(t: TestContext) {
  const home = tempDir(t);
  const db = await Database.open(join(home, 'db'));
  t.after(() => db.close());
  const books = await Books.open(db, DEVNET);
  const standing = { price: 100_000_000n, capacity: 20 * 2 ** 30, termDays: 90 };
  await books.commit([new Table<unknown>(db, AREAS.META).put(utf8('standing'), standing)]);
  return { books, policy: join(home, 'policy.json') };
}

const said = (policy: string) => JSON.parse(readFileSync(policy, 'utf8')) as object;

test('a standing bid of the books moves to the policy file, once', async (t) => {
  const { books, policy } = await booksOf(t);
  await moveStandingBid(books, policy, LOG);
  assert.deepEqual(said(policy), { steward: { price: '30', capacity: '20GiB', termDays: 90 } });
  assert.equal(books.standing, undefined);
  writeFileSync(policy, '{}');
  await moveStandingBid(books, policy, LOG);
  assert.deepEqual(said(policy), {});
});

test('what a person has written there stands; a file that is none keeps the bid in the books', async (t) => {
  const { books, policy } = await booksOf(t);
  writeFileSync(policy, '{"steward":');
  await assert.rejects(moveStandingBid(books, policy, LOG), /not JSON/);
  assert.equal(books.standing?.termDays, 90);
  writeFileSync(policy, '{"steward":{"price":"7","capacity":5}}');
  await moveStandingBid(books, policy, LOG);
  assert.deepEqual(said(policy), { steward: { price: '7', capacity: 5 } });
  assert.equal(books.standing, undefined);
});
