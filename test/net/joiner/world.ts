import { Join, type JoinTarget } from '../../../src/lib/chain/join/join.js';
import { Offers } from '../../../src/lib/chain/join/offers.js';
import { openPart, type Part, type PartAnswer } from '../../../src/lib/chain/join/part.js';
import type { NamedTarget } from '../../../src/lib/chain/join/records.js';
import { Ledger } from '../../../src/lib/chain/ledger.js';
import type { Params } from '../../../src/lib/chain/params.js';
import type { StoreSnapshot } from '../../../src/lib/chain/staging.js';
import type { Block, Hash } from '../../../src/lib/chain/types.js';
import type { JoinLedger, JoinPeers, Patience } from '../../../src/lib/net/joiner/types.js';
import { chainHandlers } from '../../../src/lib/net/ledger-sync.js';
import { toHex } from '../../../src/lib/util/bytes.js';
import { alice, cheapScrypt, hashOf, MemoryStore, miner, seal, TestChain, testParams } from '../../chain/helpers.js';

/** A short cycle: 100 blocks; a state is kept every 6. */
export const JOIN_PARAMS: Params = testParams({ cycleBlocks: 100, cycleBytes: 50 * 1024 * 1024 });
export const FAST: Patience = { roundMs: 10, answerMs: 1_000, pauseMs: 60_000, stalledMs: 30_000 };

/** A ledger that others can join from, and that grows. */
export class Server {
  private constructor(
    readonly store: MemoryStore,
    readonly ledger: Ledger,
    readonly offers: Offers,
    /** All of them, the pruned too. */
    readonly blocks: Block[] = [],
  ) {}

  async add(block: Block): Promise<void> {
    await this.ledger.addBlock(block, block.header.slot);
    this.blocks.push(block);
  }

  static async open(params = JOIN_PARAMS, store = new MemoryStore()): Promise<Server> {
    const offers = new Offers(params, store);
    return new Server(store, await Ledger.open(params, offers.store, { scrypt: cheapScrypt }), offers);
  }

  async grow(count: number, txs: Uint8Array[] = [], slots = 2): Promise<void> {
    for (let i = 0; i < count; i++) {
      const { tip } = this.ledger;
      await this.add(await seal(this.ledger.buildBlock(i === 0 ? txs : [], miner.address, tip.slot + slots)));
    }
  }

  /** The same blocks as another, each added here. */
  async follow(other: Server): Promise<void> {
    for (const block of other.blocks.slice(this.blocks.length)) await this.add(block);
  }

  handlers = () => chainHandlers(this.ledger, this.offers);

  /** A state kept for good, answered in small parts. */
  async smallParts(max = 600): Promise<{ snapshot: StoreSnapshot; part: (part: Part) => Promise<PartAnswer> }> {
    const snapshot = this.store.snapshot();
    return { snapshot, part: async (part) => (await openPart(snapshot, part, max))! };
  }
}

/** A chain of some blocks whose first give `accounts` accounts something. */
export async function populated(height: number, accounts = 120): Promise<Server> {
  const server = await Server.open();
  const chain = await TestChain.open(JOIN_PARAMS, new MemoryStore());
  // The transactions are drawn up on a chain of the same blocks.
  const put = async (txs: Uint8Array[], producer = miner.address) => {
    const block = await chain.build(txs, { producer });
    await chain.add(block);
    await server.add(block);
  };
  for (let i = 0; i < 3; i++) await put([], alice.address);
  for (let i = 0; i < accounts; i += 40) {
    const outputs = Array.from({ length: 40 }, (_, n) => ({ to: hashOf(`account ${i + n}`), amount: 50_000n }));
    const draft = { kind: 'transfer' as const, from: alice.address, outputs, memo: new Uint8Array(0) };
    await put([chain.make(draft, alice.signer).bytes]);
  }
  await server.grow(height - server.ledger.tip.height);
  return server;
}

/** As many blocks on top, with nothing kept for others but of the last few: quicker. */
export async function aged(young: Server, height: number): Promise<Server> {
  const store = young.store.copy();
  const ledger = await Ledger.open(JOIN_PARAMS, store, { scrypt: cheapScrypt });
  while (ledger.tip.height < height) {
    const block = await seal(ledger.buildBlock([], miner.address, ledger.tip.slot + 2));
    await ledger.addBlock(block, block.header.slot);
  }
  const server = await Server.open(JOIN_PARAMS, store);
  await server.grow(12);
  return server;
}

/** A ledger in the making. */
export function joinLedger(store: MemoryStore, nowSlot: () => number): JoinLedger {
  return {
    resume: () => Join.resume(JOIN_PARAMS, store, cheapScrypt),
    begin: (target) => Join.begin(JOIN_PARAMS, store, cheapScrypt, target),
    nowSlot,
  };
}

export const openJoined = (store: MemoryStore) => Ledger.open(JOIN_PARAMS, store, { scrypt: cheapScrypt });

/** What a peer answers; a test bends some of it. */
export interface PeerAnswers {
  checkpoints(): JoinTarget[] | Promise<JoinTarget[]>;
  vouch(named: NamedTarget[]): boolean[];
  ancestors(id: Hash, max: number): Uint8Array[] | undefined | Promise<Uint8Array[] | undefined>;
  part(id: Hash, part: Part): Promise<PartAnswer | undefined>;
}

/** Peers that are function calls: who was asked what, and who was cut off. */
export class Peers implements JoinPeers {
  readonly answers = new Map<string, PeerAnswers>();
  readonly banned = new Map<string, string>();
  readonly charged = new Map<string, number>();
  readonly asked = new Map<string, number>();
  parts = 0;

  add(name: string, server: Server, bent: Partial<PeerAnswers> = {}): this {
    this.answers.set(name, { ...server.handlers(), ...bent });
    return this;
  }

  peers = () => [...this.answers.keys()].filter((peer) => !this.banned.has(peer));

  async requestCheckpoints(peer: string, signal?: AbortSignal): Promise<JoinTarget[]> {
    return cut(this.answers.get(peer)!.checkpoints(), signal);
  }

  async requestVouch(peer: string, named: readonly NamedTarget[], signal?: AbortSignal): Promise<boolean[]> {
    return cut(this.answers.get(peer)!.vouch([...named]), signal);
  }

  async requestAncestors(peer: string, id: Hash, max: number, signal?: AbortSignal) {
    return cut(this.answers.get(peer)!.ancestors(id, Math.min(max, 40)), signal);
  }

  async requestParts(peer: string, id: Hash, parts: Part[], signal?: AbortSignal) {
    this.asked.set(peer, (this.asked.get(peer) ?? 0) + 1);
    const answers: PartAnswer[] = [];
    for (const part of parts) {
      const answer = await cut(this.answers.get(peer)!.part(id, part), signal);
      if (!answer) return undefined;
      answers.push(answer);
      this.parts += 1;
    }
    return answers;
  }

  misbehave(peer: string, points: number, why: string): void {
    const total = (this.charged.get(peer) ?? 0) + points;
    this.charged.set(peer, total);
    if (total >= 100) this.banned.set(peer, why);
  }
}

/** As the network does: an answer that is no longer wanted is not waited for. */
async function cut<T>(answer: T | Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  let end: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    end = () => reject(signal?.reason);
    signal?.addEventListener('abort', end, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

export const name = ({ height, id }: { height: number; id: Hash }) => `${height}:${toHex(id)}`;
