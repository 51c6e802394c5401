import type { Ledger } from '../chain/ledger.js';
import type { Mempool } from '../chain/mempool.js';
import { type Params, slotAt, slotStartMs } from '../chain/params.js';
import type { JoinProgress } from '../net/joiner/joiner.js';
import type { Network } from '../net/network.js';
import type { BlobStore } from '../store/blobs.js';
import { type Clock, rfc3339 } from '../util/clock.js';
import type { Books } from './books.js';
import type { ChainArea } from './chain-areas.js';
import type { Log } from './log.js';
import type { Wallet } from './wallet.js';

/** The parts that stand when a node runs; every handler is given these and nothing else. */
export interface Context {
  readonly home: string;
  /** Of holdfast itself. */
  readonly version: string;
  /** The genesis, as its file has it. */
  readonly genesis: unknown;
  readonly params: Params;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly mempool: Mempool;
  readonly books: Books;
  readonly blobs: BlobStore;
  readonly wallet: Wallet;
  readonly network: Network;
  /** Called when the tip, the books or the mempool changed. */
  readonly changes: Changes;
  readonly mining: boolean;
  /** Where in the database the ledger lies (chain-areas.ts). */
  readonly chainArea: ChainArea;
  /** Whether a peer claims more work than this node has, or another ledger is being fetched. */
  behind(): boolean;
  /** Whether the peers were asked once if this wallet runs elsewhere; absent: nobody looks out. */
  lookedOut?(): boolean;
  /** Whether most peers say that this machine's clock is wrong; absent: nobody compares it. */
  clockAstray?(): boolean;
  /** While another ledger is being fetched: how far it is. */
  joining(): JoinProgress | undefined;
}

/** The slot that now is. */
export function currentSlot(context: Pick<Context, 'params' | 'clock'>): number {
  return Math.max(0, slotAt(context.params, context.clock.now()));
}

/** When a slot begins, as records have it. */
export function timeOf({ params }: Pick<Context, 'params'>, slot: number): string;
export function timeOf({ params }: Pick<Context, 'params'>, slot: number | null | undefined): string | null;
export function timeOf({ params }: Pick<Context, 'params'>, slot: number | null | undefined): string | null {
  return slot === null || slot === undefined ? null : rfc3339(slotStartMs(params, slot));
}

/** Wakes those who follow the chain. */
export class Changes {
  private readonly listeners = new Set<(change: Change) => void>();

  listen(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The next change; rejects where the signal is aborted first. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error?: unknown) => {
        signal.removeEventListener('abort', aborted);
        stop();
        if (error === undefined) resolve();
        else reject(error);
      };
      const aborted = () => end(signal.reason);
      const stop = this.listen(() => end());
      signal.addEventListener('abort', aborted);
      if (signal.aborted) aborted();
    });
  }

  tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }
}

export type Change =
  | { kind: 'block'; height: number; id: string }
  | { kind: 'reorg'; from: string; to: string; depth: number; forkHeight: number }
  | { kind: 'books' };
