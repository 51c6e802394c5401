import type { Status } from './sync.js';

export interface HeaderSummary {
  id: Uint8Array;
  parent: Uint8Array;
  height: number;
  /** No transactions: the body need not be asked for. */
  empty?: boolean;
}

/** What the synchroniser needs of the ledger. Headers and transactions are in their canonical encoding. */
export interface SyncLedger {
  status(): Status;
  /** Ids of the best chain from the tip back, ever sparser, genesis last. */
  locator(): Uint8Array[];
  has(id: Uint8Array): boolean;
  /** Throws for what is no header. */
  readHeader(bytes: Uint8Array): HeaderSummary;
  /**
   * Checks what a run of headers, each on the one before, proves without bodies: these are asked for only
   * after it (leadership before storage). Throws for a bad one; `orphan` where the first has no parent here.
   */
  checkHeaders(run: Uint8Array[]): Promise<'good' | 'orphan'>;
  /** Of a header that was checked: 1 or 2 for its leader's first and second one for a slot, 3 for any more. */
  placeOf(header: Uint8Array): 1 | 2 | 3;
  /** Throws for an invalid block. */
  addBlock(header: Uint8Array, body: Uint8Array[]): Promise<'known' | 'orphan' | 'side' | 'extended' | 'reorganised'>;
  /** Whether a body is the one a header commits to. */
  fits(header: Uint8Array, body: Uint8Array[]): boolean;
  /** The signed transactions that wait here for a block. */
  waiting(): readonly Uint8Array[];
  /** How bad it is of the sender that a check threw this: points, 100 cut it off; 0 where nobody lied. */
  blame(error: unknown): number;
}

/** What it needs of the network. */
export interface SyncPeers {
  peers(): string[];
  requestStatus(peer: string, signal?: AbortSignal): Promise<Status>;
  requestHeaders(peer: string, locator: Uint8Array[], max: number, signal?: AbortSignal): Promise<Uint8Array[]>;
  requestBodies(peer: string, ids: Uint8Array[], signal?: AbortSignal): AsyncGenerator<Uint8Array[] | undefined>;
  /** The short ids (compact.ts) of a block's transactions; undefined where the peer does not hold it. */
  requestCompact(peer: string, id: Uint8Array, salt: Uint8Array): Promise<Uint8Array | undefined>;
  /** A block's transactions by index, one an index. */
  requestTxs(peer: string, id: Uint8Array, indexes: number[]): Promise<Uint8Array[] | undefined>;
  misbehave(peer: string, points: number, why: string): void;
}
