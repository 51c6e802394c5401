import type { PeerId } from '@libp2p/interface';
import type { JoinTarget } from '../chain/join/join.js';
import type { Part, PartAnswer } from '../chain/join/part.js';
import type { NamedTarget } from '../chain/join/records.js';
import { type Clock, systemClock } from '../util/clock.js';
import { Failure } from '../util/errors.js';
import * as blobClient from './blob-client.js';
import { type BlobHandlers, serveBlobs } from './blobs.js';
import { bodyMs } from './bodies.js';
import { Bundler, inBundles, readBundle } from './bundles.js';
import { ProtocolError } from './errors.js';
import { Gossip, type Verdict } from './gossip.js';
import { createHost } from './host.js';
import type { Log } from './log.js';
import { namesFor } from './names.js';
import { clocksOf, reached, serveOutlook } from './outlook.js';
import { peerIdBytes } from './peer-ids.js';
import { Keeper } from './peers.js';
import { type PollRequest, poll } from './polls.js';
import { Providers } from './providers.js';
import { Scores } from './score.js';
import { parsePeerId, type Wiring } from './streams.js';
import { type Status, SyncClient, type SyncHandlers, serveSync } from './sync.js';
import { LIMITS } from './wire.js';

export interface NetworkHandlers extends SyncHandlers, BlobHandlers {
  onHeader(from: string, bytes: Uint8Array): Promise<Verdict>;
  /**
   * Signed transactions that came together, at most 256 KiB of them. reject: one is malformed or badly signed;
   * accept: one at least is new and valid.
   */
  onTxs(from: string, txs: Uint8Array[]): Promise<Verdict>;
  onPeer?(peer: string, connected: boolean): void;
}

export interface NetworkOptions {
  /** 32 bytes; the same seed gives the same peer id. */
  seed: Uint8Array;
  genesisId: Uint8Array;
  listen: string[];
  bootstrap: string[];
  handlers: NetworkHandlers;
  log: Log;
  /** Below so many connections more are looked for. */
  peersMin?: number;
  peersMax?: number;
  keeperIntervalMs?: number;
  /** How long a body of so many bytes may keep us waiting for its peer. */
  bodyMs?: (size: number) => number;
  clock?: Clock;
  random?: () => number;
}

const PEERS_MIN = 6;
const PEERS_MAX = 50;
const KEEPER_MS = 2_000;
const STOP_MS = 5_000;
const POOL_AGAIN_MS = 3_000;

/** The node's one door to other nodes. Peers are named by their id's text; its bytes go into contracts. */
export class Network {
  readonly peerId: string;
  readonly peerIdBytes: Uint8Array;
  readonly #names: ReturnType<typeof namesFor>;
  readonly #client: SyncClient;
  readonly #keeper: Keeper;
  readonly #gossip: Gossip;
  readonly #bundler = new Bundler((bundle) => this.#gossip.publish(this.#names.txs, bundle));
  readonly #providers: Providers;
  /** One for each connected peer at most. */
  readonly #timers = new Map<string, NodeJS.Timeout>();

  private constructor(
    private readonly wiring: Wiring,
    private readonly options: NetworkOptions,
  ) {
    const { handlers, genesisId, clock = systemClock, random = Math.random } = options;
    this.peerId = wiring.host.peerId.toString();
    this.peerIdBytes = peerIdBytes(this.peerId);
    this.#names = namesFor(genesisId);
    this.#client = new SyncClient(wiring, this.#names.sync);
    this.#providers = new Providers(this.#client, () => this.peers());
    this.#keeper = new Keeper(wiring, this.#client, {
      bootstrap: options.bootstrap,
      min: options.peersMin ?? PEERS_MIN,
      intervalMs: options.keeperIntervalMs ?? KEEPER_MS,
      clock,
      random,
    });
    const header = {
      bytesMax: LIMITS.headerBytes,
      rate: 'header',
      onMessage: handlers.onHeader.bind(handlers),
    } as const;
    const tx = {
      bytesMax: LIMITS.bundleBytes,
      rate: 'bundle',
      onMessage: (from: string, bytes: Uint8Array) => this.#onBundle(from, bytes),
    } as const;
    this.#gossip = new Gossip(
      wiring.host.services.gossip,
      [
        { name: this.#names.headers, ...header },
        { name: this.#names.txs, ...tx },
      ],
      wiring.scores,
      wiring.log,
    );
  }

  /** Listens, serves, and begins to look for peers. */
  static async start(options: NetworkOptions): Promise<Network> {
    const { handlers, genesisId, clock = systemClock, log } = options;
    const names = namesFor(genesisId);
    let hangUp: (peer: string) => void = () => {};
    const scores = new Scores(clock, log, (peer) => hangUp(peer));
    const host = await createHost({
      seed: options.seed,
      listen: options.listen,
      topics: [names.headers, names.txs],
      connectionsMax: options.peersMax ?? PEERS_MAX,
      banned: (peer) => scores.banned(peer),
    });
    try {
      const wiring = { host, scores, log, bodyMs: options.bodyMs ?? bodyMs };
      const network = new Network(wiring, options);
      hangUp = (peer) => void network.hangUp(peer);
      await serveSync(wiring, names.sync, handlers);
      await serveBlobs(wiring, names.blob, handlers);
      await serveOutlook(wiring, names.outlook, clock);
      host.addEventListener('peer:connect', network.#onConnect);
      host.addEventListener('peer:disconnect', network.#onDisconnect);
      network.#keeper.start();
      return network;
    } catch (error) {
      await host.stop();
      throw error;
    }
  }

  /** Where it listens: full multiaddrs, peer id included. */
  addresses(): string[] {
    return this.wiring.host.getMultiaddrs().map((address) => address.toString());
  }

  /** Who is connected. */
  peers(): string[] {
    return this.wiring.host.getPeers().map((peer) => peer.toString());
  }

  /** The nodes to begin with, and whether each is connected now. */
  bootstrap(): { address: string; peer: string | undefined; connected: boolean }[] {
    return this.#keeper.bootstrap();
  }

  /** How far the clocks of connected peers are ahead, in ms: of those that answered. */
  clocks(): Promise<number[]> {
    return clocksOf(this.wiring, this.#names.outlook, this.peers(), this.options.clock ?? systemClock);
  }

  /** Whether a peer on another machine reaches a TCP port of this one; undefined where none could say. */
  reached(port: number): Promise<boolean | undefined> {
    return reached(this.wiring, this.#names.outlook, this.peers(), port);
  }

  /** The number of peers it went to at once; 0: nobody listens yet, publish it again later. */
  publishHeader(bytes: Uint8Array): Promise<number> {
    return this.#gossip.publish(this.#names.headers, bytes);
  }

  /** Sent within 20 ms, with others that are published meanwhile. */
  publishTx(bytes: Uint8Array): Promise<number> {
    return this.#bundler.add(bytes);
  }

  async #onBundle(from: string, bytes: Uint8Array): Promise<Verdict> {
    const { scores } = this.wiring;
    if (!scores.take(from, 'txBytes', bytes.length)) return 'ignore';
    let txs: Uint8Array[];
    try {
      txs = readBundle(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return 'reject';
      throw error;
    }
    return scores.take(from, 'tx', txs.length) ? this.options.handlers.onTxs(from, txs) : 'ignore';
  }

  requestStatus(peer: string, signal?: AbortSignal): Promise<Status> {
    return this.#client.status(peer, signal);
  }

  requestHeaders(peer: string, locator: Uint8Array[], max: number, signal?: AbortSignal): Promise<Uint8Array[]> {
    return this.#client.headers(peer, locator, max, signal);
  }

  requestBodies(peer: string, ids: Uint8Array[], signal?: AbortSignal): AsyncGenerator<Uint8Array[] | undefined> {
    return this.#client.bodies(peer, ids, signal);
  }

  requestCompact(peer: string, id: Uint8Array, salt: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#client.compact(peer, id, salt);
  }

  requestTxs(peer: string, id: Uint8Array, indexes: number[]): Promise<Uint8Array[] | undefined> {
    return this.#client.txs(peer, id, indexes);
  }

  requestCheckpoints(peer: string, signal?: AbortSignal): Promise<JoinTarget[]> {
    return this.#client.checkpoints(peer, signal);
  }

  requestVouch(peer: string, named: readonly NamedTarget[], signal?: AbortSignal): Promise<boolean[]> {
    return this.#client.vouch(peer, named, signal);
  }

  requestAncestors(peer: string, id: Uint8Array, max: number, signal?: AbortSignal): Promise<Uint8Array[] | undefined> {
    return this.#client.ancestors(peer, id, max, signal);
  }

  requestParts(peer: string, id: Uint8Array, parts: Part[], signal?: AbortSignal): Promise<PartAnswer[] | undefined> {
    return this.#client.parts(peer, id, parts, signal);
  }

  /** By index into `locators`: the connected peers that say they hold it, at most 16 each. */
  providers(locators: Uint8Array[]): Promise<Map<number, string[]>> {
    return this.#providers.find(locators);
  }

  /** Connects where it is not connected; an unreachable Failure where it cannot. */
  async dialPeer(peer: string): Promise<void> {
    peerIdBytes(peer);
    if (peer === this.peerId) throw new Failure('usage', 'that peer is this node');
    await this.#keeper.dialPeer(peer);
  }

  /** Offers a contract and, once it is countersigned, sends the blob; gives the receipt. */
  async award(peer: string, request: blobClient.AwardRequest): Promise<Uint8Array> {
    await this.dialPeer(peer);
    return blobClient.award(this.wiring, this.#names.blob, peer, request);
  }

  async get(peer: string, request: blobClient.GetRequest): Promise<blobClient.Fetched> {
    await this.dialPeer(peer);
    return blobClient.get(this.wiring, this.#names.blob, peer, request);
  }

  /** Asks a steward about a contract; gives what `read` made of its signed answer. */
  async poll<R>(peer: string, request: PollRequest<R>): Promise<R> {
    await this.dialPeer(peer);
    return poll(this.wiring, this.#names.blob, peer, request);
  }

  misbehave(peer: string, points: number, why: string): void {
    this.wiring.scores.misbehave(peer, points, why);
  }

  async hangUp(peer: string): Promise<void> {
    try {
      await this.wiring.host.hangUp(parsePeerId(peer), { signal: AbortSignal.timeout(STOP_MS) });
    } catch (error) {
      this.wiring.log.debug({ peer, error: (error as Error).message }, 'hanging up failed');
    }
  }

  async stop(): Promise<void> {
    const { host } = this.wiring;
    host.removeEventListener('peer:connect', this.#onConnect);
    host.removeEventListener('peer:disconnect', this.#onDisconnect);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#bundler.flush();
    this.#gossip.stop();
    await host.stop();
    await this.#keeper.stop();
  }

  readonly #onConnect = (event: CustomEvent<PeerId>): void => {
    const peer = event.detail.toString();
    this.options.handlers.onPeer?.(peer, true);
    void this.fetchPool(peer);
    clearTimeout(this.#timers.get(peer));
    const again = setTimeout(() => {
      this.#timers.delete(peer);
      void this.fetchPool(peer);
    }, POOL_AGAIN_MS);
    this.#timers.set(peer, again);
  };

  readonly #onDisconnect = (event: CustomEvent<PeerId>): void => {
    const peer = event.detail.toString();
    clearTimeout(this.#timers.get(peer));
    this.#timers.delete(peer);
    this.options.handlers.onPeer?.(peer, false);
    void this.#keeper.left(peer);
  };

  /**
   * Gossip tells of what is published once both ends know each other's subscriptions; what came before is
   * asked for: at once, and again for what fell between. So is what gossip lost. Never throws.
   */
  async fetchPool(peer: string): Promise<void> {
    try {
      for await (const page of this.#client.pool(peer)) {
        for (const txs of inBundles(page)) {
          if ((await this.options.handlers.onTxs(peer, txs)) !== 'reject') continue;
          return this.misbehave(peer, 20, 'an invalid transaction in its pool');
        }
      }
    } catch (error) {
      this.wiring.log.debug({ peer, error: (error as Error).message }, 'no pool from a peer');
    }
  }
}

export const createNetwork = (options: NetworkOptions): Promise<Network> => Network.start(options);
