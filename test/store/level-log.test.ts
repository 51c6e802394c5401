import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Database } from '../../src/lib/store/database.js';
import { trimLog } from '../../src/lib/store/level-log.js';
import { equal, u32be } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';

/** More than LevelDB holds in memory, so that it writes tables, and tells of them. */
const BATCHES = 12;
const BATCH_BYTES = 1 << 20;

test("LevelDB's remarks are cut while it writes them, and nothing else is", async (t) => {
  const folder = join(tempDir(t), 'db');
  const log = join(folder, 'LOG');
  const db = await Database.open(folder);
  const value = new Uint8Array(randomBytes(BATCH_BYTES));
  const write = async (from: number) => {
    for (let i = from; i < from + BATCHES; i++) await db.write([[u32be(i), value]]);
  };
  await write(0);
  const told = () => readFileSync(log, 'latin1').replaceAll('\0', '');
  const before = told();
  assert.match(before, /Level-0 table/);
  await trimLog(folder);
  assert.ok(statSync(log).size > 0, 'short ones stay');
  await trimLog(folder, 0);
  assert.equal(statSync(log).size, 0);
  await write(BATCHES);
  assert.match(told(), /Level-0 table/, 'it tells on');
  assert.ok(!told().includes(before.slice(0, 80)), 'what was cut stays so');
  await db.close();
  const again = await Database.open(folder);
  for (let i = 0; i < 2 * BATCHES; i++) assert.ok(equal(again.get(u32be(i))!, value));
  await again.close();
});
