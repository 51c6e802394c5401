import type { Multiaddr } from '@multiformats/multiaddr';
import type { Clock } from '../util/clock.js';
import { addressesOf, parseAddress, peerOf, readAddress } from './addresses.js';
import { Backoff } from './backoff.js';
import { unreachable } from './errors.js';
import { parsePeerId, type Wiring } from './streams.js';
import type { SyncClient } from './sync.js';

export interface KeeperOptions {
  /** Multiaddrs of nodes to begin with, with or without a peer id. */
  bootstrap: string[];
  /** Below so many connections more are looked for. */
  min: number;
  intervalMs: number;
  clock: Clock;
  /** From [0, 1): jitter, and whom to ask. */
  random: () => number;
}

const CANDIDATES_MAX = 256;
const ASKED_AT_ONCE = 16;
const DIALS_A_TICK = 4;
/** Peers that libp2p's store may remember after they left. */
const REMEMBERED_MAX = 1024;
const DIAL_MS = 20_000;

/** Keeps a node connected: to its bootstrap list at first, then to whom its peers name. */
export class Keeper {
  readonly #bootstrap: Multiaddr[];
  readonly #candidates = new Map<string, Multiaddr[]>();
  readonly #backoff: Backoff;
  /** Which peer answered at a bootstrap address that names none. */
  readonly #answered = new Map<string, string>();
  readonly #gone = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;

  constructor(
    private readonly wiring: Wiring,
    private readonly client: SyncClient,
    private readonly options: KeeperOptions,
  ) {
    this.#bootstrap = options.bootstrap.map(parseAddress);
    this.#backoff = new Backoff(options.clock, options.random);
  }

  start(): void {
    this.#timer = setInterval(() => this.#poke(), this.options.intervalMs);
    this.#poke();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ticking;
  }

  /** The nodes to begin with, who answers there if that is known, and whether each is connected now. */
  bootstrap(): { address: string; peer: string | undefined; connected: boolean }[] {
    return this.#bootstrap.map((multiaddr) => {
      const address = multiaddr.toString();
      const peer = peerOf(multiaddr) ?? this.#answered.get(address);
      return { address, peer, connected: peer !== undefined && this.#connected(peer) };
    });
  }

  /** Connects to a peer by what is known of it here, then by what connected peers know. Unreachable Failure. */
  async dialPeer(peer: string): Promise<void> {
    if (this.#connected(peer)) return;
    const known = await addressesOf(this.wiring.host, parsePeerId(peer));
    if (await this.#dial(peer, known)) return;
    const found = await this.#find(peer);
    if (
      await this.#dial(
        peer,
        found.filter((address) => !known.includes(address)),
      )
    )
      return;
    throw unreachable(`cannot reach peer ${peer}`);
  }

  /** Forgets the addresses of the peers that left longest ago. */
  async left(peer: string): Promise<void> {
    this.#gone.delete(peer);
    this.#gone.add(peer);
    if (this.#gone.size <= REMEMBERED_MAX) return;
    const oldest = this.#gone.values().next().value!;
    this.#gone.delete(oldest);
    if (!this.#connected(oldest)) await this.wiring.host.peerStore.delete(parsePeerId(oldest)).catch(() => {});
  }

  #poke(): void {
    this.#ticking ??= this.#tick()
      .catch((error: Error) => this.wiring.log.debug({ error: error.message }, 'looking for peers failed'))
      .finally(() => {
        this.#ticking = undefined;
      });
  }

  async #tick(): Promise<void> {
    if (this.#count() >= this.options.min) return;
    await Promise.all(this.#bootstrap.map((address) => this.#dialBootstrap(address)));
    if (this.#count() >= this.options.min) return;
    await this.#learn();
    const chosen = [...this.#candidates].filter(([peer]) => this.#wanted(peer)).slice(0, DIALS_A_TICK);
    await Promise.all(
      chosen.map(async ([peer, addresses]) => {
        this.#candidates.delete(peer);
        await this.#backoff.attempt(peer, () => this.wiring.host.dial(addresses, dialOptions()));
      }),
    );
  }

  async #dialBootstrap(address: Multiaddr): Promise<void> {
    const key = address.toString();
    const peer = peerOf(address) ?? this.#answered.get(key);
    if (peer && (this.#connected(peer) || peer === this.wiring.host.peerId.toString())) return;
    if (!this.#backoff.ready(key)) return;
    const connection = await this.#backoff.attempt(key, () => this.wiring.host.dial(address, dialOptions()));
    if (connection) this.#answered.set(key, connection.remotePeer.toString());
  }

  /** Asks one connected peer, each at most once in a while, whom else it is connected to. */
  async #learn(): Promise<void> {
    const askable = this.#peers().filter((peer) => this.#backoff.ready(`ask ${peer}`));
    const peer = askable[Math.floor(this.options.random() * askable.length)];
    if (!peer) return;
    this.#backoff.postpone(`ask ${peer}`);
    for (const entry of await this.client.peers(peer)) {
      const addresses = entry.addresses.flatMap((text) => readAddress(text) ?? []);
      if (addresses.length === 0 || !this.#wanted(entry.peer)) continue;
      if (this.#candidates.size >= CANDIDATES_MAX) this.#candidates.delete(this.#candidates.keys().next().value!);
      this.#candidates.set(
        entry.peer,
        addresses.map((address) => withPeer(address, entry.peer)),
      );
    }
  }

  async #find(wanted: string): Promise<string[]> {
    const asked = this.#peers().slice(0, ASKED_AT_ONCE);
    const answers = await Promise.allSettled(asked.map((peer) => this.client.find(peer, wanted)));
    return [...new Set(answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])))];
  }

  async #dial(peer: string, texts: string[]): Promise<boolean> {
    const addresses = texts.flatMap((text) => readAddress(text) ?? []).slice(0, ASKED_AT_ONCE);
    if (addresses.length === 0) return false;
    try {
      await this.wiring.host.dial(
        addresses.map((address) => withPeer(address, peer)),
        dialOptions(),
      );
      return true;
    } catch (error) {
      this.wiring.log.debug({ peer, error: (error as Error).message }, 'cannot dial');
      return false;
    }
  }

  #wanted(peer: string): boolean {
    const self = peer === this.wiring.host.peerId.toString();
    return !self && !this.#connected(peer) && !this.wiring.scores.banned(peer) && this.#backoff.ready(peer);
  }

  #connected(peer: string): boolean {
    return this.wiring.host.getConnections(parsePeerId(peer)).some(({ status }) => status === 'open');
  }

  #peers(): string[] {
    return this.wiring.host.getPeers().map((peer) => peer.toString());
  }

  #count(): number {
    return this.wiring.host.getPeers().length;
  }
}

const dialOptions = () => ({ signal: AbortSignal.timeout(DIAL_MS) });

/** With the id in the address the handshake fails where someone else answers. */
function withPeer(address: Multiaddr, peer: string): Multiaddr {
  return peerOf(address) ? address : address.encapsulate(`/p2p/${peer}`);
}
