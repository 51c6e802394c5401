import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RpcClient } from '../../src/lib/rpc/client.js';
import type { NodeRecord } from '../../src/lib/rpc/records.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { holdfast } from '../helpers/cli.js';
import { yard } from '../helpers/processes.js';
import { failed, succeeded } from '../helpers/solo.js';
import { until } from '../net/nodes.js';
import { BLOCKS, genesis, history, params, produce, Running } from './joining-world.js';

/** A node in a process of its own, as commands see it. */
function commands(home: string, flags: readonly string[]) {
  const rpc = new RpcClient(home);
  const run = (...args: string[]) => holdfast(args, { home });
  return {
    /** Undefined while no node answers: it starts anew on what it joined. */
    status: () => rpc.call('node.status', {}).catch(() => undefined),
    start: (...more: string[]) => run('node', 'start', ...flags, ...more),
    run,
  };
}

/** The record in which it was so: the next may be asked for while the node starts anew. */
async function told(
  what: string,
  status: () => Promise<NodeRecord | undefined>,
  holds: (record: NodeRecord) => boolean,
): Promise<NodeRecord> {
  let found: NodeRecord | undefined;
  await until(what, async () => {
    const record = await status();
    if (record && holds(record)) found = record;
    return found !== undefined;
  });
  return found!;
}

/** Beside what it kept first: of a height that all keep. */
const offersCommon = ({ node }: Running) =>
  node.checkpoints().some(({ height }) => height % params.derived.snapshotBlocks === 0);

test('a new node joins where two agree; an old one ends with what to run, and does it', async (t) => {
  const { dir } = await yard(t);
  const [first, second, third, old] = ['first', 'second', 'third', 'old'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  await history(old, 12);
  cpSync(old, first, { recursive: true });
  await history(first, BLOCKS);
  cpSync(first, second, { recursive: true });
  const a = await Running.start(t, first);
  const b = await Running.start(t, second, [a.address]);
  await produce(a, 9);
  await until('both offer the same', () => [a, b].every(offersCommon));
  const file = join(first, 'genesis.json');
  writeFileSync(file, JSON.stringify(genesis));
  const flags = ['--network', file, '--listen', '/ip4/127.0.0.1/tcp/0', '--peer', a.address, '--peer', b.address];

  const c = commands(third, flags);
  succeeded(await c.start('--detach'));
  const { checkpoint: joined } = await told(
    'joined',
    c.status,
    ({ checkpoint }) => checkpoint?.bodies_missing === false,
  );
  assert.ok(joined);
  assert.deepEqual([joined.chosen, joined.peers.length, joined.height % params.derived.snapshotBlocks], [false, 2, 0]);
  assert.equal(joined.id, toHex(a.ledger.idAt(joined.height)!));
  await produce(a, 1);
  await until('it follows', async () => (await c.status())?.tip === toHex(a.ledger.tip.id));
  const oldest = String(a.ledger.tip.height - params.cycleBlocks + 5);
  const [block, same] = await Promise.all([c.run('chain', 'block', oldest, '--json'), c.status()]);
  succeeded(block);
  assert.equal(JSON.parse(block.stdout.split('\n')[0]!).txs, 0);
  assert.equal(same?.state_root, toHex(a.ledger.tip.header.stateRoot));

  const d = commands(old, flags);
  const ended = await d.start();
  assert.equal(ended.status, 5);
  assert.match(ended.stderr, /^holdfast: error: the ledger here ends \d+ slots ago, at height 12: /m);
  const [, checkpoint] = /node start --checkpoint (\d+:[0-9a-f]{64}) /.exec(ended.stderr) as unknown as [
    string,
    string,
  ];
  failed(await d.start('--checkpoint', `${checkpoint}0`), 2, /not a checkpoint/);
  succeeded(await d.start('--detach', '--checkpoint', checkpoint));
  const after = await told('joined anew', d.status, (record) => record.checkpoint !== undefined);
  assert.deepEqual(
    [after.checkpoint!.chosen, `${after.checkpoint!.height}:${after.checkpoint!.id}`],
    [true, checkpoint],
  );
  assert.equal(after.peer_id, /"peer":"(\w+)"/.exec(ended.stderr)![1], 'the books stayed');
});
