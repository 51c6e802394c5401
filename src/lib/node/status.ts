import type { NodeRecord } from '../rpc/records.js';
import { toHex } from '../util/bytes.js';
import { type Context, currentSlot } from './context.js';

/** Blocks' worth of slots without a block, after which the tip is old: by chance once in e^-30. */
const STALE_BLOCKS = 30;

/** Follows the network: caught up with every peer it knows of, and the tip is fresh. Alone, only a miner is that. */
export function isSynced(context: Context): boolean {
  // Books that were restored learn first what happened since; and one wallet runs once.
  return context.books.restored === undefined && context.lookedOut?.() !== false && isCaughtUp(context);
}

/** The same of the ledger alone. */
export function isCaughtUp(context: Context): boolean {
  const { ledger, params } = context;
  const age = currentSlot(context) - ledger.tip.slot;
  if (!context.mining && context.network.peers().length === 0) return false;
  return !context.behind() && age <= STALE_BLOCKS * params.derived.blockSlots;
}

/** How it is, for whoever watches its service. */
export function statusLine(context: Context): string {
  const { ledger, network, joining } = context;
  const peers = network.peers().length;
  const state = joining() ? 'joining' : isSynced(context) ? 'synced' : 'not synced';
  return `height ${ledger.tip.height}, ${peers === 1 ? '1 peer' : `${peers} peers`}, ${state}`;
}

export async function nodeRecord(context: Context): Promise<NodeRecord> {
  const { ledger, params, network, wallet, books } = context;
  const { contracts: blobs, bytes } = books.keptSums.live;
  return {
    type: 'node',
    version: context.version,
    network: params.name,
    network_id: toHex(params.derived.genesisId),
    pid: process.pid,
    height: ledger.tip.height,
    slot: currentSlot(context),
    tip: toHex(ledger.tip.id),
    state_root: toHex(ledger.tip.header.stateRoot),
    head_age_slots: Math.max(0, currentSlot(context) - ledger.tip.slot),
    synced: isSynced(context),
    peers: network.peers().length,
    peer_id: network.peerId,
    addresses: network.addresses(),
    mining: context.mining,
    wallet: await wallet.state(),
    blobs,
    blob_bytes: bytes,
    missing_roots: (await context.blobs.roots.views()).flatMap(({ state, path }) =>
      state === 'missing' ? [path] : [],
    ),
    ...joinRecords(context),
  };
}

/** Where this node joined, and how far it is if it is about to join; nothing for one that came from genesis. */
export function joinRecords({ books, joining }: Context): Pick<NodeRecord, 'checkpoint' | 'joining'> {
  const taken = books.checkpoint;
  const progress = joining();
  return {
    ...(taken?.joined && {
      checkpoint: {
        ...{ height: taken.height, id: toHex(taken.id), chosen: taken.chosen, peers: taken.peers },
        bodies_missing: books.bodiesWanted !== undefined,
      },
    }),
    ...(progress && {
      joining: {
        ...{ height: progress.height, id: toHex(progress.id), peers: progress.peers },
        ...{ headers: progress.headers, headers_wanted: progress.of, headers_checked: progress.checked },
        ...{ entries: progress.entries, percent: Math.floor(100 * progress.state) },
      },
    }),
  };
}
