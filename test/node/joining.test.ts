import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { parseParams, slotAt } from '../../src/lib/chain/params.js';
import { mine, realScrypt } from '../../src/lib/chain/pow.js';
import { chainStore } from '../../src/lib/node/chain-areas.js';
import { createLog } from '../../src/lib/node/log.js';
import { Node, type NodeEnd, type NodeOptions } from '../../src/lib/node/node.js';
import { Relay } from '../../src/lib/node/relay.js';
import { nodeRecord } from '../../src/lib/node/status.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { equal, toHex } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { alice, miner, PARAMS } from '../chain/helpers.js';
import { tempDir } from '../helpers/temp.js';
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

/** Runs a node as a process does: anew on what it joined, until the test is over. */
class Running {
  node: Node | undefined;
  ended: NodeEnd | undefined;
  starts = 0;

  constructor(
    t: TestContext,
    readonly options: Partial<NodeOptions> & { home: string },
  ) {
    t.after(async () => {
      this.ended ??= 'stopped';
      await this.node?.stop();
    });
  }

  async start(): Promise<this> {
    this.starts += 1;
    const rest = { version: 'test', params, genesis, peers: [], mine: undefined, stake: false, passphrase: undefined };
    const options = { ...rest, checkpoint: undefined, listen: ['/ip4/127.0.0.1/tcp/0'], log, ...this.options };
    this.node = await Node.start(options, (end) => void this.end(end));
    return this;
  }

  private async end(end: NodeEnd): Promise<void> {
    if (this.ended) return;
    if (end !== 'joined') this.ended = end;
    const { node } = this;
    this.node = undefined;
    await node?.stop();
    if (end === 'joined') await this.start();
  }

  get ledger(): Ledger | undefined {
    return this.node?.context.ledger;
  }

  get address(): string {
    return this.node!.context.network.addresses()[0]!;
  }
}

/** Blocks of a node's own, as its miner makes them. */
async function produce({ node }: Running, count: number): Promise<void> {
  const { context } = node!;
  for (let i = 0; i < count; i++) {
    const block = context.ledger.buildBlock([], alice.address, context.ledger.tip.slot + 2);
    const header = await mine(block.header, 100, realScrypt);
    await new Relay(context).addOwn({ header: header!, body: block.body });
  }
}

test('nodes: a new one joins where two agree; an old one says what to run, and does it', async (t) => {
  const [first, second, third, old] = [0, 1, 2, 3].map(() => tempDir(t)) as [string, string, string, string];
  await history(old, 12);
  cpSync(old, first, { recursive: true });
  await history(first, BLOCKS);
  cpSync(first, second, { recursive: true });
  const a = await new Running(t, { home: first }).start();
  const b = await new Running(t, { home: second, peers: [a.address] }).start();
  const peers = [a.address, b.address];
  await produce(a, 9);
  const offered = () => [a, b].every(({ node }) => (node?.checkpoints().length ?? 0) > 0);
  await until('both offer a checkpoint', offered);

  const c = await new Running(t, { home: third, peers }).start();
  await until('joined', () => c.starts === 2 && (c.ledger?.tip.height ?? 0) > BLOCKS);
  const joined = (await nodeRecord(c.node!.context)).checkpoint!;
  assert.deepEqual([joined.chosen, joined.peers.length, joined.height % params.derived.snapshotBlocks], [false, 2, 0]);
  assert.equal(joined.id, toHex(a.ledger!.idAt(joined.height)!));
  assert.deepEqual(c.ledger!.headerAt(joined.height), a.ledger!.headerAt(joined.height));
  await produce(a, 1);
  await until('it follows', () => equal(c.ledger!.tip.id, a.ledger!.tip.id));
  await until('the cycle is here', () => c.node!.context.books.bodiesWanted === undefined);
  const low = c.ledger!.tip.height - params.cycleBlocks + 5;
  assert.ok(c.ledger!.body(c.ledger!.idAt(low)!));

  const d = await new Running(t, { home: old, peers }).start();
  await d.node!.context.books.commit([d.node!.context.books.setCounter('kept', 7)]);
  await until('it gives up', () => d.ended !== undefined);
  const failure = d.ended;
  assert.ok(isFailure(failure) && failure.exitStatus === 5, String(failure));
  const [, height, id] = /node start --checkpoint (\d+):([0-9a-f]{64}) /.exec(failure.hint!)!;
  await until('closed', () => d.node === undefined);

  const checkpoint = { height: Number(height), id: a.ledger!.idAt(Number(height))! };
  assert.equal(id, toHex(checkpoint.id));
  const again = await new Running(t, { home: old, peers, checkpoint }).start();
  await until('joined anew', () => again.starts === 2 && (again.ledger?.tip.height ?? 0) > BLOCKS);
  const { books } = again.node!.context;
  assert.deepEqual([books.checkpoint?.chosen, books.counter('kept')], [true, 7]);
});
