import { setTimeout as sleep } from 'node:timers/promises';
import { futureSlots } from '../chain/header-rules.js';
import { Join, type JoinTarget } from '../chain/join/join.js';
import { realScrypt } from '../chain/pow.js';
import { Joiner, type JoinProgress } from '../net/joiner/joiner.js';
import { AGREEING_MIN, chooseOffer, type Offer } from '../net/joiner/offers.js';
import type { Status } from '../net/sync.js';
import { equal, toHex } from '../util/bytes.js';
import { Failure, isFailure } from '../util/errors.js';
import { adoptJoined, type Checkpoint } from './adopt.js';
import { type ChainAreas, chainStore } from './chain-areas.js';
import { type Context, currentSlot } from './context.js';

export interface JoiningOptions {
  context: Context;
  areas: ChainAreas;
  /** What the operator chose. */
  chosen: { height: number; id: Uint8Array } | undefined;
  /** Begins to follow the network, block by block; `stop` ends it, for a ledger that will be left. */
  follow: { start(): void; stop(): Promise<void> };
  /** The node has to start anew: on the ledger that was joined. */
  onJoined(): void;
  /** The node cannot go on by itself. */
  onStale(failure: Failure): void;
  /** Between two rounds of asking the peers; tests wait less. */
  roundMs?: number;
}

const ROUND_MS = 1_000;
const ANSWER_MS = 20_000;
/** Rounds of asking, before a node with an old tip follows those that were named to it. */
const OLD_ROUNDS = 5;
/** Between two complaints. */
const COMPLAIN_ROUNDS = 60;

/**
 * Decides whether this node follows the chain block by block or has to join: anew, where it has no ledger yet and
 * its peers no longer have the blocks; or by its operator's leave, where it has one that is too old to go on from.
 */
export class Joining {
  readonly #stop = new AbortController();
  /** Peers from whom this ledger cannot be caught up. */
  readonly #far = new Set<string>();
  /** Begun on a ledger whose bonds may have been returned since. */
  #wary = false;
  #joiner: Joiner | undefined;
  #taken: Checkpoint | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(private readonly options: JoiningOptions) {}

  start(): void {
    this.#done = this.#run().catch((error: Error) => {
      if (this.#stop.signal.aborted) return;
      this.options.context.log.error({ error: error.message }, 'joining failed');
      this.options.onStale(isFailure(error) ? error : new Failure('failure', `joining failed: ${error.message}`));
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** While a new ledger is made. */
  get progress(): JoinProgress | undefined {
    const progress = this.#joiner?.progress;
    return progress && { ...progress, peers: this.#taken?.peers ?? progress.peers };
  }

  get active(): boolean {
    return this.#joiner !== undefined;
  }

  /**
   * Whether a peer is so far ahead that it no longer has this ledger's next block. No chain has more blocks than
   * there were slots: a claim beyond that is a boast, and followed like any other, to be found out.
   */
  readonly tooFar = (peer: string, { height, work }: Status): boolean => {
    const { ledger, params } = this.options.context;
    const ahead = height - ledger.tip.height;
    const slots = currentSlot(this.options.context) + futureSlots(params) - ledger.tip.slot;
    const wary = this.wary(peer);
    const far = wary ? work > ledger.tip.work : ahead > params.cycleBlocks && ahead <= slots;
    if (far) this.#far.add(peer);
    else this.#far.delete(peer);
    return far || wary;
  };

  /**
   * Whether nothing is taken from a peer: this node began on a ledger that is too old to tell one past from another, and
   * the operator did not name the peer. Over once somebody who was named has brought it to where time is.
   */
  readonly wary = (peer: string): boolean => this.#wary && this.#isOld() && !this.#isNamed(peer);

  #isNamed(peer: string): boolean {
    return this.options.context.network.bootstrap().some((named) => named.peer === peer);
  }

  async #run(): Promise<void> {
    const { areas, follow } = this.options;
    if (areas.joining || this.#chosenIsNew()) return this.#join();
    this.#wary = this.#isOld();
    if (this.#wary && (await this.#heldBack())) return;
    follow.start();
    await this.#watch();
  }

  /** What the operator chose lies ahead of this ledger, or on another branch; else this start joins nothing. */
  #chosenIsNew(): boolean {
    const { chosen, context } = this.options;
    if (!chosen) return false;
    const { ledger } = context;
    const own = ledger.idAt(chosen.height);
    return chosen.height > ledger.tip.height || (own !== undefined && !equal(own, chosen.id));
  }

  /**
   * Bonds that stood at the tip may have been returned since: their keys can be bought, and sign another past.
   * Where mining gives the blocks, work still tells the one from the other.
   */
  #isOld(): boolean {
    const { ledger, params } = this.options.context;
    const { slot, header } = ledger.tip;
    return header.lottery.since > 0 && currentSlot(this.options.context) - slot > params.derived.bondSlots;
  }

  /** Before such a ledger follows anybody: whether the network went on without it. */
  async #heldBack(): Promise<boolean> {
    for (let round = 0; round < OLD_ROUNDS; round++) {
      const offer = await this.#offer();
      if (offer) {
        this.#stale(offer);
        return true;
      }
      await this.#rest();
    }
    return false;
  }

  async #watch(): Promise<void> {
    for (let round = 0; ; round++) {
      await this.#rest();
      const { network, ledger, log } = this.options.context;
      const connected = new Set(network.peers());
      for (const peer of this.#far) if (!connected.has(peer)) this.#far.delete(peer);
      if (this.#far.size === 0) continue;
      const offer = await this.#offer();
      if (offer && ledger.tip.height === 0) return this.#join();
      if (offer) return this.#stale(offer);
      if (round % COMPLAIN_ROUNDS === 0) {
        const hint = 'no two of them agree on a checkpoint yet; node start --checkpoint chooses one';
        log.warn({ peers: [...this.#far], hint }, `this ledger cannot follow them: ${this.#why()}`);
      }
    }
  }

  async #offer(): Promise<Offer | undefined> {
    const choice = { needed: AGREEING_MIN, usable: this.#ahead, answerMs: ANSWER_MS };
    return (await chooseOffer(this.options.context.network, choice, this.#stop.signal)).offer;
  }

  readonly #ahead = ({ height }: JoinTarget): boolean => height > this.options.context.ledger.tip.height;

  #stale({ target, peers }: Offer): void {
    const { context, onStale } = this.options;
    const { tip } = context.ledger;
    const age = currentSlot(context) - tip.slot;
    const command = `holdfast node start --checkpoint ${target.height}:${toHex(target.id)}`;
    onStale(
      new Failure(
        'temporary',
        `the ledger here ends ${age} slots ago, at height ${tip.height}: ${this.#why()}`,
        `${command} joins anew where ${peers.length} peers agree; files, blobs and contracts stay`,
      ),
    );
  }

  #why(): string {
    return this.#wary && this.#isOld()
      ? 'bonds of then may have been returned since'
      : 'peers no longer have what follows';
  }

  async #join(): Promise<void> {
    const { context, areas, chosen, follow, onJoined } = this.options;
    const { params, books, network, log } = context;
    const store = chainStore(books.db, areas.other);
    this.#taken = books.checkpoint;
    const joiner = new Joiner({
      network,
      ledger: {
        resume: () => Join.resume(params, store, realScrypt),
        begin: (target) => Join.begin(params, store, realScrypt, target),
        nowSlot: () => currentSlot(context),
      },
      log,
      chosen,
      usable: this.#ahead,
      onTaken: async ({ target, peers }) => {
        await follow.stop();
        this.#taken = { height: target.height, id: target.id, peers, chosen: chosen !== undefined, joined: false };
        await books.commit([books.setCheckpoint(this.#taken)]);
      },
    });
    this.#joiner = joiner;
    const target = await joiner.run(this.#stop.signal);
    await follow.stop();
    await adoptJoined(context, areas, target, this.#taken);
    log.info({ height: target.height, id: toHex(target.id) }, 'joined: starting on the new ledger');
    onJoined();
  }

  #rest(): Promise<void> {
    return sleep(this.options.roundMs ?? ROUND_MS, undefined, { signal: this.#stop.signal });
  }
}
