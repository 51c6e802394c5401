import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Controller, type ControllerOptions } from '../../src/lib/controller/controller.js';
import { Journal } from '../../src/lib/controller/journal.js';
import { tickOnce } from '../../src/lib/controller/run.js';
import { NO_POLICIES } from '../../src/lib/plan/policy-file.js';
import type { Act } from '../../src/lib/rpc/snapshot.js';
import { RemoteFailure } from '../../src/lib/rpc/wire.js';
import { Database } from '../../src/lib/store/database.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { Failure, type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { packJson } from '../../src/lib/util/json.js';
import { tempDir } from '../helpers/temp.js';
import { served } from '../rpc/served.js';
import { dueContract, FakeNode, id, snapshotOf } from './fake-node.js';

const OPTIONS: ControllerOptions = {
  ...{ policies: () => NO_POLICIES, repairBelow: undefined, maxSpend: undefined, dryRun: false, staying: false },
};
/** Nothing is decided, in a file or by flags. */
const FREE = { policy: '/nowhere/policy.json', repairBelow: undefined, maxSpend: undefined, dryRun: false };
const fails = (code: FailureCode) => (error: unknown) => isFailure(error) && error.code === code;
const gone = () => {
  throw new Failure('unreachable', 'the node hung up in the middle of its answer');
};
const THREE = ['one', 'two', 'three'].map((name) => dueContract(name));

async function controlled(t: TestContext, node: FakeNode, options: Partial<ControllerOptions> = {}) {
  const folder = join(tempDir(t), 'controller');
  const journal = await Journal.open(folder);
  t.after(() => journal.close());
  return { folder, journal, controller: new Controller(node.rpc, journal, { ...OPTIONS, ...options }) };
}

const ids = (acts: readonly Act[]) => acts.map(({ requestId }) => requestId).sort();

test('what is due is done, each act under its id, and told as it ends', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE, expired: [{ id: id('old') }] }));
  const { controller, journal } = await controlled(t, node);
  const told: string[] = [];
  const records = await controller.tick(({ request_id }) => told.push(request_id!));
  const pays = THREE.map(({ id: contract }) => `pay/${contract}/0`);
  assert.deepEqual(told.sort(), [...pays, `revoke/${id('old')}`].sort());
  assert.deepEqual(ids([...node.done.values()]), told);
  assert.ok(records.every(({ status }) => status === 'done'));
  assert.deepEqual(await journal.unfinished(), []);
});

test('a snapshot in pages is gone through to its end; of all pages, no more questions are asked than in one tick', async (t) => {
  const outbox = { askedSlot: null, untoldSlot: null, notice: false };
  const page = (name: string, next: string | null) => {
    const unasked = Array.from({ length: 150 }, (_, n) => dueContract(`${name} ${n}`, { outbox, dueSlot: 10 ** 6 }));
    return snapshotOf({ contracts: [dueContract(name), ...unasked] }, { next });
  };
  const node = new FakeNode(page('first', '0'), [page('second', '1'), page('third', null)]);
  const { controller } = await controlled(t, node);
  const records = await controller.tick();
  assert.equal(records.filter(({ act }) => act === 'poll').length, 256);
  assert.equal(new Set(node.asked.map(({ requestId }) => requestId)).size, node.asked.length);
  const paid = node.asked.filter(({ kind }) => kind === 'pay').map(({ requestId }) => requestId);
  assert.deepEqual(
    paid,
    ['first', 'second', 'third'].map((name) => `pay/${id(name)}/0`),
  );
});

test('a node with nothing due is asked for nothing', async (t) => {
  const node = new FakeNode(snapshotOf());
  const { controller } = await controlled(t, node);
  assert.deepEqual(await controller.tick(), []);
  assert.deepEqual(node.asked, []);
});

test('threat 24: an intent is on disk before its act is asked for, and leaves when it is answered', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE }));
  const { controller, journal } = await controlled(t, node);
  const intents: boolean[] = [];
  node.onAct = async (act) => {
    intents.push((await journal.unfinished()).some(({ requestId }) => requestId === act.requestId));
  };
  await controller.tick();
  assert.deepEqual(intents, [true, true, true]);
  assert.deepEqual(await journal.unfinished(), []);
});

test('threat 24: cut off before the answer, the next tick asks again under the same id, and it is done once', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE.slice(0, 1) }));
  const { controller, journal, folder } = await controlled(t, node);
  node.onAct = gone;
  await assert.rejects(controller.tick(), fails('unreachable'));
  const [intent] = await journal.unfinished();
  assert.equal(intent!.requestId, `pay/${THREE[0]!.id}/0`);

  // The process ends; in the node the payment was made, so the plan does not ask for it any more.
  await journal.close();
  node.onAct = () => undefined;
  node.snapshot = snapshotOf();
  const reopened = await Journal.open(folder);
  t.after(() => reopened.close());
  const records = await new Controller(node.rpc, reopened, OPTIONS).tick();
  assert.deepEqual(
    records.map(({ request_id, status }) => [request_id, status]),
    [[intent!.requestId, 'done']],
  );
  assert.deepEqual(ids(node.asked), [intent!.requestId, intent!.requestId]);
  assert.equal(node.done.size, 1);
  assert.deepEqual(await reopened.unfinished(), []);
  assert.deepEqual(await new Controller(node.rpc, reopened, OPTIONS).tick(), []);
});

test('an intent that is planned again is asked for once', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE.slice(0, 1) }));
  const { controller } = await controlled(t, node);
  node.onAct = gone;
  await assert.rejects(controller.tick(), fails('unreachable'));
  node.onAct = () => undefined;
  node.snapshot = { ...node.snapshot, slot: 1300 };
  assert.equal((await controller.tick()).length, 1);
  assert.equal(node.asked.length, 2);
});

test('what the node refuses is told, and leaves the journal; the other acts are done', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE }));
  const { controller, journal } = await controlled(t, node);
  node.onAct = (act) => {
    if (act.kind === 'pay' && act.items[0]!.contract === THREE[1]!.id)
      throw new RemoteFailure('funds', 'not enough funds');
  };
  const records = await controller.tick();
  const failed = records.filter(({ status }) => status === 'failed');
  assert.deepEqual(
    failed.map(({ subject, message }) => [subject, message]),
    [[THREE[1]!.id, 'not enough funds']],
  );
  assert.equal(records.length, 3);
  assert.deepEqual(await journal.unfinished(), []);
});

test('no tick spends more than it may, and smaller debts behind a large one are paid', async (t) => {
  const [large, ...small] = THREE;
  const contracts = [{ ...large!, price: 100_000n }, ...small];
  const node = new FakeNode(snapshotOf({ contracts }));
  const full = (await (await controlled(t, node, { dryRun: true })).controller.tick()).map((record) => ({
    contract: record.subject,
    amount: BigInt(record.amount_grains!),
  }));
  const sum = full.reduce((total, { amount }) => total + amount, 0n);
  for (const maxSpend of [0n, 1n, sum / 2n, sum - 1n, sum]) {
    const fresh = new FakeNode(snapshotOf({ contracts }));
    const { controller } = await controlled(t, fresh, { maxSpend });
    await controller.tick();
    const spent = fresh.asked.reduce((total, act) => total + (act.kind === 'pay' ? act.amount : 0n), 0n);
    assert.ok(spent <= maxSpend, `${spent} of ${maxSpend}`);
    const left = full.filter(
      ({ contract }) => !fresh.asked.some((act) => act.kind === 'pay' && act.items[0]!.contract === contract),
    );
    for (const { amount } of left) assert.ok(spent + amount > maxSpend, 'nothing left would have fitted');
  }
});

test('a dry run plans and does nothing', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE }));
  const { controller, journal } = await controlled(t, node, { dryRun: true });
  const records = await controller.tick();
  assert.equal(records.length, 3);
  assert.ok(records.every(({ status }) => status === 'planned'));
  assert.deepEqual(node.asked, []);
  assert.deepEqual(await journal.unfinished(), []);
});

test('a locked wallet, a node that is behind, another version: nothing is asked for', async (t) => {
  const owner = { contracts: THREE };
  const cases: [FakeNode, FailureCode][] = [
    [new FakeNode(snapshotOf(owner, { unlocked: false, account: null, jitter: null })), 'passphrase'],
    [new FakeNode(snapshotOf(owner, { synced: false })), 'temporary'],
    [new FakeNode({ ...snapshotOf(owner), dust: 'none' as unknown as bigint }), 'failure'],
  ];
  for (const [node, code] of cases) {
    const { controller } = await controlled(t, node);
    await assert.rejects(controller.tick(), fails(code));
    assert.deepEqual(node.asked, []);
  }
});

test('acts go side by side, so that a slow one does not hold up the others', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE }));
  const { controller } = await controlled(t, node);
  const finished: string[] = [];
  let free = () => {};
  const slow = new Promise<void>((resolve) => {
    free = resolve;
  });
  node.onAct = async (act) => {
    if (act.requestId === `pay/${THREE[0]!.id}/0`) await slow;
    finished.push(act.requestId);
    if (finished.length === 2) free();
  };
  await controller.tick();
  assert.equal(finished.at(-1), `pay/${THREE[0]!.id}/0`);
});

test('a controller that stays does not wait for an award, nor asks for it again meanwhile', async (t) => {
  const lots = [{ uuid: id('blob'), state: 'waiting' as const, tries: 0, tried: [] }];
  const advert = { id: id('advert'), state: 'cleared' as const, reserve: 5n, termDays: 30, closesSlot: 1100, lots };
  const node = new FakeNode(snapshotOf({ contracts: THREE.slice(0, 1), adverts: [advert] }));
  const { controller } = await controlled(t, node, { staying: true });
  let free = () => {};
  const slow = new Promise<void>((resolve) => {
    free = resolve;
  });
  node.onAct = (act) => (act.kind === 'award' ? slow : undefined);
  const told: string[] = [];
  const tick = () => controller.tick(({ act }) => told.push(act));
  await tick();
  node.snapshot = snapshotOf({ adverts: [advert] });
  await tick();
  assert.deepEqual(told, ['pay']);
  assert.equal(node.asked.filter(({ kind }) => kind === 'award').length, 1);
  free();
  await controller.settle();
  assert.deepEqual(told, ['pay', 'award']);
  await tick();
  await controller.settle();
  assert.equal(node.asked.filter(({ kind }) => kind === 'award').length, 2);
});

test('a tick that fails has no act under way any more', async (t) => {
  const node = new FakeNode(snapshotOf({ contracts: THREE }));
  const { controller } = await controlled(t, node);
  let running = 0;
  node.onAct = async (act) => {
    running += 1;
    if (act.requestId.startsWith(`pay/${THREE[0]!.id}`)) {
      running -= 1;
      gone();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
  };
  await assert.rejects(controller.tick(), fails('unreachable'));
  assert.equal(running, 0);
});

test('threat 22: what is no intent in the journal is dropped, and the others are kept', async (t) => {
  const folder = join(tempDir(t), 'controller');
  const act: Act = { kind: 'reveal', advert: id('advert'), requestId: 'reveal/1' };
  const db = await Database.open(folder);
  await db.write([
    [utf8('ia'), utf8(JSON.stringify({ kind: 'nothing known' }))],
    [utf8('ib'), utf8(JSON.stringify(packJson(act)))],
  ]);
  await db.close();
  const journal = await Journal.open(folder);
  t.after(() => journal.close());
  assert.deepEqual(await journal.unfinished(), [act]);
  assert.deepEqual(await journal.unfinished(), [act]);
});

test('two controllers on one folder: the second is told that it is locked', async (t) => {
  const node = new FakeNode(snapshotOf());
  const { dir } = await served(t, {
    'node.status': async () => ({ type: 'node' }) as never,
    'books.snapshot': async () => packJson(node.snapshot) as object,
  });
  const settings = { ...FREE, home: dir };
  const holder = await Journal.open(join(dir, 'controller'));
  await assert.rejects(
    tickOnce(settings, () => undefined),
    fails('locked'),
  );
  await holder.close();
  assert.deepEqual(await tickOnce(settings, () => undefined), []);
  assert.deepEqual(await tickOnce(settings, () => undefined), [], 'a tick lets go of its lock');
});

test('without its node a controller says so', async (t) => {
  const settings = { ...FREE, home: tempDir(t) };
  await assert.rejects(
    tickOnce(settings, () => undefined),
    fails('unreachable'),
  );
});
