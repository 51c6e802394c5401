import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashArgs, type JournalStore, RequestJournal } from '../../src/lib/rpc/journal.js';

function memory(): JournalStore & { map: Map<string, string> } {
  const map = new Map<string, string>();
  return {
    map,
    get: async (key) => map.get(key),
    put: async (key, value) => void map.set(key, value),
  };
}

test('the same request twice is done once, and gives the first result', async () => {
  const journal = new RequestJournal(memory());
  assert.deepEqual(await journal.begin('a', 'h'), { state: 'new' });
  await journal.finish('a', { txid: 'ff', amount: 5n });
  assert.deepEqual(await journal.begin('a', 'h'), { state: 'done', result: { txid: 'ff', amount: '5' } });
});

test('the same id with other arguments is a usage error', async () => {
  const journal = new RequestJournal(memory());
  await journal.begin('a', 'h');
  await assert.rejects(journal.begin('a', 'other'), { code: 'usage' });
});

test('a request that was cut off is found again with its last note, by a new journal over the same store', async () => {
  const store = memory();
  const before = new RequestJournal(store);
  await before.begin('a', 'h');
  await before.note('a', { tx: '00ff' });
  assert.deepEqual(await new RequestJournal(store).begin('a', 'h'), { state: 'begun', note: { tx: '00ff' } });
});

test('it is on disk before begin returns', async () => {
  const store = memory();
  await new RequestJournal(store).begin('a', 'h');
  assert.ok(store.map.has('a'));
});

test('what was never begun cannot be finished', async () => {
  await assert.rejects(new RequestJournal(memory()).finish('a', {}));
});

test('arguments hash by what they mean', () => {
  const base = { blob: 'ab', amount: 5n };
  const hash = hashArgs('bounty.post', base);
  assert.equal(hashArgs('bounty.post', { amount: '5', blob: 'ab', payee: undefined }), hash);
  assert.equal(hashArgs('bounty.post', { ...base, requestId: 'x', dryRun: false, maxSpend: 9n }), hash);
  assert.notEqual(hashArgs('bounty.post', { ...base, amount: 6n }), hash);
  assert.notEqual(hashArgs('wallet.send', base), hash);
});

test('different arguments have different hashes', () => {
  const params = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.string(), fc.integer(), fc.boolean()));
  fc.assert(
    fc.property(params, params, (a, b) => {
      const same = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
      assert.equal(hashArgs('m', a) === hashArgs('m', b), same);
    }),
  );
});
