import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { toHex } from '../../src/lib/util/bytes.js';
import { yard } from '../helpers/processes.js';
import { until } from '../net/nodes.js';
import { BLOCKS, genesis, history, produce, Running } from '../node/joining-world.js';
import { Random } from '../sim/random.js';
import { Victim } from './victim.js';

const KILLS = 4;
/** More than fit into one part of a state. */
const ACCOUNTS = 4096;
/** Checking a hundred headers alone takes as long. */
const JOIN_MS = 700;
const GOING_ON = /going on with a join that was cut off/;

test('a node killed again and again while it joins goes on where it was, and ends as the others are', async (t) => {
  const { dir } = await yard(t);
  const [first, second, third] = ['first', 'second', 'third'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  await history(first, BLOCKS, ACCOUNTS);
  cpSync(first, second, { recursive: true });
  mkdirSync(third);
  const a = await Running.start(t, first);
  const b = await Running.start(t, second, [a.address]);
  await produce(a, 4);
  await until('both offer a checkpoint', () => [a, b].every(({ node }) => node.checkpoints().length > 0));
  const random = new Random('joining');
  let wentOn = 0;
  const live = async (work: (victim: Victim) => Promise<void>) => {
    const victim = Victim.start(third, genesis, ['--peer', a.address, '--peer', b.address]);
    try {
      assert.ok(await victim.ready, victim.said);
      await work(victim);
      assert.doesNotMatch(victim.said, /damaged|repair|was refused/);
    } finally {
      await victim.kill();
    }
    if (GOING_ON.test(victim.said)) wentOn += 1;
  };
  const status = ({ rpc }: Victim) => rpc.call('node.status', {}).catch(() => undefined);
  for (let kill = 0; kill < KILLS; kill++) {
    await live(async (victim) => {
      // From the moment that something is fetched; a join that came to its end is killed all the same.
      await until('it joins', async () => {
        const now = await status(victim);
        return now?.joining !== undefined || now?.checkpoint !== undefined;
      });
      await sleep(random.unit() * JOIN_MS);
    });
  }
  await live(async (victim) => {
    const { ledger } = a;
    await until('joined, with all bodies', async () => (await status(victim))?.checkpoint?.bodies_missing === false);
    await until('it follows', async () => (await status(victim))?.tip === toHex(ledger.tip.id));
    assert.equal((await status(victim))?.state_root, toHex(ledger.tip.header.stateRoot));
    const { recount } = await victim.rpc.call('chain.supply', { recount: true });
    assert.ok(recount?.adds_up && recount.committed, 'the supply adds up');
  });
  t.diagnostic(`${wentOn} starts went on with a join`);
  assert.ok(wentOn > 0, 'some were killed in the middle');
});
