import { slotStartMs } from '../chain/params.js';
import type { Draw } from '../chain/stake/draw.js';
import { signBlock, VrfKey } from '../chain/stake/lead.js';
import type { StakeProof } from '../chain/stake/snapshot.js';
import type { LeaderProof } from '../chain/types.js';
import { signWithSeed } from '../crypto/ed25519.js';
import { toHex } from '../util/bytes.js';
import { type Context, currentSlot } from './context.js';
import type { Relay } from './relay.js';
import { Rest } from './rest.js';
import type { SlotGuard } from './slot-guard.js';
import { hasKeysOf } from './stake.js';

/** How long a wallet that is locked or bonds nothing, or a clock that is wrong, is left alone. */
const IDLE_MS = 1000;

/** Leads by stake: in each slot it looks whether this wallet's bond is drawn, and if so makes the block. */
export class Producer {
  private stopped = false;
  private done: Promise<void> = Promise.resolve();
  private readonly rest = new Rest();
  private key: VrfKey | undefined;
  /** Of the last snapshot looked into, by its root. */
  private proven: { root: string; stake: StakeProof | undefined } | undefined;
  /** The last slot that was looked at. */
  private tried = -1;

  constructor(
    private readonly context: Context,
    private readonly relay: Relay,
    private readonly guard: SlotGuard,
  ) {}

  start(): void {
    this.done = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.rest.wake();
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.round(currentSlot(this.context));
      } catch (error) {
        this.context.log.error({ error: (error as Error).message }, 'leading a slot failed');
        await this.rest.for(IDLE_MS);
      }
    }
  }

  /** One slot, once; then the time until the next one begins. */
  private async round(slot: number): Promise<void> {
    if (!this.context.wallet.unlocked || this.context.clockAstray?.()) return this.rest.for(IDLE_MS);
    if (slot > this.tried) {
      this.tried = slot;
      await this.lead(slot);
    }
    const { params, clock } = this.context;
    await this.rest.for(Math.max(1, slotStartMs(params, slot + 1) - clock.now()));
  }

  /** Makes the block of a slot that this bond leads. */
  async lead(slot: number): Promise<void> {
    const { ledger, mempool, params, log, wallet } = this.context;
    const proof = this.draw(slot);
    if (!proof) return;
    const block = ledger.buildLed([...mempool.best(ledger.bodyLimit())], proof, slot);
    // Written down before the signature is made, and never signed again whatever becomes of the block.
    if (!(await this.guard.take(slot))) return;
    const { signing } = wallet.keys().stakeKeys();
    const signed = signBlock(block, params, (message) => signWithSeed(signing.seed, message));
    const { status } = await this.relay.addOwn(signed);
    log.info({ height: signed.header.height, slot, txs: signed.body.length, status }, 'led a slot');
  }

  private draw(slot: number): LeaderProof | undefined {
    const { ledger, params, wallet } = this.context;
    const draw = slot > this.guard.highest ? ledger.draw(slot) : undefined;
    if (!draw) return undefined;
    const root = toHex(draw.root);
    if (this.proven?.root !== root) this.proven = { root, stake: this.prove(draw) };
    const { stake } = this.proven;
    this.key ??= new VrfKey(wallet.keys().stakeKeys().vrfSecret);
    return stake && this.key.lead(params, draw, slot, stake);
  }

  /** Under other keys than this wallet's nothing could be led: said once a snapshot. */
  private prove(draw: Draw): StakeProof | undefined {
    const stake = draw.prove(this.context.wallet.main);
    if (!stake || hasKeysOf(this.context, stake.leaf)) return stake;
    this.context.log.warn("the bond's keys are not this wallet's: nothing is led here");
    return undefined;
  }
}
