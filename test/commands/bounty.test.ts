import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, fails, records, succeeds } from './harness.js';
import { ADDRESS, bid, bounty, each, id } from './samples.js';

const [A, B, C] = [id('a'), id('b'), id('c')];

test('post prints the bounty, and the request id travels', async (t) => {
  const asked: Parameters<Handlers['bounty.post']>[0][] = [];
  const { run } = await desk(t, {
    'bounty.post': async (params) => {
      if (params.payee && !params.payee.startsWith('hf1')) throw new Failure('usage', 'not an address: "x"');
      asked.push(params);
      return bounty(C, { spent_grains: '1001500' });
    },
  });
  const post = ['bounty', 'post', '--blob', A, '--amount', '0.01'];
  const ran = await run([...post, '--expires', '3d', '--max-spend', '0.02', '--request-id', `b-${A}`]);
  succeeds(ran);
  assert.equal(ran.stdout, `${C}\n`);
  const common = { blob: A, amount: 1_000_000n, dryRun: false };
  assert.deepEqual(asked as object[], [{ ...common, expiresDays: 3, maxSpend: 2_000_000n, requestId: `b-${A}` }]);
  const json = await run([...post, '--payee', ADDRESS, '--yes', '--json']);
  assert.deepEqual(records(json.stdout)[0]!.spent, '0.010015');
  assert.equal(asked[1]!.payee, ADDRESS);
  fails(await run(post), 2, /nobody is here to be asked/);
  fails(await run([...post, '--yes', '--payee', 'x']), 2, /not an address/);
  fails(await run(['bounty', 'post', '--blob', 'x', '--amount', '1', '--yes']), 2, /not a UUID: x/);
  fails(await run(['bounty', 'post', '--blob', A, '--amount', 'much', '--yes']), 2, /not an amount of tokens: much/);
  fails(await run([...post, '--yes', '--expires', '90m']), 2, /not a whole number of days: 90m/);
});

test('sweep and revoke need no consent, and each operand is a request of its own', async (t) => {
  const asked: [method: string, params: object][] = [];
  const handle = (method: string) => (params: { bounties?: string[]; all: boolean }) => {
    asked.push([method, params]);
    if (params.bounties?.[0] === B) throw new Failure('temporary', `bounty ${B} has not expired`);
    return params.all ? each(bounty(A), bounty(C)) : each(bounty(params.bounties![0]!));
  };
  const { run } = await desk(t, { 'bounty.sweep': handle('sweep'), 'bounty.revoke': handle('revoke') });
  for (const verb of ['sweep', 'revoke']) {
    asked.length = 0;
    const all = await run(['bounty', verb, '--all', '--request-id', 'r']);
    succeeds(all);
    assert.equal(all.stdout, `${A}\n${C}\n`);
    const some = await run(['bounty', verb, '--request-id', 'r', '-'], `${A}\n${B}\n${C}\n`);
    assert.equal(some.status, 3);
    assert.equal(some.stdout, `${A}\n${C}\n`);
    assert.equal(some.stderr, `holdfast: error: bounty ${B} has not expired\n`);
    assert.deepEqual(asked, [
      [verb, { all: true, requestId: 'r', dryRun: false }],
      ...[A, B, C].map((one) => [verb, { bounties: [one], all: false, requestId: `r/${one}`, dryRun: false }]),
    ]);
    fails(await run(['bounty', verb]), 2, /missing operand: BOUNTY/);
    fails(await run(['bounty', verb, '--all', A]), 2, /exclude each other/);
    fails(await run(['bounty', verb, B]), 5, /has not expired/);
    succeeds(await run(['bounty', verb, '-']));
  }
  asked.length = 0;
  await run(['bounty', 'sweep', '-n', '--to', ADDRESS, A]);
  assert.deepEqual(asked, [['sweep', { bounties: [A], all: false, to: ADDRESS, dryRun: true }]]);
});

test('ls and show', async (t) => {
  const asked: object[] = [];
  const { run } = await desk(t, {
    'bounty.ls': (params) => {
      asked.push(params);
      return each(bounty(A));
    },
    'bounty.show': async ({ bounty: one }) => {
      if (one !== A) throw new Failure('not-found', 'no such bounty');
      return bounty(one, { payee: ADDRESS });
    },
  });
  const ls = await run(['bounty', 'ls', '--state', 'open', '--role', 'owner', '--blob', B]);
  assert.equal(ls.stdout, `${A}\towner\topen\t0.01\t50\t${B}\t1\n`);
  assert.deepEqual(asked, [{ state: 'open', role: 'owner', blob: B }]);
  assert.equal((await run(['bounty', 'ls', '-q'])).stdout, `${A}\n`);
  assert.match((await run(['bounty', 'show', A])).stdout, new RegExp(`^payee\\t${ADDRESS}$`, 'm'));
  fails(await run(['bounty', 'show', C]), 4, /no such bounty/);
  fails(await run(['bounty', 'ls', '--blob', 'zz']), 2, /not a UUID: zz/);
});

test('bid: one request for each advert, one limit for all', async (t) => {
  const asked: Parameters<Handlers['market.bid']>[0][] = [];
  let silent = false;
  const { run } = await desk(t, {
    'market.bid': (params) => {
      asked.push(params);
      const [advert] = params.adverts;
      if ((params.maxSpend ?? 10n ** 12n) < 200_000_000n) throw new Failure('over-limit', 'this costs 2 tokens');
      return each(bid(advert!, { txid: id('9'), ...(silent ? {} : { spent_grains: '200000000' }) }));
    },
  });
  const bids = ['market', 'bid', '--price', '30', '--max-spend', '5', '--request-id', 'bid', '-'];
  const ran = await run(bids, `${A}\n${B}\n${C}\n`);
  assert.equal(ran.status, 15);
  assert.equal(ran.stdout, `${A}\n${B}\n`);
  assert.deepEqual(
    asked.map(({ adverts, maxSpend, requestId }) => [adverts, maxSpend, requestId]),
    [
      [[A], 500_000_000n, 'bid'],
      [[B], 300_000_000n, 'bid'],
      [[C], 100_000_000n, 'bid'],
    ],
  );
  silent = true;
  const blind = await run(bids, `${A}\n${B}\n`);
  assert.equal(blind.status, 15);
  assert.equal(blind.stdout, `${A}\n`);
  assert.match(blind.stderr, /does not say what has been spent/);
  const none = await run(bids, '');
  succeeds(none);
  fails(await run(['market', 'bid', '--price', '30', A]), 2, /nobody is here to be asked/);
  fails(await run(['market', 'bid', '--price', '30', '--yes', '--term', '3d', A]), 2, /of the standing bid/);
  fails(await run(['market', 'bid', '--yes', A]), 2, /price/);
  fails(await run(['market', 'bid', '--price', 'low', A]), 2, /not an amount of tokens: low/);
});

test('prune asks, or is told --yes, and plans in the same records', async (t) => {
  const asked: object[] = [];
  let prunable = true;
  const { run } = await desk(t, {
    'steward.prune': (params) => {
      asked.push(params);
      const planned = params.dryRun;
      return prunable
        ? each({ type: 'prune' as const, uuid: A, bytes: 50, reason: 'unpaid' as const, planned })
        : each();
    },
  });
  const plan = await run(['steward', 'prune', '--free', '20GiB', '-n', '--json']);
  assert.deepEqual(records(plan.stdout), [{ type: 'prune', uuid: A, bytes: 50, reason: 'unpaid', planned: true }]);
  const done = await run(['steward', 'prune', '--free', '1kB', '--yes']);
  succeeds(done);
  assert.equal(done.stdout, `${A}\t50\tunpaid\n`);
  assert.deepEqual(asked, [
    { freeBytes: 20 * 2 ** 30, dryRun: true },
    { freeBytes: 1000, dryRun: false },
  ]);
  fails(await run(['steward', 'prune']), 2, /this deletes blobs, and nobody is here to be asked/);
  fails(await run(['steward', 'prune', '--free', '20 parsecs']), 2, /not a size: 20 parsecs/);
  prunable = false;
  succeeds(await run(['steward', 'prune']));
  assert.ok(asked.slice(2).every((params) => (params as { dryRun: boolean }).dryRun));
});
