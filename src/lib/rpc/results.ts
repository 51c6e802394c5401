import type { Method } from './methods.js';
import type * as R from './records.js';

type Empty = Record<string, never>;

/** What each method answers with; of `records` methods, each line. */
interface Known {
  'node.status': R.NodeRecord;
  'node.outlook': Outlook;
  'node.stop': Empty;
  'wallet.unlock': Empty;
  'wallet.address': R.AddressRecord;
  'wallet.balance': R.BalanceRecord;
  'wallet.send': R.TxRecord;
  'wallet.draft': R.DraftRecord;
  'wallet.backup': never;
  'wallet.copies': R.BlobRecord;
  'wallet.restore': R.RestoredRecord;
  'wallet.history': R.HistoryRecord;
  'stake.bond': R.TxRecord;
  'stake.rebond': R.TxRecord;
  'stake.unbond': R.TxRecord;
  'stake.status': R.StakeRecord;
  'file.put': R.FileRecord;
  'file.get': never;
  'file.check': R.CheckRecord;
  'file.repair': R.RepairRecord;
  'file.adopt': R.FileRecord;
  'file.ls': R.FileRecord;
  'file.forget': R.FileRecord;
  'blob.put': R.BlobRecord;
  'blob.get': never;
  'blob.ls': R.BlobRecord;
  'blob.show': R.BlobRecord;
  'blob.check': BlobCheck;
  'blob.scrub': BlobCheck | R.RootRecord;
  'blob.rm': R.BlobRecord;
  'blob.advertise': R.AdvertRecord;
  'bounty.post': R.BountyRecord;
  'bounty.sweep': R.BountyRecord;
  'bounty.revoke': R.BountyRecord;
  'bounty.ls': R.BountyRecord;
  'bounty.show': R.BountyRecord;
  'contract.ls': R.ContractRecord;
  'contract.show': R.ContractRecord;
  'contract.end': R.ContractRecord;
  'market.ls': R.AdvertRecord;
  'market.show': R.AdvertRecord;
  'market.bid': R.BidRecord;
  'steward.prune': R.PruneRecord;
  'steward.attach': R.RootRecord;
  'steward.detach': R.RootRecord;
  'steward.ls': R.RootRecord;
  'steward.blobs': R.KeptRecord;
  'steward.totals': StewardTotals;
  'steward.move': R.MoveRecord | R.RootRecord;
  'owner.ahead': R.ControllerRecord;
  'owner.risks': R.RiskRecord;
  'chain.status': R.ChainRecord;
  'chain.tail': R.BlockRecord | R.ReorgRecord;
  'chain.account': LedgerAccount;
  'chain.raw': RawBlock;
  'chain.block': R.BlockRecord;
  'chain.tx': R.TxRecord;
  'chain.proof': R.ProofRecord;
  'chain.submit': R.TxRecord;
  'chain.supply': R.SupplyRecord;
  'chain.schedule': R.SupplyYearRecord;
}

/** How the node looks from outside. */
export interface Outlook {
  /** Of each peer that answered: how far its clock is ahead of this machine's. */
  clocks_ahead_ms: number[];
  /** TCP ports that others are told of; none: it listens on this machine alone. null: nobody could say. */
  ports: { port: number; reached: boolean | null }[];
  /** The nodes to begin with. */
  bootstrap: { address: string; connected: boolean }[];
}

export interface BlobCheck {
  uuid: string;
  good: boolean;
  reason: string | null;
}

/** What the node knows of the steward's side; the policy file has the rest. */
export type StewardTotals = Omit<
  R.StewardRecord,
  'type' | 'price_grains' | 'capacity' | 'reserve' | 'term_days' | 'min_size' | 'max_size' | 'prune' | 'drain' | 'room'
>;

export interface LedgerAccount {
  balance_grains: string;
  seq: string;
}

export interface RawBlock {
  height: number;
  header: string;
  body: string[];
}

export type Results = { [M in Method]: M extends keyof Known ? Known[M] : object };
