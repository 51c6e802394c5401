import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Controller, type ControllerOptions } from '../../src/lib/controller/controller.js';
import { Journal } from '../../src/lib/controller/journal.js';
import { openController } from '../../src/lib/controller/run.js';
import { aheadAsk, LOOK_DAYS, type Warning, warningsOf } from '../../src/lib/controller/warnings.js';
import { NO_POLICIES } from '../../src/lib/plan/policy-file.js';
import { packJson } from '../../src/lib/util/json.js';
import { tempDir } from '../helpers/temp.js';
import { served } from '../rpc/served.js';
import { CALM, FakeNode, snapshotOf } from './fake-node.js';

/** The devnet's day. */
const DAY = 10;
const SOON = '2026-12-01T00:00:00Z';

async function watched(t: TestContext, change: Partial<ControllerOptions> = {}) {
  const node = new FakeNode(snapshotOf());
  const folder = join(tempDir(t), 'controller');
  let journal = await Journal.open(folder);
  t.after(() => journal.close());
  const told: string[] = [];
  const options: ControllerOptions = {
    ...{ policies: () => NO_POLICIES, repairBelow: undefined, maxSpend: undefined, dryRun: false },
    onWarning: ({ warning }) => told.push(warning),
    ...change,
  };
  const tick = async (slot: number) => {
    node.snapshot = snapshotOf({}, { slot });
    told.length = 0;
    const controller = new Controller(node.rpc, journal, options);
    await controller.tick();
    await controller.settle();
    return [...told];
  };
  const restart = async () => {
    await journal.close();
    journal = await Journal.open(folder);
  };
  return { node, tick, restart };
}

test('each warning is told once, until it is gone and comes back; a restart forgets none', async (t) => {
  for (const staying of [false, true]) {
    const { node, tick, restart } = await watched(t, { staying });
    node.ahead = { ...CALM, balance_ends: SOON, balance_missing_grains: '5' };
    assert.deepEqual(await tick(1200), ['balance']);
    node.ahead = { ...node.ahead, decks: 1, decks_from: SOON };
    assert.deepEqual(await tick(1200 + DAY - 1), [], 'not more than once a day');
    await restart();
    assert.deepEqual(await tick(1200 + DAY), ['decks']);
    node.ahead = { ...node.ahead, balance_ends: '2026-11-30T00:00:00Z' };
    assert.deepEqual(await tick(1200 + 2 * DAY), [], 'a date that draws nearer is no news');
    node.ahead = { ...node.ahead, decks: 2 };
    assert.deepEqual(await tick(1200 + 3 * DAY), ['decks']);
    node.ahead = CALM;
    assert.deepEqual(await tick(1200 + 4 * DAY), []);
    node.ahead = { ...CALM, balance_ends: SOON };
    assert.deepEqual(await tick(1200 + 5 * DAY), ['balance']);
  }
});

test('another policy is looked at once, at once; a dry run looks at nothing', async (t) => {
  let policies = NO_POLICIES;
  const { node, tick } = await watched(t, { policies: () => policies });
  await tick(1200);
  assert.equal(node.looks, 1);
  policies = { ...policies, owner: { ...policies.owner, spendPerDay: 5n } };
  node.ahead = { ...CALM, limit: 'day', limit_from: SOON };
  assert.deepEqual(await tick(1201), ['limit']);
  await tick(1202);
  assert.equal(node.looks, 2);
  // A clock that was set back.
  await tick(1000);
  assert.equal(node.looks, 3);
  const dry = await watched(t, { dryRun: true });
  await dry.tick(1200);
  assert.equal(dry.node.looks, 0);
});

test('what is told says what, how much and from when', () => {
  assert.deepEqual(warningsOf(CALM), []);
  const said = (warnings: Warning[]) => warnings.map(({ message }) => message);
  const all = {
    ...CALM,
    ...{ balance_ends: SOON, balance_missing_grains: '150000000' },
    ...{ limit: 'barter' as const, limit_from: SOON, limit_missing_grains: '100000000' },
    ...{ decks: 1, decks_from: SOON, ends: 3, ends_from: SOON },
  };
  assert.deepEqual(said(warningsOf(all)), [
    `the balance lasts until ${SOON}: the next 30 days take 1.5 more`,
    `from ${SOON} on barter keeps up to 1 from being paid when it is due`,
    `1 blob cannot be paid from ${SOON} on: no cards, and no bytes to deal them from`,
    `3 blobs will be kept by nobody from ${SOON} on: nothing follows the contract`,
  ]);
  assert.equal(aheadAsk({ ...NO_POLICIES.owner, spendTotal: 7n }, LOOK_DAYS).spendTotal, '7');
});

test('a controller with a log, of its own or of its node, warns there', async (t) => {
  const ahead = { ...CALM, ends: 1, ends_from: SOON };
  const { dir, bugs } = await served(t, {
    'books.snapshot': async () => packJson(snapshotOf()) as object,
    'owner.ahead': async () => ahead,
  });
  const logged: [object, string][] = [];
  const log = { warn: (details: object, message: string) => logged.push([details, message]) };
  const { controller, journal } = await openController({
    ...{ home: dir, policy: '/nowhere/policy.json', repairBelow: undefined, maxSpend: undefined },
    ...{ dryRun: false, staying: true, log },
  });
  t.after(() => journal.close());
  for (let ticks = 0; ticks < 3; ticks += 1) {
    await controller.tick();
    await controller.settle();
  }
  assert.deepEqual(logged, [[{ warning: 'ends', blobs: 1, from: SOON }, warningsOf(ahead)[0]!.message]]);
  assert.deepEqual(bugs, []);
});
