import { encodeHeader, headerId } from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { type AddResult, Ledger } from '../../src/lib/chain/ledger.js';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { type Params, slotAt } from '../../src/lib/chain/params.js';
import type { Block, StakedHeader } from '../../src/lib/chain/types.js';
import { Synchroniser, type SyncLedger, type SyncPeers } from '../../src/lib/net/blocksync.js';
import { shortIds } from '../../src/lib/net/compact.js';
import type { Verdict } from '../../src/lib/net/gossip.js';
import { chainHandlers, syncLedger } from '../../src/lib/net/ledger-sync.js';
import { silentLog } from '../../src/lib/net/log.js';
import { Scores } from '../../src/lib/net/score.js';
import type { Status } from '../../src/lib/net/sync.js';
import { toHex } from '../../src/lib/util/bytes.js';
import type { Staker } from '../chain/stakers.js';
import type { Judge } from './judge.js';
import type { Endpoint, SimNet, Topic } from './net.js';
import { blockBy, type Right, rightTo } from './produce.js';
import type { Random } from './random.js';
import { CrashStore, type Disk } from './store.js';
import { simTools } from './tools.js';
import { evidence, trySubmit } from './users.js';

export interface Setting {
  params: Params;
  net: SimNet;
  random: Random;
  judge: Judge;
}

export interface Character {
  name: string;
  owner: Staker;
  /** Hashes it tries a slot. */
  power: number;
  /** How far its clock is off, milliseconds. */
  skewMs: number;
  honest: boolean;
}

/** As gossipsub's cache of seen messages, and its points for an invalid one (net/gossip.ts). */
const SEEN_MAX = 4096;
const REJECTED_POINTS = 20;
const SYNC_MS = 5_000;

/** A node of real parts (ledger, pool, synchroniser, scores) on a disk, a network and a clock that are not. */
export class SimNode implements Endpoint {
  readonly disk: Disk = new Map();
  readonly scores: Scores;
  ledger!: Ledger;
  mempool!: Mempool;
  store!: CrashStore;
  up = false;
  crashes = 0;
  mined = 0;
  protected sync!: Synchroniser;
  readonly #seen = new Set<string>();
  #signedSlot = 0;

  constructor(
    protected readonly setting: Setting,
    readonly character: Character,
  ) {
    const { net } = setting;
    this.scores = new Scores(net.time, silentLog, (peer) => net.cut(this.name, peer));
    net.join(this);
  }

  get name(): string {
    return this.character.name;
  }

  nowSlot(): number {
    return slotAt(this.setting.params, this.setting.net.time.now() + this.character.skewMs);
  }

  /** A process starts on what the disk holds. */
  async boot(): Promise<void> {
    const { params, net, judge } = this.setting;
    this.store = new CrashStore(this.disk);
    this.ledger = await Ledger.open(params, this.store, {
      ...simTools,
      onTwin: (first, second) => this.onTwin(first, second),
    });
    this.mempool = new Mempool(this.ledger);
    this.sync = new Synchroniser(this.syncLedger(this.ledger), this.#peers(), silentLog, net.time);
    this.up = true;
    if (this.character.honest) judge.booted(this);
    net.announce(this.name, true);
  }

  crash(): void {
    this.store.crash();
    this.up = false;
    this.crashes += 1;
    this.#seen.clear();
    this.setting.net.announce(this.name, false);
  }

  /** What it does in each slot of its own clock. */
  async tick(): Promise<void> {
    if (!this.up) return;
    const slot = this.nextSlot();
    const right = this.right(this.ledger, slot);
    if (right) await this.produce(slot, right);
  }

  /** The slot it makes a block of now, if it can. */
  protected nextSlot(): number {
    return this.nowSlot();
  }

  /** Never of a slot it signed in before, which its disk remembers: two of one slot would cost the bond. */
  protected right(ledger: Ledger, slot: number): Right | undefined {
    const right = rightTo(this.setting, ledger, this.character, slot);
    if (right === undefined || right === 'mine') return right;
    if (slot <= this.#signedSlot) return undefined;
    this.#signedSlot = slot;
    return right;
  }

  /** Asks somebody how far they are, as Synchroniser.start does. */
  poll(): void {
    const { net, random } = this.setting;
    net.time.after(SYNC_MS, () => this.poll());
    const peers = this.up ? net.peers(this.name) : [];
    if (peers.length > 0) this.sync.sync(random.pick(peers));
  }

  protected async produce(slot: number, right: Right): Promise<void> {
    const block = await this.build(this.ledger, slot, right);
    if (await this.take(block)) this.announce(block);
  }

  protected build(ledger: Ledger, slot: number, right: Right, candidates = this.candidates(ledger)): Promise<Block> {
    return blockBy(this.setting, ledger, this.character, { right, slot, candidates });
  }

  protected candidates(ledger: Ledger): Uint8Array[] {
    return this.mempool.candidates(ledger.bodyLimit());
  }

  /** Adds a block of its own. */
  protected async take(block: Block): Promise<boolean> {
    this.mined += 1;
    this.setting.judge.made(block, this);
    this.added(await this.ledger.addBlock(block, this.nowSlot()));
    if (this.character.honest) this.setting.judge.held(headerId(block.header));
    return this.up;
  }

  protected announce(block: Block, to?: readonly string[]): void {
    const bytes = encodeHeader(block.header);
    this.#remember(toHex(headerId(block.header)));
    this.setting.net.publish(this.name, 'header', bytes, to);
  }

  /** A transaction of its owner's. */
  submit(bytes: Uint8Array): void {
    this.mempool.add(bytes, this.nowSlot());
    this.setting.net.publish(this.name, 'tx', bytes);
  }

  onPeer(peer: string, connected: boolean): void {
    this.sync.onPeer(peer, connected);
  }

  async onMessage(from: string, topic: Topic, bytes: Uint8Array): Promise<Verdict> {
    const { net } = this.setting;
    if (this.scores.banned(from) || !this.scores.take(from, topic)) return 'ignore';
    const store = this.store;
    if (!this.#remember(Buffer.from(bytes).toString('latin1'))) return 'ignore';
    const verdict = topic === 'header' ? await this.sync.onHeader(from, bytes) : this.#onTx(bytes);
    if (this.store !== store || !this.up) return 'ignore';
    if (verdict === 'reject') this.scores.misbehave(from, REJECTED_POINTS, 'an invalid message');
    const others = net.peers(this.name).filter((peer) => peer !== from);
    if (verdict === 'accept') net.publish(this.name, topic, bytes, others);
    return verdict;
  }

  status(): Status {
    return chainHandlers(this.ledger).status();
  }

  headersAfter(locator: Uint8Array[], max: number): Uint8Array[] {
    return chainHandlers(this.ledger).headersAfter(locator, max);
  }

  body(id: Uint8Array): Uint8Array[] | undefined {
    return chainHandlers(this.ledger).body(id);
  }

  /** Somebody honest who sees two headers of one leader and slot tells the ledger. */
  protected onTwin(first: StakedHeader, second: StakedHeader): void {
    const { judge, net } = this.setting;
    if (!this.character.honest) return;
    judge.offended(first);
    // The header is being checked: the pool's ledger is free again when that is over.
    net.time.after(0, () => this.up && trySubmit(this, evidence(this, first, second)));
  }

  /** As node/relay.ts does. */
  #onTx(bytes: Uint8Array): Verdict {
    try {
      this.mempool.add(bytes, this.nowSlot());
      return 'accept';
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return error.rule === 'malformed' || error.rule === 'signature' ? 'reject' : 'ignore';
    }
  }

  protected syncLedger(ledger: Ledger): SyncLedger {
    const { judge } = this.setting;
    const real = syncLedger(
      ledger,
      () => this.nowSlot(),
      (result) => this.added(result),
      () => this.mempool.all().map(({ bytes }) => bytes),
    );
    const addBlock = async (header: Uint8Array, body: Uint8Array[]) => {
      const status = await real.addBlock(header, body);
      if (status !== 'orphan' && this.character.honest) judge.held(real.readHeader(header).id);
      return status;
    };
    return { ...real, addBlock };
  }

  protected added(result: AddResult): void {
    if (result.status !== 'extended' && result.status !== 'reorganised') return;
    this.mempool.reset(result, this.nowSlot());
    if (this.character.honest) this.setting.judge.moved(this, result);
  }

  #peers(): SyncPeers {
    const { net } = this.setting;
    const { name } = this;
    const ask = async function* (peer: string, ids: Uint8Array[], signal?: AbortSignal) {
      for (const id of ids) yield await net.ask(name, peer, (node) => node.body(id), signal);
    };
    return {
      peers: () => net.peers(name),
      requestStatus: (peer, signal) => net.ask(name, peer, (node) => node.status(), signal),
      requestHeaders: (peer, locator, max, signal) =>
        net.ask(name, peer, (node) => node.headersAfter(locator, max), signal),
      requestBodies: ask,
      requestCompact: (peer, id, salt) =>
        net.ask(name, peer, (node) => {
          const body = node.body(id);
          return body && shortIds(salt, body);
        }),
      requestTxs: (peer, id, indexes) =>
        net.ask(name, peer, (node) => {
          const body = node.body(id);
          return body && indexes.map((index) => body[index]!);
        }),
      misbehave: (peer, points, why) => this.scores.misbehave(peer, points, why),
    };
  }

  #remember(message: string): boolean {
    if (this.#seen.has(message)) return false;
    this.#seen.add(message);
    if (this.#seen.size > SEEN_MAX) for (const oldest of this.#seen) return this.#seen.delete(oldest);
    return true;
  }
}
