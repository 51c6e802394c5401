import { nearsEndSlot } from '../plan/due.js';
import { ownerDueSlot } from '../plan/interval.js';
import type { BountyState } from '../plan/types.js';
import { fromHex, toHex, utf8 } from '../util/bytes.js';
import { bountyState } from './bounty-state.js';
import { type Context, currentSlot } from './context.js';
import type { AdvertEntry, BlobEntry, BountyEntry, FileEntry, OwnedContract } from './entries.js';
import { bountyKey } from './indexer.js';
import { slotKey, textKey } from './owner-indexes.js';

/** Contracts with one steward that are paid together with one that is due, at the most. */
const MATES = 4096;
/** What such a bounty was to pay is posted again, and how depends on all of it. */
const AGAIN: ReadonlySet<BountyState> = new Set(['expired', 'revoked', 'returned', 'failed']);

/**
 * A part of an owner's books over which the plan decides as it would over all of them: with a contract
 * that is to be paid come those to be paid with it; with a blob its file, and whatever keeps or advertises it.
 */
export class OwnerView {
  private readonly found = {
    contracts: new Map<string, OwnedContract>(),
    files: new Map<string, FileEntry>(),
    blobs: new Map<string, BlobEntry>(),
    adverts: new Map<string, AdvertEntry>(),
    expired: new Map<string, BountyEntry>(),
  };
  private readonly accounts = new Set<string>();
  private readonly batches = new Set<string>();
  private readonly whole = new Set<string>();
  private readonly slot: number;

  constructor(private readonly context: Context) {
    this.slot = currentSlot(context);
  }

  /** The latest payment of each contract that it pays. */
  addBounty({ id, items }: BountyEntry): void {
    for (const { contract } of items) {
      const entry = contract === null ? undefined : this.context.books.owned.get(utf8(contract));
      if (entry?.bounty === id) this.addContract(entry);
    }
  }

  addExpired(entry: BountyEntry): void {
    this.found.expired.set(entry.id, entry);
  }

  async addDue(id: Uint8Array): Promise<void> {
    const entry = this.context.books.owned.get(id);
    if (!entry) return;
    this.addContract(entry);
    const { params } = this.context;
    if (entry.state !== 'live') return;
    if (entry.bounty === null && this.slot >= ownerDueSlot(entry, params)) await this.addMates(entry.account);
    if (this.slot >= nearsEndSlot(entry, params)) await this.addBlob(utf8(entry.uuid));
  }

  /** What is due soon with a steward that is paid now. */
  private async addMates(account: Uint8Array): Promise<void> {
    const { books, params } = this.context;
    if (this.accounts.has(toHex(account))) return;
    this.accounts.add(toHex(account));
    const below = slotKey(this.slot + Math.floor(params.daySlots / 2) + 1);
    for await (const { id } of books.ownedIndexes.byAccount.places({ prefix: account, below, limit: MATES })) {
      const entry = books.owned.get(id);
      if (entry) this.addContract(entry);
    }
  }

  /** The contracts on a blob, and nothing else of it. */
  async addBlobContracts(uuid: Uint8Array): Promise<void> {
    const { books } = this.context;
    const prefix = fromHex(Buffer.from(uuid).toString())!;
    for (const id of await books.ownedIndexes.byUuid.ids({ prefix })) {
      const entry = books.owned.get(id);
      if (entry) this.addContract(entry);
    }
  }

  async addFile(entry: FileEntry): Promise<void> {
    this.found.files.set(entry.storageIndex, entry);
    await this.addShares(entry.storageIndex);
  }

  addAdvert(id: Uint8Array): void {
    const entry = this.context.books.adverts.get(id);
    if (entry) this.found.adverts.set(entry.id, entry);
  }

  /** With its file's other shares: who holds these may not win it. */
  async addBlob(uuid: Uint8Array): Promise<void> {
    const entry = this.context.books.blobs.get(uuid);
    if (!entry) return;
    if (entry.file === null) await this.addWhole(entry);
    else await this.addShares(entry.file);
  }

  private async addShares(file: string): Promise<void> {
    const { books } = this.context;
    if (this.whole.has(file)) return;
    this.whole.add(file);
    for (const uuid of await books.blobIndexes.byFile.ids({ prefix: textKey(file) })) {
      const entry = books.blobs.get(uuid);
      if (entry) await this.addWhole(entry);
    }
  }

  private async addWhole(entry: BlobEntry): Promise<void> {
    if (this.found.blobs.has(entry.uuid)) return;
    this.found.blobs.set(entry.uuid, entry);
    const uuid = utf8(entry.uuid);
    await this.addBlobContracts(uuid);
    const adverts = await this.context.books.advertIndexes.byUuid.ids({ prefix: fromHex(entry.uuid)! });
    for (const id of adverts) this.addAdvert(id);
  }

  private addContract(entry: OwnedContract): void {
    if (entry.state === 'ended' || this.found.contracts.has(entry.id)) return;
    this.found.contracts.set(entry.id, entry);
    if (entry.bounty !== null) this.addBatch(entry.bounty);
  }

  private addBatch(id: string): void {
    if (this.batches.has(id)) return;
    this.batches.add(id);
    const bounty = this.context.books.bounties.get(bountyKey('owner', id));
    if (bounty && AGAIN.has(bountyState(this.context, bounty))) this.addBounty(bounty);
  }

  /** Whether it is about a contract. */
  has(id: Uint8Array): boolean {
    return this.found.contracts.has(Buffer.from(id).toString());
  }

  /** How many contracts and blobs it is about. */
  get size(): number {
    return this.found.contracts.size + this.found.blobs.size;
  }

  get contracts(): OwnedContract[] {
    return inOrder(this.found.contracts);
  }

  get files(): FileEntry[] {
    return inOrder(this.found.files);
  }

  get blobs(): BlobEntry[] {
    return inOrder(this.found.blobs);
  }

  get adverts(): AdvertEntry[] {
    return inOrder(this.found.adverts);
  }

  get expired(): BountyEntry[] {
    return inOrder(this.found.expired);
  }
}

/** As the tables have them: the same books give the same plan. */
function inOrder<T>(entries: ReadonlyMap<string, T>): T[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}
