import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import type { ControllerRecord } from '../../src/lib/rpc/records.js';
import { Failure } from '../../src/lib/util/errors.js';
import { CALM } from '../controller/fake-node.js';
import { desk, fails, records, succeeds } from './harness.js';
import { each, id } from './samples.js';

const SOON = '2026-12-01T00:00:00Z';

test('status: what is due and what there is, and nothing on stderr where it lasts', async (t) => {
  const asked: Parameters<Handlers['owner.ahead']>[0][] = [];
  const { home, run } = await desk(t, {
    'owner.ahead': async (ask) => {
      asked.push(ask);
      return CALM;
    },
  });
  const ran = await run(['controller', 'status']);
  succeeds(ran);
  assert.match(ran.stdout, /^running\ttrue\nlooked\t\ncontracts\t4\n/);
  assert.match(ran.stdout, /^balance\t50$/m);
  const [record] = records((await run(['controller', 'status', '--json'])).stdout);
  assert.deepEqual([record!.type, record!.balance, record!.balance_ends], ['controller', '50', null]);
  writeFileSync(join(home, 'policy.json'), '{"owner":{"spendPerDay":"5","maxPrice":"30"}}');
  succeeds(await run(['controller', 'status', '--days', '90d', '--barter']));
  const free = {
    ...{ days: 30, spendPerDay: null, spendTotal: null, barter: false },
    ...{ maxPrice: null, termDays: null, creditDays: null, awardTries: 3 },
  };
  assert.deepEqual(asked[0], free);
  const bound = { days: 90, spendPerDay: 500_000_000n, maxPrice: 100_000_000n, barter: true };
  assert.deepEqual(asked.at(-1), { ...free, ...bound });
  fails(await run(['controller', 'status', '--days', '9999d']), 2, /days/);
});

test('status: what runs out is a warning each; exit 13 for the balance, 15 for a limit', async (t) => {
  let record: ControllerRecord = { ...CALM, balance_ends: SOON, balance_missing_grains: '5' };
  const { run } = await desk(t, { 'owner.ahead': async () => record });
  const poor = await run(['controller', 'status']);
  assert.equal(poor.status, 13);
  assert.equal(
    poor.stderr,
    `holdfast: warning: the balance lasts until ${SOON}: the next 30 days take 0.00000005 more\n`,
  );
  assert.match(poor.stdout, /^balance_ends\t2026-12-01T00:00:00Z$/m);
  record = { ...record, limit: 'day', limit_from: SOON, limit_missing_grains: '1' };
  const both = await run(['controller', 'status', '--json']);
  assert.equal(both.status, 15);
  assert.equal(both.stderr.trimEnd().split('\n').length, 2);
  assert.equal(records(both.stdout)[0]!.limit, 'day');
  record = { ...CALM, decks: 2, decks_from: SOON, ends: 1, ends_from: SOON };
  const risky = await run(['controller', 'status', '-q']);
  assert.equal(risky.status, 0);
  assert.match(risky.stderr, /2 blobs cannot be paid.*\n.*1 blob will be kept by nobody/);
});

test('status --blobs: a line a blob; a locked wallet is exit 12', async (t) => {
  const risk = { type: 'risk' as const, uuid: id('a'), contract: id('b'), slot: 7, time: SOON, reason: 'no steward' };
  const { run } = await desk(t, {
    'owner.ahead': () => {
      throw new Failure('passphrase', 'the wallet is locked');
    },
    'owner.risks': () => each({ ...risk, why: 'deck' as const }, { ...risk, why: 'end' as const }),
  });
  const ran = await run(['controller', 'status', '--blobs']);
  succeeds(ran);
  assert.equal(
    ran.stdout,
    ['deck', 'end'].map((why) => `${id('a')}\t${why}\t${SOON}\t${id('b')}\tno steward\n`).join(''),
  );
  assert.equal(records((await run(['controller', 'status', '--blobs', '--json'])).stdout).length, 2);
  fails(await run(['controller', 'status']), 12, /locked/);
});
