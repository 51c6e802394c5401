import { mine, realScrypt } from '../chain/pow.js';
import type { Address, MinedBlock } from '../chain/types.js';
import { type Context, currentSlot } from './context.js';
import type { Relay } from './relay.js';
import { Rest } from './rest.js';

/** Hashes tried before the template is looked at again: 8 ms each. */
const BATCH = 4;
/**
 * Transactions that came in meanwhile join the next template after so long, and after so many times what making it
 * took: so a large one leaves time for all else. The slot that it was made in stays good.
 */
const REFRESH_MS = 250;
const BUILDING_MAX = 20;
/** How long a clock that is wrong is left alone. */
const ASTRAY_MS = 1000;

/**
 * Mines on this node's tip. It rests twice as long as it works, so that one machine can mine and do
 * something else; scrypt itself runs on libuv's threads.
 */
export class Miner {
  private stopped = false;
  private done: Promise<void> = Promise.resolve();
  private readonly pause = new Rest();

  constructor(
    private readonly context: Context,
    private readonly relay: Relay,
    private readonly address: Address,
    /** Milliseconds of rest for each of work. */
    private readonly restRatio = 2,
  ) {}

  start(): void {
    this.done = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pause.wake();
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.round();
      } catch (error) {
        this.context.log.error({ error: (error as Error).message }, 'mining failed');
        await this.pause.for(1000);
      }
    }
  }

  private async round(): Promise<void> {
    const { ledger, mempool, params } = this.context;
    if (this.context.clockAstray?.()) return this.pause.for(ASTRAY_MS);
    const slot = currentSlot(this.context);
    if (slot <= ledger.tip.slot || !ledger.mayMine(slot)) return this.pause.for(params.slotMs / 4);
    const parent = ledger.tip.id;
    const built = performance.now();
    let block: MinedBlock = ledger.buildBlock([...mempool.best(ledger.bodyLimit())], this.address, slot);
    const until = performance.now() + Math.max(REFRESH_MS, BUILDING_MAX * (performance.now() - built));
    while (!this.stopped && ledger.tip.id === parent && performance.now() < until) {
      const began = performance.now();
      const header = await mine(block.header, BATCH, realScrypt);
      if (header) {
        const { status } = await this.relay.addOwn({ ...block, header });
        this.context.log.info({ height: header.height, slot, txs: block.body.length, status }, 'mined a block');
        return;
      }
      const nonce = block.header.proof.nonce + BigInt(BATCH);
      block = { ...block, header: { ...block.header, proof: { ...block.header.proof, nonce } } };
      await this.pause.for((performance.now() - began) * this.restRatio);
    }
  }
}
