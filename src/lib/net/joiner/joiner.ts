import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../../chain/errors.js';
import type { Join, JoinTarget } from '../../chain/join/join.js';
import { targetName } from '../../chain/join/records.js';
import { equal, toHex } from '../../util/bytes.js';
import { type Clock, systemClock } from '../../util/clock.js';
import type { Log } from '../log.js';
import { fetchHeaders, fetchParts } from './fetch.js';
import { AGREEING_MIN, chooseOffer, type Offer } from './offers.js';
import { Sources, Unserved } from './sources.js';
import { type JoinLedger, type JoinPeers, PATIENCE, type Patience } from './types.js';

export interface JoinerOptions {
  network: JoinPeers;
  ledger: JoinLedger;
  log: Log;
  /** What the operator chose; undefined: what at least two peers agree on. */
  chosen: { height: number; id: Uint8Array } | undefined;
  /** Whether there is any use in a target, before what the operator chose. */
  usable?: (target: JoinTarget) => boolean;
  /** Called before anything is fetched; `peers` offer it. */
  onTaken?: (offer: Offer) => Promise<void>;
  patience?: Patience;
  clock?: Clock;
}

/** How far a join has come. */
export interface JoinProgress {
  height: number;
  id: Uint8Array;
  /** Who serves it. */
  peers: string[];
  /** Headers here, of how many; and how many of them were checked. */
  headers: number;
  of: number;
  checked: number;
  /** How much of the state is here, 0 to 1, and its entries. */
  state: number;
  entries: number;
}

const LOG_MS = 10_000;
const nameOf = (target: JoinTarget) => toHex(targetName(target));

/**
 * Makes a ledger out of what peers give: a checkpoint that two agree on, or the operator's; headers; the state in
 * parts. Whatever does not fit is refused, its sender is cut off, and another is asked. Killed, it goes on where it was.
 */
export class Joiner {
  readonly #patience: Patience;
  readonly #clock: Clock;
  /** Targets that broke a rule, and those nobody served to the end. */
  readonly #refused = new Set<string>();
  /** Who agreed on the target; unknown of a join that is gone on with. */
  #agreeing: readonly string[] = [];
  #join: Join | undefined;
  #sources: Sources | undefined;

  constructor(private readonly options: JoinerOptions) {
    this.#patience = options.patience ?? PATIENCE;
    this.#clock = options.clock ?? systemClock;
  }

  /** Undefined while a checkpoint is looked for. */
  get progress(): JoinProgress | undefined {
    if (!this.#join) return undefined;
    const { height, id } = this.#join.target;
    return { height, id, peers: this.#sources?.peers ?? [], ...this.#join.progress };
  }

  /** Joins; gives the block at which the ledger now stands. Rejects only for the signal, and for faults of our own. */
  async run(signal: AbortSignal): Promise<JoinTarget> {
    const timer = setInterval(() => this.#tell(), LOG_MS);
    try {
      let join = await this.#resumed();
      for (;;) {
        join ??= await this.#choose(signal);
        this.#join = join;
        if (join && (await this.#complete(join, signal))) return join.target;
        this.#refused.add(nameOf(join.target));
        this.#join = undefined;
        join = undefined;
      }
    } finally {
      clearInterval(timer);
    }
  }

  async #resumed(): Promise<Join | undefined> {
    const { ledger, chosen, log } = this.options;
    const join = await ledger.resume();
    if (!join) return undefined;
    const { height, id } = join.target;
    if (chosen && !equal(chosen.id, id)) return undefined;
    log.info({ height, id: toHex(id) }, 'going on with a join that was cut off');
    return join;
  }

  async #choose(signal: AbortSignal): Promise<Join> {
    const { network, log, chosen, usable = () => true } = this.options;
    const fits = (target: JoinTarget) =>
      !this.#refused.has(nameOf(target)) &&
      (chosen ? target.height === chosen.height && equal(target.id, chosen.id) : usable(target));
    for (let round = 0; ; round++) {
      const choice = { needed: chosen ? 1 : AGREEING_MIN, usable: fits, answerMs: this.#patience.answerMs };
      const { offer, answered } = await chooseOffer(network, choice, signal);
      const join = offer && (await this.#begin(offer));
      if (join) return join;
      // Served again perhaps, by somebody who came back.
      if (chosen && round % 10 === 9) this.#refused.clear();
      const seen = { peers: network.peers().length, answered };
      if (round % 10 === 0) log.info(seen, 'looking for a checkpoint that peers agree on');
      await sleep(this.#patience.roundMs, undefined, { signal });
    }
  }

  /** Undefined for a target that cannot be one: who offered it is cut off. */
  async #begin(offer: Offer): Promise<Join | undefined> {
    const { ledger, network, log, onTaken } = this.options;
    const { target, peers } = offer;
    try {
      await onTaken?.(offer);
      const join = await ledger.begin(target);
      this.#agreeing = peers;
      log.info({ height: target.height, id: toHex(target.id), peers }, 'joining at a checkpoint');
      return join;
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#refused.add(nameOf(target));
      for (const peer of peers) network.misbehave(peer, 100, error.message);
      return undefined;
    }
  }

  /** Whether it came to its end; if not, the target is no good. */
  async #complete(join: Join, signal: AbortSignal): Promise<boolean> {
    const { network, log, ledger } = this.options;
    const sources = new Sources(join.target, network, this.#patience, this.#clock, log, this.#agreeing);
    this.#sources = sources;
    const done = new AbortController();
    const ends = AbortSignal.any([signal, done.signal]);
    const headers = async () => {
      await fetchHeaders(join, sources, network, ends);
      await join.checkHeaders(ledger.nowSlot(), ends);
    };
    const looking = sources.keepLooking(join, ends);
    const fetched = Promise.all([headers(), fetchParts(join, sources, network, ends)]);
    try {
      await Promise.race([fetched, looking]);
      await join.finish();
      return true;
    } catch (error) {
      if (error instanceof LedgerError) sources.refuseAll(error.message);
      else if (!(error instanceof Unserved)) throw error;
      const { height } = join.target;
      log.warn({ height, error: error.message }, 'this checkpoint leads nowhere; looking for another');
      return false;
    } finally {
      done.abort();
      await Promise.allSettled([looking, fetched]);
    }
  }

  #tell(): void {
    const { progress } = this;
    if (!progress) return;
    const { height, headers, of, checked, state, entries } = progress;
    const percent = Math.floor(100 * state);
    this.options.log.info({ height, headers, of, checked, entries, state_percent: percent }, 'joining');
  }
}
