import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ParamsJson } from '../../src/lib/chain/params.js';
import type { BlockRecord } from '../../src/lib/rpc/records.js';
import { yard } from '../helpers/processes.js';
import { Solo, succeeded } from '../helpers/solo.js';

/** Epochs of 20 slots, two seconds; staking may be decided from height 5 on. */
const QUICK: Partial<ParamsJson> = { slotMs: 100, k: 1, powBlocks: 5, firstTarget: 'ff'.repeat(32) };
const EPOCH = 20;

function quicken(genesis: string): void {
  const json = { ...JSON.parse(readFileSync(genesis, 'utf8')), ...QUICK, genesisTimeMs: Date.now() };
  writeFileSync(genesis, JSON.stringify(json));
}

/**
 * The next block by stake above a height. On a slow machine a node that starts again was away for epochs in which all
 * blocks were expected of it: then its bond is drawn no more until it says that it is back, and mining goes on.
 */
async function ledAbove(solo: Solo, height: number): Promise<BlockRecord> {
  let back = false;
  for await (const record of solo.rpc.records('chain.tail', { count: 1, follow: true })) {
    if (record.type !== 'block') continue;
    const block = await solo.rpc.call('chain.block', { block: record.id });
    if (record.height > height && block.proof?.kind === 'stake') return block;
    if (back || (await solo.rpc.call('stake.status', {})).state !== 'absent') continue;
    succeeded(await solo.run(['stake', 'bond', '--again', '--max-spend', '1', '--yes', ...solo.unlocked]));
    back = true;
  }
  throw new Error('the chain ended');
}

test('real processes mine, bond, go over to stake, and go on after kill -9', { timeout: 60_000 }, async (t) => {
  const { dir } = await yard(t);
  const solo = await Solo.create(dir);
  quicken(solo.genesis);
  const flags = [...solo.mining, '--stake', ...solo.unlocked];
  await solo.start(...flags);
  await solo.height(3);
  succeeded(await solo.run(['stake', 'bond', '200', '--max-spend', '201', '--yes', ...solo.unlocked]));
  const first = await ledAbove(solo, 0);
  assert.equal(first.producer, solo.address);
  const since = first.lottery?.stake_since_epoch;
  assert.ok(since && since >= 2 && first.slot >= since * EPOCH, 'from an epoch on, two after the bond at the earliest');
  const next = await ledAbove(solo, first.height + 3);
  await solo.kill();
  await solo.start(...flags);
  const again = await ledAbove(solo, next.height + 2);
  assert.ok(again.slot > next.slot);
});
