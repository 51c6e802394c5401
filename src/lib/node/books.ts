import { randomBytes } from 'node:crypto';
import type { Params } from '../chain/params.js';
import type { Hash } from '../chain/types.js';
import { stewardLookSlot } from '../plan/due.js';
import { areaKey, type Database, type Write } from '../store/database.js';
import { Index } from '../store/derived.js';
import { AREAS, INDEXES } from '../store/layout.js';
import { migrate, refuseNewer, type Schema } from '../store/schema.js';
import { Table } from '../store/table.js';
import { fromHex, toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Checkpoint } from './adopt.js';
import { BountyIndexes } from './bounty-stages.js';
import type {
  AccountEntry,
  AdvertEntry,
  BidEntry,
  BlobEntry,
  BountyEntry,
  FileEntry,
  HistoryEntry,
  InstanceEntry,
  KeptContract,
  LocatorEntry,
  OwnedContract,
  PendingTx,
  PostedBounty,
  RequestEntry,
  RestoredEntry,
  StandingEntry,
} from './entries.js';
import { planned } from './grace.js';
import { KeptSums } from './kept-sums.js';
import { nodeMigrations } from './migrations.js';
import { Names } from './names.js';
import { AdvertIndexes, BlobIndexes, OwnedIndexes, slotKey } from './owner-indexes.js';
import { bidsByTx, PendingIndexes } from './pending-indexes.js';
import { Spent } from './spent.js';
import { TurnoverSums } from './turnover.js';
import { type Derivation, deriveAll } from './views.js';

/**
 * What this node knows beside the ledger: files, blobs, contracts, bounties, adverts, bids, the
 * wallet's accounts and history. Reads are direct; whatever changes several tables is one batch.
 */
export class Books {
  readonly files: Table<FileEntry>;
  readonly blobs: Table<BlobEntry>;
  readonly owned: Table<OwnedContract>;
  readonly kept: Table<KeptContract>;
  readonly bounties: Table<BountyEntry>;
  readonly closed: Table<BountyEntry>;
  readonly posted: Table<PostedBounty>;
  readonly adverts: Table<AdvertEntry>;
  readonly bids: Table<BidEntry>;
  readonly accounts: Table<AccountEntry>;
  readonly history: Table<HistoryEntry>;
  readonly pending: Table<PendingTx>;
  readonly requests: Table<RequestEntry>;
  readonly locators: Table<LocatorEntry>;
  /** What this steward expects to be paid under. */
  readonly names: Names;
  readonly bountyIndexes: BountyIndexes;
  readonly keptByUuid: Index<KeptContract>;
  readonly keptSums: KeptSums;
  /** By the slot from which on they may be pruned. */
  readonly keptDue: Index<KeptContract>;
  readonly ownedIndexes: OwnedIndexes;
  readonly blobIndexes: BlobIndexes;
  readonly advertIndexes: AdvertIndexes;
  readonly spent: Spent;
  readonly pendingIndexes: PendingIndexes;
  readonly bidsByTx: Index<BidEntry>;
  readonly turnover: TurnoverSums;
  readonly fundersByStage: Index<AccountEntry>;
  private readonly meta: Table<unknown>;
  private tail: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly db: Database,
    params: Params,
  ) {
    this.files = new Table(db, AREAS.FILES);
    this.blobs = new Table(db, AREAS.BLOBS);
    this.owned = new Table(db, AREAS.OWNED);
    this.kept = new Table(db, AREAS.KEPT);
    this.bounties = new Table(db, AREAS.BOUNTIES);
    this.closed = new Table(db, AREAS.CLOSED);
    this.posted = new Table(db, AREAS.POSTED);
    this.adverts = new Table(db, AREAS.ADVERTS);
    this.bids = new Table(db, AREAS.BIDS);
    this.accounts = new Table(db, AREAS.ACCOUNTS);
    this.history = new Table(db, AREAS.HISTORY);
    this.pending = new Table(db, AREAS.PENDING);
    this.requests = new Table(db, AREAS.REQUESTS);
    this.locators = new Table(db, AREAS.LOCATORS);
    this.meta = new Table(db, AREAS.META);
    this.names = new Names(db, this.kept);
    this.bountyIndexes = new BountyIndexes(db);
    this.keptByUuid = new Index(db, INDEXES.KEPT_BY_UUID, ({ uuid }) => [fromHex(uuid)!]);
    this.keptSums = new KeptSums(db);
    this.keptDue = new Index(db, INDEXES.KEPT_DUE, (contract) =>
      contract.state === 'pruned' ? [] : [slotKey(stewardLookSlot(planned(contract), params))],
    );
    this.ownedIndexes = new OwnedIndexes(db, params);
    this.blobIndexes = new BlobIndexes(db);
    this.advertIndexes = new AdvertIndexes(db);
    this.spent = new Spent(db, params);
    this.pendingIndexes = new PendingIndexes(db);
    this.bidsByTx = bidsByTx(db);
    this.turnover = new TurnoverSums(db);
    this.fundersByStage = new Index(db, INDEXES.FUNDERS, (entry) =>
      entry.kind === 'funder' ? [utf8(entry.stage)] : [],
    );
  }

  private get derivations(): Derivation[] {
    return [
      { area: AREAS.KEPT, views: [this.names, this.keptByUuid, this.keptSums, this.keptDue] },
      { area: AREAS.BOUNTIES, views: this.bountyIndexes.all },
      { area: AREAS.OWNED, views: this.ownedIndexes.all },
      { area: AREAS.BLOBS, views: this.blobIndexes.all },
      { area: AREAS.ADVERTS, views: this.advertIndexes.all },
      { area: AREAS.HISTORY, views: [this.spent.booked, this.turnover.booked] },
      { area: AREAS.PENDING, views: [...this.pendingIndexes.all, this.turnover.waiting] },
      { area: AREAS.BIDS, views: [this.bidsByTx] },
      { area: AREAS.ACCOUNTS, views: [this.fundersByStage] },
    ] as Derivation[];
  }

  /** Refuses data of a later release or of another network, untouched; brings older data to this release's form. */
  static async open(db: Database, params: Params, log: Schema['log'] = () => {}): Promise<Books> {
    const books = new Books(db, params);
    const genesisId = toHex(params.derived.genesisId);
    const schema = { what: 'the data', migrations: nodeMigrations(), first: 1, log };
    refuseNewer(db, schema);
    const network = books.meta.get(utf8('network')) as string | undefined;
    if (network !== undefined && network !== genesisId) {
      throw new Failure(
        'usage',
        `the data directory belongs to network ${network}`,
        'give each network its own --home',
      );
    }
    const version = await migrate(db, schema);
    await deriveAll(db, books.derivations, version, log);
    if (network === undefined) await books.commit([books.meta.put(utf8('network'), genesisId)]);
    return books;
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.db.write(writes);
  }

  /** One change at a time: what is read inside cannot be changed by another before it is written. */
  exclusive<R>(work: () => Promise<R>): Promise<R> {
    const run = this.tail.then(work, work);
    this.tail = run.catch(() => undefined);
    return run;
  }

  counter(name: string): number {
    return (this.meta.get(utf8(`counter/${name}`)) as number | undefined) ?? 0;
  }

  setCounter(name: string, value: number): Write {
    return this.meta.put(utf8(`counter/${name}`), value);
  }

  /** Left by releases that kept no policy file (standing-bid.ts). */
  get standing(): StandingEntry | undefined {
    return this.meta.get(utf8('standing')) as StandingEntry | undefined;
  }

  forgetStanding(): Write {
    return this.meta.delete(utf8('standing'));
  }

  /** The network's id, which never changes. */
  get network(): Uint8Array {
    return fromHex(this.meta.get(utf8('network')) as string)!;
  }

  /** Who runs this wallet (node/original.ts); undefined until it is first opened here. */
  get instance(): InstanceEntry | undefined {
    return this.meta.get(utf8('instance')) as InstanceEntry | undefined;
  }

  setInstance(value: InstanceEntry): Write {
    return this.meta.put(utf8('instance'), value);
  }

  /** These books are being filled from a backup, or were, and the blocks since are not looked at yet. */
  get restored(): RestoredEntry | undefined {
    return this.meta.get(utf8('restored')) as RestoredEntry | undefined;
  }

  setRestored(value: RestoredEntry | undefined): Write {
    const key = utf8('restored');
    return value ? this.meta.put(key, value) : this.meta.delete(key);
  }

  /** The last block whose events are in these books. */
  get indexed(): { height: number; id: Hash } | undefined {
    return this.meta.get(utf8('indexed')) as { height: number; id: Hash } | undefined;
  }

  setIndexed(value: { height: number; id: Hash }): Write {
    return this.meta.put(utf8('indexed'), value);
  }

  /** Where this node joined, or is about to. */
  get checkpoint(): Checkpoint | undefined {
    return this.meta.get(utf8('checkpoint')) as Checkpoint | undefined;
  }

  setCheckpoint(value: Checkpoint): Write {
    return this.meta.put(utf8('checkpoint'), value);
  }

  /** Bodies still to be fetched, from a height down to another (node/backfill.ts). */
  get bodiesWanted(): { next: number; low: number } | undefined {
    return this.meta.get(utf8('bodies-wanted')) as { next: number; low: number } | undefined;
  }

  setBodiesWanted(value: { next: number; low: number } | undefined): Write {
    const key = utf8('bodies-wanted');
    return value ? this.meta.put(key, value) : this.meta.delete(key);
  }

  /** This node's network identity: 32 random bytes, made at first start, never derived from the words. */
  async peerSeed(): Promise<Uint8Array> {
    const key = areaKey(AREAS.META, utf8('peer-seed'));
    const found = this.db.get(key);
    if (found) return found;
    const seed = new Uint8Array(randomBytes(32));
    await this.db.write([[key, seed]]);
    return seed;
  }
}
