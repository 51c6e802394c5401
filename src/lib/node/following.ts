import { Synchroniser } from '../net/blocksync.js';
import type { Status } from '../net/sync.js';
import { systemClock } from '../util/clock.js';
import { Backfill } from './backfill.js';
import type { Context } from './context.js';
import type { Relay } from './relay.js';

const SYNC_MS = 5_000;

/** What a node does with a ledger that it goes on with: follows its peers, mines, and fetches what it lacks. */
export class Following {
  /** Undefined until it is known that this ledger is worth it. */
  sync: Synchroniser | undefined;
  readonly #backfill: Backfill;

  constructor(
    private readonly context: Context,
    private readonly relay: Relay,
    /** Its miner, its producer. */
    private readonly makers: readonly { start(): void; stop(): Promise<void> }[],
    private readonly tooFar: (peer: string, status: Status) => boolean,
  ) {
    this.#backfill = new Backfill(context);
  }

  start(): void {
    const { network, log } = this.context;
    this.sync = new Synchroniser(this.relay.syncLedger(), network, log, systemClock, this.tooFar);
    for (const peer of network.peers()) this.sync.sync(peer);
    this.sync.start(SYNC_MS);
    for (const maker of this.makers) maker.start();
    this.#backfill.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.makers.map((maker) => maker.stop()));
    await this.sync?.stop();
    await this.#backfill.stop();
  }
}
