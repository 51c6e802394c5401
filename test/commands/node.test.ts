import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { desk, fails, records, succeeds } from './harness.js';
import { ADDRESS, each, id, NODE } from './samples.js';

test('status, as lines and as a record', async (t) => {
  const { run } = await desk(t, { 'node.status': async () => NODE });
  const lines = (await run(['node', 'status'])).stdout.split('\n');
  assert.ok(lines.includes('height\t7') && lines.includes('synced\ttrue'));
  const json = await run(['node', 'status', '--json']);
  succeeds(json);
  assert.deepEqual(records(json.stdout), [NODE]);
});

test('wait returns once the node is synced', async (t) => {
  let calls = 0;
  const { run } = await desk(t, { 'node.status': async () => ({ ...NODE, synced: ++calls > 1 }) });
  const ran = await run(['node', 'wait', '--timeout', '30s']);
  succeeds(ran);
  assert.equal(ran.stdout, '');
  assert.equal(calls, 2);
  assert.equal(records((await run(['node', 'wait', '--json'])).stdout)[0]!.synced, true);
});

test('wait gives up: not synced, not there, not answering', async (t) => {
  const slow = await desk(t, { 'node.status': async () => ({ ...NODE, synced: false }) });
  fails(await slow.run(['node', 'wait', '--timeout', '1s']), 5, /the node is not synced, at height 7 with 3 peers/);
  const silent = await desk(t, { 'node.status': (_, { signal }) => once(signal, 'abort').then(() => NODE) });
  fails(await silent.run(['node', 'wait', '--timeout', '1s']), 5, /no node answers, after 1 s/);
  const none = await desk(t);
  fails(await none.run(['node', 'wait', '--timeout', '0s']), 5, /no node answers/);
  fails(await none.run(['node', 'wait', '--timeout', '60']), 2, /not a duration: 60/);
});

test('stop returns once the process has ended', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  let stopped = false;
  const { run } = await desk(t, {
    'node.status': async () => ({ ...NODE, pid: child.pid! }),
    'node.stop': async () => {
      stopped = true;
      setTimeout(() => child.kill('SIGTERM'), 100);
      return {};
    },
  });
  const ran = await run(['node', 'stop']);
  succeeds(ran);
  assert.equal(ran.stdout, '');
  assert.ok(stopped);
  assert.ok(child.killed);
});

test('stop says where the process goes on', async (t) => {
  const { run } = await desk(t, { 'node.status': async () => NODE, 'node.stop': async () => ({}) });
  fails(await run(['node', 'stop', '--timeout', '0s']), 5, new RegExp(`process ${process.pid} still runs`));
});

test('every command that needs a node says that there is none', async (t) => {
  const { run } = await desk(t);
  const uuid = id('a');
  const commands = [
    ...['node status', 'node stop', 'wallet address', 'wallet balance', 'wallet history', 'chain status', 'chain tail'],
    ...[
      'file put -',
      'file check -',
      'file get -',
      'file ls',
      'file forget x',
      `blob get ${uuid}`,
      `blob show ${uuid}`,
    ],
    ...[`blob check ${uuid}`, `blob rm ${uuid}`, 'blob ls', 'blob put -', `blob advertise --max-price 1 --yes ${uuid}`],
    ...[`chain block 1`, `chain tx ${uuid}`, `chain proof ${uuid}`, 'chain submit -', 'chain supply --verify'],
    ...['bounty ls', `bounty show ${uuid}`, `bounty sweep ${uuid}`, 'bounty revoke --all', 'steward prune --yes'],
    ...[
      `bounty post --blob ${uuid} --amount 1 --yes`,
      `market bid --price 1 --yes ${uuid}`,
      'wallet send --to x --amount 1 --yes',
    ],
  ];
  for (const command of commands) {
    const ran = await run(command.split(' '), command.startsWith('chain') ? '00\n' : 'URI:LIT:ge\n');
    fails(ran, 10, /no node is listening at /);
  }
});

test('chain status and tail', async (t) => {
  const block = {
    ...{ type: 'block' as const, height: 1, slot: 2, id: id('1'), parent: id('0'), state_root: id('3') },
    ...{ producer: ADDRESS, txs: 0, bytes: 10, time: '2026-10-01T00:00:00.000Z' },
  };
  const reorg = { type: 'reorg' as const, depth: 1, from: id('1'), to: id('2'), fork_height: 0 };
  const asked: object[] = [];
  const grains = {
    mined_grains: '5',
    minted_grains: '0',
    burnt_grains: '0',
    fee_pool_grains: '0',
    base_fee_grains: '100000000',
  };
  const { run } = await desk(t, {
    'chain.status': async () => ({
      ...{ type: 'chain', height: 7, slot: 9, tip: id('a'), state_root: id('b'), mempool: 0, target: id('c') },
      ...{ body_limit: 1_048_576, next_rule: { rule: 'rent', height: 9 }, ...grains },
    }),
    'chain.tail': (params) => {
      asked.push(params);
      return each<typeof block | typeof reorg>(block, reorg);
    },
  });
  assert.match(
    (await run(['chain', 'status'])).stdout,
    /^height\t7\n[\s\S]*base_fee\t1\n[\s\S]*body_limit\t1048576\nnext_rule\trent from 9\n/m,
  );
  assert.equal((await run(['chain', 'status', '-q'])).stdout, `${id('a')}\n`);
  const tail = await run(['chain', 'tail', '-n', '3', '--follow']);
  assert.equal(
    tail.stdout,
    `block\t1\t${id('1')}\t2026-10-01T00:00:00.000Z\t0\t10\t${ADDRESS}\nreorg\t0\t${id('2')}\t\t\t\t\n`,
  );
  assert.deepEqual(
    records((await run(['chain', 'tail', '--json'])).stdout).map(({ type }) => type),
    ['block', 'reorg'],
  );
  assert.deepEqual(asked, [
    { count: 3, follow: true },
    { count: 10, follow: false },
  ]);
  fails(await run(['chain', 'tail', '-n', '-1']), 2, /count/);
});
