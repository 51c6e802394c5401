import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, fails, records, succeeds } from './harness.js';
import { contract, each, id } from './samples.js';

const [A, B, C] = [id('a'), id('b'), id('c')];

test('ls filters, lists ids with -q, and holds its records to the schema', async (t) => {
  const asked: object[] = [];
  const { run } = await desk(t, {
    'contract.ls': (params) => {
      asked.push(params);
      return each(contract(A), contract(B, { role: 'steward', state: 'pruned', due_slot: null, due_grains: null }));
    },
  });
  const ls = await run(['contract', 'ls', '--state', 'live', '--role', 'owner', '--blob', C]);
  succeeds(ls);
  assert.equal(ls.stdout.split('\n')[0], `${A}\towner\tlive\t0.3\t2\t1.5\t100\t900\t${id('b')}`);
  assert.deepEqual(asked, [{ state: 'live', role: 'owner', blob: C }]);
  assert.equal((await run(['contract', 'ls', '-q'])).stdout, `${A}\n${B}\n`);
  const json = records((await run(['contract', 'ls', '--json'])).stdout);
  assert.deepEqual(
    json.map(({ price, due }) => [price, due]),
    [
      ['0.3', '0.0005'],
      ['0.3', null],
    ],
  );
  fails(await run(['contract', 'ls', '--state', 'lost']), 2, /--state/);
  fails(await run(['contract', 'ls', '--blob', 'x']), 2, /not a UUID: x/);
});

test('show: a line a field, one after the other; an unknown id is told', async (t) => {
  const { run } = await desk(t, {
    'contract.show': async ({ contract: one }) => {
      if (one === C) throw new Failure('not-found', `no contract ${one} here`);
      return contract(one);
    },
  });
  const shown = await run(['contract', 'show', A]);
  succeeds(shown);
  assert.match(shown.stdout, /^paid_until_slot\t90$/m);
  assert.match(shown.stdout, /^bounty_state\topen$/m);
  const some = await run(['contract', 'show', '-'], `${A}\n${C}\n`);
  assert.equal(some.status, 3);
  fails(await run(['contract', 'show', C]), 4, /no contract/);
  fails(await run(['contract', 'show']), 2, /missing operand: CONTRACT/);
});

test('end: one notice an operand, planned with -n, in the same records', async (t) => {
  const asked: object[] = [];
  const { run } = await desk(t, {
    'contract.end': async (params) => {
      asked.push(params);
      if (params.contract === C) throw new Failure('failure', `contract ${C} is ended`);
      return contract(params.contract, { notice: 'owner', notice_told: false, end_slot: 170 });
    },
  });
  const plan = await run(['contract', 'end', '-n', A]);
  succeeds(plan);
  assert.equal(plan.stdout, `${A}\n`);
  const done = await run(['contract', 'end', '-'], `${A}\n${B}\n`);
  succeeds(done);
  assert.equal(done.stdout, '');
  assert.deepEqual(asked, [
    { contract: A, dryRun: true },
    { contract: A, dryRun: false },
    { contract: B, dryRun: false },
  ]);
  const [record] = records((await run(['contract', 'end', '--json', A])).stdout);
  assert.deepEqual([record!.notice, record!.notice_told, record!.end_slot], ['owner', false, 170]);
  fails(await run(['contract', 'end', C]), 1, /is ended/);
  fails(await run(['contract', 'end']), 2, /missing operand: CONTRACT/);
});
