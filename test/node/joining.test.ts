import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { parseParams, slotAt } from '../../src/lib/chain/params.js';
import { mine, realScrypt } from '../../src/lib/chain/pow.js';
import { chainStore } from '../../src/lib/node/chain-areas.js';
import { createLog } from '../../src/lib/node/log.js';
import { Node } from '../../src/lib/node/node.js';
import { Relay } from '../../src/lib/node/relay.js';
import { RpcClient } from '../../src/lib/rpc/client.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { alice, miner, PARAMS } from '../chain/helpers.js';
import { holdfast } from '../helpers/cli.js';
import { yard } from '../helpers/processes.js';
import { failed, succeeded } from '../helpers/solo.js';
import { until } from '../net/nodes.js';

const SLOT_MS = 50;
const BLOCKS = 135;
/** Its blocks lie in the past, one in two slots, with room for more. */
const GENESIS = { ...PARAMS, name: 'join', slotMs: SLOT_MS, cycleBlocks: 100, k: 2, firstTarget: 'ff'.repeat(32) };
const genesis = { ...GENESIS, genesisTimeMs: Date.now() - 4 * SLOT_MS * BLOCKS };
const params = parseParams(genesis);
const log = createLog(undefined, 'error');

/** A node's database with so many blocks in it. */
async function history(home: string, blocks: number): Promise<void> {
  const db = await Database.open(join(home, 'db'));
  const ledger = await Ledger.open(params, chainStore(db, AREAS.CHAIN));
  while (ledger.tip.height < blocks) {
    const block = ledger.buildBlock([], miner.address, ledger.tip.slot + 2);
    const header = await mine(block.header, 100, realScrypt);
    await ledger.addBlock({ header: header!, body: block.body }, slotAt(params, Date.now()));
  }
  await db.close();
}

/** A node in this process, which others join from. */
class Running {
  private constructor(readonly node: Node) {}

  static async start(t: TestContext, home: string, peers: string[] = []): Promise<Running> {
    const rest = { version: 'test', params, genesis, mine: undefined, stake: false, passphrase: undefined };
    const options = {
      ...rest,
      home,
      policy: join(home, 'policy.json'),
      peers,
      checkpoint: undefined,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      log,
    };
    const node = await Node.start(options, () => {});
    t.after(() => node.stop());
    return new Running(node);
  }

  get ledger(): Ledger {
    return this.node.context.ledger;
  }

  get address(): string {
    return this.node.context.network.addresses()[0]!;
  }
}

/** Blocks of a node's own, as its miner makes them. */
async function produce({ node }: Running, count: number): Promise<void> {
  const { context } = node;
  for (let i = 0; i < count; i++) {
    const block = context.ledger.buildBlock([], alice.address, context.ledger.tip.slot + 2);
    const header = await mine(block.header, 100, realScrypt);
    await new Relay(context).addOwn({ header: header!, body: block.body });
  }
}

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
  await until('both offer a checkpoint', () => [a, b].every(({ node }) => node.checkpoints().length > 0));
  const file = join(first, 'genesis.json');
  writeFileSync(file, JSON.stringify(genesis));
  const flags = ['--network', file, '--listen', '/ip4/127.0.0.1/tcp/0', '--peer', a.address, '--peer', b.address];

  const c = commands(third, flags);
  succeeded(await c.start('--detach'));
  await until('joined', async () => (await c.status())?.checkpoint?.bodies_missing === false);
  const joined = (await c.status())!.checkpoint!;
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
  await until('joined anew', async () => (await d.status())?.checkpoint !== undefined);
  const after = (await d.status())!;
  assert.deepEqual(
    [after.checkpoint!.chosen, `${after.checkpoint!.height}:${after.checkpoint!.id}`],
    [true, checkpoint],
  );
  assert.equal(after.peer_id, /"peer":"(\w+)"/.exec(ended.stderr)![1], 'the books stayed');
});
