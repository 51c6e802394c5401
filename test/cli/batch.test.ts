import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runBatch } from '../../src/lib/cli/batch.js';
import { Failure, type FailureCode } from '../../src/lib/util/errors.js';

async function* of(...items: string[]) {
  yield* items;
}

/** Runs a batch in which some items fail; gives the exit status and what was told. */
async function batch(t: TestContext, fails: Record<string, FailureCode>, ...items: string[]) {
  const told: string[] = [];
  const done: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => told.push(text) > 0);
  process.exitCode = undefined;
  try {
    await runBatch(of(...items), async (item) => {
      const code = fails[item];
      if (code) throw new Failure(code, 'no good');
      done.push(item);
    });
    return { status: Number(process.exitCode ?? 0), told, done };
  } finally {
    process.exitCode = undefined;
    t.mock.restoreAll();
  }
}

test('all well: status 0, nothing told', async (t) => {
  assert.deepEqual(await batch(t, {}, 'a', 'b'), { status: 0, told: [], done: ['a', 'b'] });
});

test('nothing to do is done', async (t) => {
  assert.deepEqual(await batch(t, {}), { status: 0, told: [], done: [] });
});

test('a single item fails as itself', async (t) => {
  await assert.rejects(batch(t, { a: 'not-found' }, 'a'), { code: 'not-found', message: 'no good' });
});

test('of several, the others still happen: 3', async (t) => {
  assert.deepEqual(await batch(t, { b: 'not-found' }, 'a', 'b', 'c'), {
    status: 3,
    told: ['holdfast: error: b: no good\n'],
    done: ['a', 'c'],
  });
});

test('all failing alike: their own status, each told once', async (t) => {
  const ran = await batch(t, { a: 'not-found', b: 'not-found' }, 'a', 'b');
  assert.equal(ran.status, 4);
  assert.deepEqual(ran.told, ['holdfast: error: a: no good\n', 'holdfast: error: b: no good\n']);
});

test('all failing, each in its way: 3', async (t) => {
  assert.equal((await batch(t, { a: 'not-found', b: 'usage' }, 'a', 'b')).status, 3);
});

test('where the next would fail in the same way, it ends there', async (t) => {
  await assert.rejects(batch(t, { a: 'unreachable' }, 'a', 'b'), { code: 'unreachable' });
});
