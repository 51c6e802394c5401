import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JoinTarget } from '../chain/join/join.js';
import { Offers } from '../chain/join/offers.js';
import { Ledger } from '../chain/ledger.js';
import { Mempool } from '../chain/mempool.js';
import type { Params } from '../chain/params.js';
import type { Address } from '../chain/types.js';
import { Verified } from '../crypto/verified.js';
import { chainHandlers } from '../net/ledger-sync.js';
import { createNetwork, type Network } from '../net/network.js';
import { createRpcServer, type RpcServer } from '../rpc/server.js';
import { BlobStore } from '../store/blobs.js';
import { Database } from '../store/database.js';
import { Spool } from '../store/spool.js';
import { toHex } from '../util/bytes.js';
import { systemClock } from '../util/clock.js';
import type { Failure } from '../util/errors.js';
import type { Keyring } from '../wallet/keyring.js';
import { verifyOnWorkers } from '../workers/verify.js';
import { vrfOnWorker } from '../workers/vrf.js';
import { Answers } from './answers.js';
import { Attachments } from './attach.js';
import { archiveBounties, bookClaims } from './bookkeeping.js';
import { Books } from './books.js';
import { catchUp } from './catch-up.js';
import { ChainAreas } from './chain-areas.js';
import { ClockWatch } from './clock-watch.js';
import { Changes, type Context, currentSlot } from './context.js';
import { Files } from './files.js';
import { Following } from './following.js';
import { retireFunders } from './funders.js';
import { createHandlers } from './handlers.js';
import { Indexer } from './indexer.js';
import { Joining } from './joining.js';
import { Keeping } from './keeping.js';
import type { Log } from './log.js';
import { guardCopy, Lookout } from './lookout.js';
import { Miner } from './miner.js';
import { withInstance } from './original.js';
import { Patience } from './patience.js';
import { Producer } from './producer.js';
import { ledgerStore, Relay } from './relay.js';
import { resendPending } from './resend.js';
import { ownerOf } from './roots-owner.js';
import { uuidOf } from './sealing.js';
import { SeenAdverts } from './seen.js';
import { SlotGuard } from './slot-guard.js';
import { moveStandingBid } from './standing-bid.js';
import { reportTwins } from './twins.js';
import { fillTxIndex } from './tx-index.js';
import { Wallet } from './wallet.js';

export interface NodeOptions {
  home: string;
  /** The policy file (plan/policy-file.ts). */
  policy: string;
  version: string;
  params: Params;
  genesis: unknown;
  listen: string[];
  peers: string[];
  /** Where mining rewards go; undefined: this node does not mine. */
  mine: Address | undefined;
  /** Whether it leads the slots that the wallet's bond is drawn for. */
  stake: boolean;
  passphrase: string | undefined;
  /** Of the wallet that was open in this process before. */
  keyring?: Keyring | undefined;
  /** Another instance of the wallet ends, or is dead: this one is the original from now on. */
  takeOver?: boolean;
  /** Where to join, where the ledger here does not reach so far. */
  checkpoint: { height: number; id: Uint8Array } | undefined;
  log: Log;
}

/** Why a node wants to end: as it was told to, to start anew on a ledger or books it got, or because it cannot go on. */
export type NodeEnd = 'stopped' | 'joined' | 'restored' | Failure;

const SEEN_BLOCKS = 200;
/** As long as a node that was given peers may take to find those that hold what it looks for. */
const YOUNG_MS = 60_000;

/** Parts that others need, and that are made after these. */
interface Late {
  network?: Network;
  following?: Following;
  joining?: Joining;
}

/** The parts of a running node, put together: the only place where they meet. */
export class Node {
  private upkeep: Promise<void> = Promise.resolve();
  private dirty = false;
  private sweptHeight = 0;

  private constructor(
    readonly context: Context,
    private readonly parts: {
      db: Database;
      indexer: Indexer;
      seen: SeenAdverts;
      offers: Offers;
      following: Following;
      joining: Joining;
      attachments: Attachments;
      lookout: Lookout;
      clockWatch: ClockWatch;
      answers: Answers;
    },
    private readonly rpc: RpcServer,
  ) {}

  static async start(options: NodeOptions, onEnd: (end: NodeEnd) => void): Promise<Node> {
    await mkdir(options.home, { recursive: true, mode: 0o700 });
    const db = await Database.open(join(options.home, 'db'));
    try {
      return await Node.assemble(options, db, onEnd);
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  private static async assemble(options: NodeOptions, db: Database, onEnd: (end: NodeEnd) => void): Promise<Node> {
    const { home, params, log } = options;
    const books = await openBooks(options, db);
    const network = toHex(params.derived.genesisId);
    const blobs = await BlobStore.open({ folder: join(home, 'blobs'), db, network, log, owner: ownerOf(books) });
    blobs.checker.hasher = (blob) => uuidOf(blob.extent);
    const indexer = new Indexer(books, (uuid) => blobs.mayHold(uuid));
    const seen = new SeenAdverts(db);
    await seen.load();
    const spool = await Spool.open(home);
    const wallet = new Wallet(join(home, 'wallet.key'), books);
    if (options.keyring) await wallet.open(options.keyring);
    else if (options.passphrase !== undefined) await wallet.unlock(options.passphrase);
    const areas = new ChainAreas(db);
    await areas.clearOther();
    const offers = new Offers(params, ledgerStore(params, db, indexer, seen, areas.current));
    const known = new Verified();
    const ledger = await Ledger.open(params, offers.store, {
      verifier: known.before(verifyOnWorkers),
      verifyVrf: vrfOnWorker(),
      onTwin: (first, second) => void reportTwins(context, first, second),
    });
    await fillTxIndex(db, ledger);
    const mempool = new Mempool(ledger);
    const late: Late = {};
    const context: Context = {
      ...{ home, version: options.version, genesis: options.genesis, params, clock: systemClock, log },
      ...{ ledger, mempool, books, blobs, wallet, changes: new Changes(), mining: options.mine !== undefined },
      get network() {
        return late.network!;
      },
      chainArea: areas.current,
      behind: () => late.joining?.active || (late.following?.sync?.behind() ?? true),
      joining: () => late.joining?.progress,
      lookedOut: () => lookout.looked,
      clockAstray: () => clockWatch.astray,
    };
    const clockWatch = new ClockWatch(context);
    const lookout = new Lookout(context, onEnd);
    const attachments = await Attachments.open(context);
    const keeping = new Keeping(context);
    const relay = new Relay(context, verifyOnWorkers, known);
    const served = { relay, served: withInstance(context, keeping), keeping, offers, late };
    await guardCopy(context, options.takeOver ?? false, () =>
      startNetwork({ ...options, listen: [] }, context, served, new Uint8Array(randomBytes(32))),
    );
    late.network = await startNetwork(options, context, served, await books.peerSeed());
    const makers = await makersOf(options, context, relay);
    const following = new Following(context, relay, makers, (peer, status) => joining.tooFar(peer, status));
    late.following = following;
    const joining = new Joining({
      ...{ context, areas, chosen: options.checkpoint, follow: following },
      onJoined: () => onEnd('joined'),
      onStale: onEnd,
    });
    late.joining = joining;
    const answers = new Answers(context);
    const files = new Files(context, spool, options.peers.length > 0 ? systemClock.now() + YOUNG_MS : 0);
    const patience = new Patience(4 * params.derived.blockSlots, params.daySlots);
    const performers = { files, keeping, answers, spool, patience, running: new Map() };
    let restarting = false;
    const restoring = {
      policy: options.policy,
      restarting: () => restarting,
      onRestored: () => {
        restarting = true;
        onEnd('restored');
      },
    };
    const handlers = createHandlers(context, { ...performers, seen, onStop: () => onEnd('stopped'), ...restoring });
    // Before anybody may spend: what waits keeps its place in its account's sequence.
    await resendPending(context);
    const rpc = await createRpcServer({ dir: home, handlers, log });
    const own = { db, indexer, seen, offers, following, joining, attachments, lookout, answers, clockWatch };
    return new Node(context, own, rpc).begin();
  }

  private begin(): this {
    this.context.changes.listen(() => this.keepUp());
    this.keepUp();
    const { joining, lookout, clockWatch } = this.parts;
    joining.start();
    lookout.start();
    void clockWatch.start();
    return this;
  }

  /** After each change: what lies deep enough is booked, what was lost is sent again. One round at a time. */
  private keepUp(): void {
    if (this.dirty) return;
    this.dirty = true;
    this.upkeep = this.upkeep.then(async () => {
      this.dirty = false;
      try {
        await catchUp(this.context, this.parts.indexer);
        await bookClaims(this.context);
        await resendPending(this.context);
        await archiveBounties(this.context);
        await retireFunders(this.context);
        await this.forgetAdverts();
      } catch (error) {
        this.context.log.error({ error: (error as Error).message }, 'upkeep failed');
      }
    });
  }

  /** Every so many blocks: what strangers advertised and is over takes no room here. */
  private async forgetAdverts(): Promise<void> {
    const { height } = this.context.ledger.tip;
    if (height < this.sweptHeight + SEEN_BLOCKS) return;
    this.sweptHeight = height;
    await this.context.books.exclusive(() => this.parts.seen.sweep(this.context));
  }

  /** Where others may join from this node, as things are. */
  checkpoints(): JoinTarget[] {
    return this.parts.offers.targets(this.context.ledger);
  }

  async stop(): Promise<void> {
    const { following, joining, offers, db, attachments, lookout, answers, clockWatch } = this.parts;
    await this.rpc.close();
    clockWatch.stop();
    await lookout.stop();
    await joining.stop();
    await following.stop();
    await this.context.network.stop();
    await offers.close();
    await answers.stop();
    await this.upkeep;
    await this.context.books.exclusive(async () => {});
    await attachments.close();
    await this.context.blobs.close();
    await db.close();
  }
}

async function openBooks({ params, policy, log }: NodeOptions, db: Database): Promise<Books> {
  const books = await Books.open(db, params, (fields, text) => log.info(fields, text));
  await moveStandingBid(books, policy, log);
  return books;
}

/** What makes blocks here: both, where stake does not lead yet. */
async function makersOf({ mine, stake }: NodeOptions, context: Context, relay: Relay): Promise<(Miner | Producer)[]> {
  const makers: (Miner | Producer)[] = mine ? [new Miner(context, relay, mine)] : [];
  if (!stake) return makers;
  const guard = await SlotGuard.open(context.books, currentSlot(context));
  return [...makers, new Producer(context, relay, guard)];
}

async function startNetwork(
  options: NodeOptions,
  context: Context,
  {
    relay,
    keeping,
    served,
    offers,
    late,
  }: { relay: Relay; keeping: Keeping; served: ReturnType<typeof withInstance>; offers: Offers; late: Late },
  seed: Uint8Array,
): Promise<Network> {
  const { params, listen, peers, log } = options;
  return createNetwork({
    ...{ seed, genesisId: params.derived.genesisId, listen, bootstrap: peers, log },
    handlers: {
      ...chainHandlers(context.ledger, offers),
      pool: () => context.mempool.all(),
      onHeader: async (from, bytes) =>
        (late.joining?.wary(from) ? undefined : await late.following?.sync?.onHeader(from, bytes)) ?? 'ignore',
      onTxs: (from, txs) => relay.onTxs(from, txs),
      hasLocators: (locators) => served.hasLocators(locators),
      onAward: (from, contract) => keeping.onAward(from, contract),
      onGet: (from, locator, proof, nonce) => served.onGet(from, locator, proof, nonce),
      onPoll: (from, nonces, question) => keeping.onPoll(from, nonces, question),
      onPeer: (peer, connected) => late.following?.sync?.onPeer(peer, connected),
    },
  });
}
