import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StewardTotals } from '../../src/lib/rpc/results.js';
import { desk, fails, records, succeeds } from './harness.js';
import { each, id, kept } from './samples.js';

const GIB = 2 ** 30;
const [A, B] = [id('a'), id('b')];

const TOTALS: StewardTotals = {
  ...{ blobs: 2, contracts: 3, late: 1, prunable: 0, prunable_bytes: 0 },
  ...{ earned_grains: '150000000', owed_grains: '50000000', next_slot: 90, next: '2026-11-24T03:00:00Z' },
  ...{ last_end_slot: 900, last_end: '2026-12-24T03:00:00Z' },
  ...{ stored_bytes: 3 * GIB, committed_bytes: 4 * GIB, free_bytes: 9 * GIB },
};

const said = (home: string) => JSON.parse(readFileSync(join(home, 'policy.json'), 'utf8')) as object;

test('init writes what the flags say, keeps the rest, and wants a price and a capacity', async (t) => {
  const { home, run } = await desk(t);
  fails(await run(['steward', 'init', '--price', '2']), 2, /needs a price and a capacity/);
  const first = ['steward', 'init', '--price', '2', '--capacity', '500GiB', '--reserve', '1000', '--term', '90d'];
  const plan = await run([...first, '-n', '--json']);
  assert.equal(existsSync(join(home, 'policy.json')), false);
  const [planned] = records(plan.stdout);
  assert.deepEqual(
    [planned!.price, planned!.capacity, planned!.reserve, planned!.term_days, planned!.prune, planned!.drain],
    ['2', 500 * GIB, 1000, 90, true, false],
  );
  writeFileSync(join(home, 'policy.json'), '{"owner":{"spendPerDay":"5"},"steward":{"minSize":"1KiB"}}');
  const ran = await run(first);
  succeeds(ran);
  assert.equal(ran.stdout, `${join(home, 'policy.json')}\n`);
  const steward = { minSize: '1KiB', price: '2', capacity: '500GiB', reserve: 1000, termDays: 90 };
  assert.deepEqual(said(home), { owner: { spendPerDay: '5' }, steward });
  succeeds(await run(['steward', 'init', '--no-prune', '--max-size', '1GiB', '--min-size', '0']));
  const changed = { ...steward, minSize: 0, maxSize: '1GiB', prune: false };
  assert.deepEqual(said(home), { owner: { spendPerDay: '5' }, steward: changed });
  fails(await run(['steward', 'init', '--min-size', '2GiB']), 2, /maxSize must not be below minSize/);
  fails(await run(['steward', 'init', '--capacity', 'much']), 2, /not a size: much/);
  assert.deepEqual(said(home), { owner: { spendPerDay: '5' }, steward: changed });
});

test('drain sets the policy, tells when the last contract ends, and --off undoes it', async (t) => {
  const { home, run } = await desk(t, { 'steward.totals': async () => TOTALS });
  const plan = await run(['steward', 'drain', '-n']);
  succeeds(plan);
  assert.equal(plan.stdout, 'drain\ttrue\nblobs\t2\ncontracts\t3\nlast_end\t2026-12-24T03:00:00Z\n');
  assert.equal(existsSync(join(home, 'policy.json')), false);
  const [record] = records((await run(['steward', 'drain', '--json'])).stdout);
  assert.deepEqual([record!.drain, record!.last_end_slot], [true, 900]);
  assert.deepEqual(said(home), { steward: { drain: true } });
  const init = await run(['steward', 'init', '--price', '2', '--capacity', '1GiB']);
  assert.equal(init.status, 0);
  assert.match(init.stderr, /^holdfast: warning: this machine drains: .*steward drain --off\n$/);
  succeeds(await run(['steward', 'drain', '--off']));
  assert.deepEqual(said(home), { steward: { drain: false, price: '2', capacity: '1GiB' } });
});

test('drain without a node: the policy is set all the same, and a warning tells what is not known', async (t) => {
  const { home, run } = await desk(t);
  const ran = await run(['steward', 'drain', '--json']);
  assert.equal(ran.status, 0);
  assert.match(ran.stderr, /^holdfast: warning: the node cannot be reached/);
  const nothing = { blobs: null, contracts: null, last_end_slot: null, last_end: null };
  assert.deepEqual(records(ran.stdout), [{ type: 'drain', drain: true, ...nothing }]);
  assert.deepEqual(said(home), { steward: { drain: true } });
});

test('status: what the node knows and what the policy says, and the room that follows', async (t) => {
  const { home, run } = await desk(t, { 'steward.totals': async () => TOTALS });
  const room = async (policy: object) => {
    writeFileSync(join(home, 'policy.json'), JSON.stringify({ steward: policy }));
    return records((await run(['steward', 'status', '--json'])).stdout)[0]!.room;
  };
  const bid = { price: '2', capacity: '10GiB', reserve: '1GiB' };
  assert.equal(await room(bid), 6 * GIB, 'what the capacity leaves');
  assert.equal(await room({ ...bid, capacity: '100GiB' }), 8 * GIB, 'what the disk leaves');
  assert.equal(await room({ ...bid, capacity: '1GiB' }), 0, 'no less than nothing');
  assert.deepEqual([await room({}), await room({ ...bid, drain: true })], [0, 0], 'no bid, no sale');
  const shown = await run(['steward', 'status']);
  succeeds(shown);
  for (const line of ['earned\t1.5', 'owed\t0.5', 'next\t2026-11-24T03:00:00Z', 'price\t2', 'drain\ttrue'])
    assert.ok(shown.stdout.includes(`${line}\n`), line);
  writeFileSync(join(home, 'policy.json'), '{"steward":{"price":2}}');
  fails(await run(['steward', 'status']), 2, /steward\.price: must be text/);
});

test('status --blobs: a line a blob, in the records of the schema', async (t) => {
  const free = { next_slot: null, next: null, next_amount_grains: null, kept_until_slot: null, kept_until: null };
  const { run } = await desk(t, {
    'steward.blobs': () => each(kept(A), kept(B, { state: 'prunable', ...free })),
  });
  const ran = await run(['steward', 'status', '--blobs']);
  succeeds(ran);
  const [first, second] = ran.stdout.split('\n');
  assert.equal(first, `${A}\t50\tlive\t1.5\t0.005\t2026-11-24T03:00:00Z\t0.01\t2026-11-25T03:00:00Z`);
  assert.equal(second, `${B}\t50\tprunable\t1.5\t0.005\t\t\t`);
  assert.equal((await run(['steward', 'status', '--blobs', '-q'])).stdout, `${A}\n${B}\n`);
  const [one, other] = records((await run(['steward', 'status', '--blobs', '--json'])).stdout);
  assert.deepEqual([one!.next_amount, one!.owed, other!.next_amount], ['0.01', '0.005', null]);
});

test('status without a node is exit 10', async (t) => {
  const { run } = await desk(t);
  fails(await run(['steward', 'status']), 10, /node/);
  fails(await run(['steward', 'status', '--blobs']), 10, /node/);
});
