import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../src/lib/node/log.js';
import { tempDir } from '../helpers/temp.js';

const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { n: number }).n);

test('a log never takes more than twice its bound, whatever is written', async (t) => {
  const dir = tempDir(t);
  const file = join(dir, 'log', 'node.log');
  const log = createLog(file, 'info', 2000);
  for (let n = 0; n < 500; n++) {
    log.info({ n, text: 'ü'.repeat(n % 90) }, 'a line');
    // What was open before is closed in the next round.
    await new Promise(setImmediate);
    for (const name of readdirSync(join(dir, 'log')))
      assert.ok(statSync(join(dir, 'log', name)).size <= 2000, `${name} at ${n}`);
  }
  assert.deepEqual(readdirSync(join(dir, 'log')).sort(), ['node.log', 'node.log.1']);
  const kept = [...lines(`${file}.1`), ...lines(file)];
  assert.deepEqual(
    kept,
    kept.map((_, index) => 500 - kept.length + index),
    'the newest, whole and in order',
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('what an earlier start wrote counts', (t) => {
  const file = join(tempDir(t), 'node.log');
  createLog(file, 'info', 200).info({ n: 1, text: 'x'.repeat(100) });
  createLog(file, 'info', 200).info({ n: 2 });
  assert.deepEqual([lines(`${file}.1`), lines(file)], [[1], [2]]);
});

test('SIGHUP opens it anew, for whoever moved it away', async (t) => {
  const file = join(tempDir(t), 'node.log');
  const log = createLog(file, 'info', 1 << 20);
  log.info({ n: 1 });
  renameSync(file, `${file}.old`);
  log.info({ n: 2 });
  process.emit('SIGHUP');
  log.info({ n: 3 });
  assert.deepEqual([lines(`${file}.old`), lines(file)], [[1, 2], [3]]);
});
