import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { desk, fails, records, succeeds } from './harness.js';

const said = (home: string) => JSON.parse(readFileSync(join(home, 'policy.json'), 'utf8')) as object;

test('a standing bid goes into the policy file, without a node, and keeps what stands there', async (t) => {
  const { home, run } = await desk(t);
  const bid = ['market', 'bid', '--price', '30'];
  fails(await run(bid), 2, /needs a capacity and a term/);
  const planned = await run([...bid, '--capacity', '20GiB', '--term', '365d', '-n', '--json']);
  const record = { type: 'bid', advert: null, price_grains: '100000000', capacity: 20 * 2 ** 30, term_days: 365 };
  assert.deepEqual(records(planned.stdout), [{ ...record, price: '30', txid: null }]);
  fails(await run(bid), 2, /needs a capacity and a term/);
  writeFileSync(join(home, 'policy.json'), '{"owner":{"spendPerDay":"5"},"steward":{"prune":false}}');
  const ran = await run([...bid, '--capacity', '20GiB', '--term', '365d']);
  succeeds(ran);
  assert.equal(ran.stdout, '');
  const steward = { prune: false, price: '30', capacity: '20GiB', termDays: 365 };
  assert.deepEqual(said(home), { owner: { spendPerDay: '5' }, steward });
  succeeds(await run(['market', 'bid', '--price', '2.5']));
  assert.deepEqual(said(home), { owner: { spendPerDay: '5' }, steward: { ...steward, price: '2.5' } });
  fails(await run([...bid, '--max-spend', '1']), 2, /for bids on adverts that are named/);
  writeFileSync(join(home, 'policy.json'), '{"steward":{"price":2}}');
  fails(await run(bid), 2, /bad policy file .*policy\.json: steward\.price: must be text, in quotes/);
});

test('doctor shows what is decided, and where; a bad file is an error', async (t) => {
  const { home, run } = await desk(t);
  writeFileSync(join(home, 'policy.json'), '{"owner":{"spendPerDay":"5"}}');
  const finding = async (check: string) =>
    records((await run(['doctor', '--json'])).stdout).find((record) => record.check === check);
  assert.equal((await finding('policy owner.spendPerDay'))!.message, `5 (${join(home, 'policy.json')})`);
  assert.equal((await finding('policy owner.minPeers'))!.message, '3 (default)');
  assert.equal((await finding('policy steward.price'))!.message, 'not set (default)');
  writeFileSync(join(home, 'policy.json'), '{"owner":{"spendPerDay":5}}');
  const bad = (await finding('policy'))!;
  assert.equal(bad.level, 'error');
  assert.match(String(bad.message), /owner\.spendPerDay: must be text/);
  assert.equal(bad.hint, 'see holdfast-config(5)');
});

test('a controller and a node with one refuse a bad policy file at the start', async (t) => {
  const { home, run } = await desk(t);
  writeFileSync(join(home, 'policy.json'), '{"owner":{"deckSize":0}}');
  fails(await run(['controller', 'tick', '--yes']), 2, /bad policy file .*: owner\.deckSize/);
  fails(await run(['controller', 'start']), 2, /bad policy file .*: owner\.deckSize/);
});
