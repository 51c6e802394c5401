import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import type { StakeRecord } from '../../src/lib/rpc/records.js';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, fails, records, succeeds } from './harness.js';
import { ADDRESS, TX } from './samples.js';

const STAKE: StakeRecord = {
  ...{
    type: 'stake',
    account: ADDRESS,
    state: 'leaving',
    bond_grains: '500000000000',
    own_keys: true,
    share: 0.25,
    share_next: 0,
  },
  ...{ blocks_a_day: 2160.1234567, missed_blocks: 1.5, returns_slot: 900_000, returns: '2026-12-01T00:00:00Z' },
  ...{ epoch: 24, epoch_ends_slot: 900_000, staking_since_epoch: 9, min_bond_grains: '100000000000' },
  ...{ bonded_grains: '1500000000000', bonded_percent: 12.34567, bonds: 3, bonds_waiting: 1 },
};

type Asked = { method: string; amount?: bigint; maxSpend?: bigint; requestId?: string; dryRun: boolean };

/** A locked node, whose bond takes at most ten tokens. */
function node(asked: Asked[]): Partial<Handlers> {
  let locked = true;
  const take = async (method: string, params: Omit<Asked, 'method'>) => {
    if (locked) throw new Failure('passphrase', 'the wallet is locked');
    if ((params.amount ?? 0n) > 10n ** 9n) throw new Failure('funds', 'not enough funds for this and its fee');
    asked.push({ method, ...params });
    return { ...TX, kind: method, status: params.dryRun ? ('planned' as const) : ('pending' as const) };
  };
  return {
    'wallet.unlock': async () => {
      locked = false;
      return {};
    },
    'stake.bond': (params) => take('bond', params),
    'stake.rebond': (params) => take('rebond', params),
    'stake.unbond': (params) => take('unbond', params),
    'stake.status': async () => STAKE,
  };
}

const UNLOCK = ['--passphrase-command', 'echo right'];

test('bond, bond again, unbond: each once, with its limit, unlocking the wallet on the way', async (t) => {
  const asked: Asked[] = [];
  const { run } = await desk(t, node(asked));
  const bond = await run(['stake', 'bond', '2.5', ...UNLOCK, '--max-spend', '3', '--request-id', 'b1']);
  succeeds(bond);
  assert.equal(bond.stdout, `${TX.txid}\n`);
  succeeds(await run(['stake', 'bond', '--again', '--yes']));
  const plan = await run(['stake', 'unbond', '-n', '--json', '--request-id', 'u1']);
  succeeds(plan);
  const [record] = records(plan.stdout);
  assert.deepEqual([record!.kind, record!.status, record!.fee_grains], ['unbond', 'planned', '1500']);
  assert.deepEqual(asked, [
    { method: 'bond', amount: 250_000_000n, maxSpend: 300_000_000n, requestId: 'b1', dryRun: false },
    { method: 'rebond', dryRun: false },
    { method: 'unbond', requestId: 'u1', dryRun: true },
  ]);
});

test('nothing is bonded unasked, of nothing, or of what is no amount', async (t) => {
  const asked: Asked[] = [];
  const { run } = await desk(t, node(asked));
  for (const what of [['bond', '1'], ['bond', '--again'], ['unbond']]) {
    fails(await run(['stake', ...what]), 2, /nobody is here to be asked/);
  }
  fails(await run(['stake', 'bond', '--yes']), 2, /how many tokens/);
  fails(await run(['stake', 'bond', '0', '--yes']), 2, /not an amount to bond: 0/);
  fails(await run(['stake', 'bond', '1e3', '--yes']), 2, /not an amount of tokens: 1e3/);
  fails(await run(['stake', 'bond', '1', '--again', '--yes']), 2, /exclude each other/);
  fails(await run(['stake', 'unbond', '1', '--yes']), 2, /./);
  fails(await run(['stake', 'bond', '11', '--yes', ...UNLOCK]), 13, /not enough funds/);
  assert.deepEqual(asked, []);
});

test('status: a line a field, the state alone, and everything', async (t) => {
  const { run } = await desk(t, node([]));
  const shown = await run(['stake', 'status']);
  succeeds(shown);
  assert.equal(
    shown.stdout,
    [
      ...[`account\t${ADDRESS}`, 'state\tleaving', 'bond\t5000', 'own_keys\ttrue', 'share\t25 %', 'share_next\t0 %'],
      ...['blocks_a_day\t2160.123', 'missed_blocks\t1.5', 'returns\t2026-12-01T00:00:00Z', 'epoch\t24'],
      ...['epoch_ends_slot\t900000', 'staking_since_epoch\t9', 'min_bond\t1000', 'bonded\t15000'],
      ...['bonded_of_supply\t12.3457 %', 'bonds\t3', 'bonds_waiting\t1', ''],
    ].join('\n'),
  );
  assert.equal((await run(['stake', 'status', '-q'])).stdout, 'leaving\n');
  const [record] = records((await run(['stake', 'status', '--json'])).stdout);
  assert.deepEqual([record!.bonded, record!.bonded_percent, record!.returns_slot], ['15000', 12.34567, 900_000]);
});
