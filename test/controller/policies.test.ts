import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Controller } from '../../src/lib/controller/controller.js';
import { Journal } from '../../src/lib/controller/journal.js';
import { PolicyReader } from '../../src/lib/controller/policies.js';
import { tickOnce } from '../../src/lib/controller/run.js';
import { parsePolicyJson } from '../../src/lib/plan/policy-file.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';
import { dueContract, FakeNode, snapshotOf } from './fake-node.js';

test('the file is read at each tick; a bad one is told once, and the last good one holds', (t) => {
  const path = join(tempDir(t), 'policy.json');
  const faults: string[] = [];
  const reader = new PolicyReader(path, ({ message }) => faults.push(message));
  const peers = (text?: string) => {
    if (text !== undefined) writeFileSync(path, text);
    return reader.current().owner.minPeers;
  };
  assert.equal(peers(), 3);
  assert.equal(peers('{"owner":{"minPeers":9}}'), 9);
  assert.equal(peers('{"owner":{"minPeers":'), 9);
  assert.equal(peers(), 9);
  assert.equal(faults.length, 1);
  assert.equal(peers('{"owner":{"minPeers":-1}}'), 9);
  assert.equal(peers('{"owner":{"minPeers":4}}'), 4);
  assert.equal(peers('{"owner":{"minPeers":-1}}'), 4);
  assert.deepEqual(
    faults.map((fault) => /not JSON|minPeers/.exec(fault)?.[0]),
    ['not JSON', 'minPeers', 'minPeers'],
  );
  rmSync(path);
  assert.equal(peers(), 3, 'taken away, it decides nothing');
});

test('at the start a bad file is exit 2, before the node is asked or a lock is taken', async (t) => {
  const home = tempDir(t);
  const policy = join(home, 'policy.json');
  writeFileSync(policy, '{"steward":{"price":2}}');
  assert.throws(
    () => new PolicyReader(policy, () => {}),
    (error) => isFailure(error) && error.exitStatus === 2,
  );
  await assert.rejects(
    tickOnce({ home, policy, repairBelow: undefined, maxSpend: undefined, dryRun: false }, () => undefined),
    (error) => isFailure(error) && error.exitStatus === 2 && /steward\.price/.test(error.message),
  );
});

test('a tick plans by the policy of its moment', async (t) => {
  const journal = await Journal.open(join(tempDir(t), 'controller'));
  t.after(() => journal.close());
  const node = new FakeNode(snapshotOf({ contracts: ['one', 'two'].map((name) => dueContract(name)) }));
  let policies = parsePolicyJson({ owner: { spendPerDay: '0' } });
  const controller = new Controller(node.rpc, journal, {
    ...{ policies: () => policies, repairBelow: undefined, maxSpend: undefined, dryRun: true },
  });
  assert.deepEqual(await controller.tick(), []);
  policies = parsePolicyJson({});
  assert.deepEqual(
    (await controller.tick()).map(({ act }) => act),
    ['pay', 'pay'],
  );
});
