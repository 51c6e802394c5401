import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { parseParams, slotAt } from '../../src/lib/chain/params.js';
import { mine, realScrypt } from '../../src/lib/chain/pow.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import { readAccount } from '../../src/lib/chain/state.js';
import type { TransferTx } from '../../src/lib/chain/types.js';
import { chainStore } from '../../src/lib/node/chain-areas.js';
import { createLog } from '../../src/lib/node/log.js';
import { Node } from '../../src/lib/node/node.js';
import { Relay } from '../../src/lib/node/relay.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { alice, hashOf, PARAMS } from '../chain/helpers.js';

export const SLOT_MS = 50;
export const BLOCKS = 135;
/** Its blocks lie in the past, one in two slots, with room for more. */
const GENESIS = { ...PARAMS, name: 'join', slotMs: SLOT_MS, cycleBlocks: 100, k: 2, firstTarget: 'ff'.repeat(32) };
export const genesis = { ...GENESIS, genesisTimeMs: Date.now() - 4 * SLOT_MS * BLOCKS };
export const params = parseParams(genesis);
const log = createLog(undefined, 'error');

const OUTPUTS = 256;
/** Blocks after which there is enough to give away. */
const FUNDED = 5;

function grant(ledger: Ledger, from: number): Uint8Array {
  const { height, id } = ledger.tip;
  const outputs = Array.from({ length: OUTPUTS }, (_, i) => ({ to: hashOf(`account ${from + i}`), amount: 2_000n }));
  const draft: TransferTx = {
    ...{ kind: 'transfer', from: alice.address, ref: { height, id }, fee: 0n, outputs, memo: new Uint8Array(0) },
    seq: readAccount(ledger.state, alice.address)!.seq,
  };
  const tx = { ...draft, fee: requiredFee(params, ledger.globals().baseFee, draft) };
  return encodeSignedTx(signTx(tx, params.derived.genesisId, alice.signer));
}

/** A node's database with so many blocks in it, whose state holds so many accounts. */
export async function history(home: string, blocks: number, accounts = 0): Promise<void> {
  const db = await Database.open(join(home, 'db'));
  const ledger = await Ledger.open(params, chainStore(db, AREAS.CHAIN));
  while (ledger.tip.height < blocks) {
    const made = Math.max(0, ledger.tip.height - FUNDED) * OUTPUTS;
    const grants = ledger.tip.height >= FUNDED && made < accounts ? [grant(ledger, made)] : [];
    const block = ledger.buildBlock(grants, alice.address, ledger.tip.slot + 2);
    const header = await mine(block.header, 100, realScrypt);
    await ledger.addBlock({ header: header!, body: block.body }, slotAt(params, Date.now()));
  }
  await db.close();
}

/** A node in this process, which others join from. */
export class Running {
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
export async function produce({ node }: Running, count: number): Promise<void> {
  const { context } = node;
  for (let i = 0; i < count; i++) {
    const block = context.ledger.buildBlock([], alice.address, context.ledger.tip.slot + 2);
    const header = await mine(block.header, 100, realScrypt);
    await new Relay(context).addOwn({ header: header!, body: block.body });
  }
}
