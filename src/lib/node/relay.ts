import { decodeHeader, encodeHeader } from '../chain/encoding.js';
import { LedgerError } from '../chain/errors.js';
import type { JoinStore } from '../chain/join/join.js';
import type { AddResult } from '../chain/ledger.js';
import type { Params } from '../chain/params.js';
import type { Block } from '../chain/types.js';
import { type SignatureVerifier, verifyHere } from '../crypto/signatures.js';
import { Verified as VerifiedSignatures } from '../crypto/verified.js';
import type { SyncLedger } from '../net/blocksync.js';
import type { Verdict } from '../net/gossip.js';
import { syncLedger } from '../net/ledger-sync.js';
import { areaKey, type Database, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import { toHex } from '../util/bytes.js';
import { BundleVerifier, type Verified } from './bundle-verifier.js';
import { type ChainArea, chainStore } from './chain-areas.js';
import { type Context, currentSlot } from './context.js';
import type { Indexer } from './indexer.js';
import type { SeenAdverts } from './seen.js';
import { logOwnBond } from './stake.js';
import { txIndexWrites } from './tx-index.js';

/** The ledger's part of the node's database; the books move in the same batch as the tip. */
export function ledgerStore(
  params: Params,
  db: Database,
  indexer: Indexer,
  seen: SeenAdverts,
  area: ChainArea = AREAS.CHAIN,
): JoinStore {
  const own = (key: Uint8Array) => areaKey(area, key);
  return {
    ...chainStore(db, area),
    write: (batch, moved) => {
      const { connected, disconnected } = moved;
      const writes = batch.map(([key, value]): Write => [own(key), value]);
      const events = connected.flatMap((block) => block.events);
      const books = [...seen.writes(events), ...indexer.writes(connected, disconnected)];
      return db.write([...writes, ...books, ...txIndexWrites(params, moved)]);
    },
  };
}

/** A peer's pool is megabytes, and most of it is here already. */
const GAP_MS = 5_000;

/** Takes blocks and transactions in, from the network and from this node's own miner. */
export class Relay {
  private readonly verifier: BundleVerifier;
  private taking: Promise<unknown> = Promise.resolve();
  /** Milliseconds since the Unix epoch. */
  private gapsFrom = 0;

  constructor(
    private readonly context: Context,
    verifier: SignatureVerifier = verifyHere,
    known = new VerifiedSignatures(),
  ) {
    this.verifier = new BundleVerifier(context, verifier, known);
  }

  /** One at a time with all changes of the books, since a block changes them too. */
  async addBlock(block: Block): Promise<AddResult> {
    const { books, ledger, mempool, changes } = this.context;
    const from = ledger.tip;
    const result = await books.exclusive(() => ledger.addBlock(block, currentSlot(this.context)));
    if (result.status !== 'extended' && result.status !== 'reorganised') return result;
    mempool.reset(result, currentSlot(this.context));
    const { tip } = ledger;
    const depth = result.disconnected.length;
    if (depth > 0) {
      const forkHeight = tip.height - result.connected.length;
      changes.tell({ kind: 'reorg', from: toHex(from.id), to: toHex(tip.id), depth, forkHeight });
    }
    for (const { header, id, events } of result.connected) {
      logOwnBond(this.context, events);
      changes.tell({ kind: 'block', height: header.height, id: toHex(id) });
    }
    return result;
  }

  /** A block of this node's own is announced once it can be served. */
  async addOwn(block: Block): Promise<AddResult> {
    const result = await this.addBlock(block);
    await this.context.network.publishHeader(encodeHeader(block.header));
    return result;
  }

  /**
   * Their signatures are verified together, then each is tried, whatever became of those before it: a bundle's
   * origin may be ahead of us, or behind. In the order in which bundles came.
   */
  onTxs(from: string, txs: readonly Uint8Array[]): Promise<Verdict> {
    const verified = this.verifier.verify(txs);
    const taken = this.taking.then(async () => this.take(from, await verified));
    this.taking = taken.catch(() => undefined);
    verified.catch(() => undefined);
    return taken;
  }

  private take(from: string, txs: readonly Verified[] | undefined): Verdict {
    if (!txs) return 'reject';
    const { mempool } = this.context;
    let verdict: Verdict = 'ignore';
    for (const { read, bytes, check } of txs) {
      try {
        mempool.take(read, bytes, currentSlot(this.context), check);
        verdict = 'accept';
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        if (error.rule === 'signature') return 'reject';
        if (error.rule === 'seq-high') this.fillGap(from);
      }
    }
    return verdict;
  }

  /** What comes before it was lost on the way here (gossip drops what a busy node is slow to take): its sender has it. */
  private fillGap(from: string): void {
    const now = this.context.clock.now();
    if (now < this.gapsFrom) return;
    this.gapsFrom = now + GAP_MS;
    void this.context.network.fetchPool(from);
  }

  /** The ledger as the synchroniser sees it: what it adds goes the way of every block. */
  syncLedger(): SyncLedger {
    return {
      ...syncLedger(this.context.ledger, () => currentSlot(this.context)),
      waiting: () => this.context.mempool.all().map(({ bytes }) => bytes),
      addBlock: async (header, body) => (await this.addBlock({ header: decodeHeader(header), body })).status,
    };
  }
}
