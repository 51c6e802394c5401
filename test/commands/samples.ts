import type {
  AdvertRecord,
  BidRecord,
  BlobRecord,
  BountyRecord,
  ContractRecord,
  FileRecord,
  KeptRecord,
  NodeRecord,
  RootRecord,
  TxRecord,
} from '../../src/lib/rpc/records.js';

export const id = (digit: string): string => digit.repeat(64);
export const ADDRESS = 'hf18xl56ju4g2t3cgjfacndnnn54za0nmhuucv063vvahxt95aeph3qczh6c9';

export const NODE: NodeRecord = {
  type: 'node',
  version: '0.1.0',
  network: 'test',
  network_id: id('1'),
  pid: process.pid,
  height: 7,
  slot: 9,
  tip: id('2'),
  state_root: id('3'),
  head_age_slots: 1,
  synced: true,
  peers: 3,
  peer_id: '12D3KooW',
  addresses: ['/ip4/127.0.0.1/tcp/1'],
  mining: false,
  wallet: 'unlocked',
  blobs: 2,
  blob_bytes: 99,
};

export const TX: TxRecord = { type: 'tx', txid: id('4'), kind: 'transfer', fee_grains: '1500', status: 'pending' };

export function blob(uuid: string, more: Partial<BlobRecord> = {}): BlobRecord {
  return {
    type: 'blob',
    uuid,
    size: 50,
    role: 'owner',
    state: 'live',
    held: false,
    file: '5mwuz5yxisqrnhtrsljs7wkyb4',
    share: 3,
    generation: 0,
    confidence: 2,
    interval_days: 14,
    due_slot: 100,
    paid_grains: '150000000',
    price_grains: '1000000',
    contract: id('5'),
    peer: '12D3KooW',
    prunable_slot: null,
    deck_left: 10,
    ...more,
  };
}

export function bounty(own: string, more: Partial<BountyRecord> = {}): BountyRecord {
  return {
    type: 'bounty',
    bounty: own,
    txid: id('4'),
    role: 'owner',
    state: 'open',
    blob: id('b'),
    contract: null,
    items: 1,
    amount_grains: '1000000',
    opened_slot: 5,
    expires_slot: 50,
    payee: null,
    ...more,
  };
}

export function contract(own: string, more: Partial<ContractRecord> = {}): ContractRecord {
  return {
    type: 'contract',
    contract: own,
    role: 'owner',
    state: 'live',
    blob: id('b'),
    file: '5mwuz5yxisqrnhtrsljs7wkyb4',
    share: 3,
    size: 50,
    price_grains: '1000000',
    peer: '12D3KooW',
    account: ADDRESS,
    start_slot: 10,
    end_slot: 900,
    notice: null,
    notice_told: null,
    paid_until_slot: 90,
    due_slot: 100,
    due_grains: '50000',
    prunable_slot: null,
    confidence: 2,
    interval_days: 14,
    credit_grains: '0',
    max_credit_grains: '1000000',
    deck_left: 10,
    next_payment: 3,
    bounty: id('d'),
    bounty_state: 'open',
    paid_grains: '150000000',
    ...more,
  };
}

export function advert(own: string, more: Partial<AdvertRecord> = {}): AdvertRecord {
  return {
    type: 'advert',
    advert: own,
    lots: 2,
    size: 50,
    term_days: 30,
    reserve_grains: '8333333',
    credit_days: 4,
    opened_slot: null,
    closes_slot: 90,
    reveals_until_slot: null,
    bids: 0,
    state: 'pending',
    mine: true,
    clearing_grains: null,
    winners: [],
    ...more,
  };
}

export function bid(own: string | null, more: Partial<BidRecord> = {}): BidRecord {
  return { type: 'bid', advert: own, price_grains: '6666666', capacity: null, term_days: null, txid: null, ...more };
}

export function file(more: Partial<FileRecord> = {}): FileRecord {
  const shape = { needed: 3, happy: 7, total: 10 };
  return {
    type: 'file',
    storage_index: '5mwuz5yxisqrnhtrsljs7wkyb4',
    name: null,
    size: 99,
    ...shape,
    blobs: [],
    live: 0,
    ...more,
  };
}

export function root(path: string, more: Partial<RootRecord> = {}): RootRecord {
  return {
    ...{ type: 'root', kind: 'blobs', path, state: 'active', blobs: 2, bytes: 50, free_bytes: 10 ** 12 },
    ...{ capacity: null, reserve: 0, skipped: 0, corrupt: 0 },
    ...more,
  };
}

export async function* each<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

export function kept(uuid: string, more: Partial<KeptRecord> = {}): KeptRecord {
  return {
    ...{ type: 'kept', uuid, size: 50, state: 'live', contracts: 1 },
    ...{ earned_grains: '150000000', owed_grains: '500000' },
    ...{ next_slot: 90, next: '2026-11-24T03:00:00Z', next_amount_grains: '1000000' },
    ...{ kept_until_slot: 130, kept_until: '2026-11-25T03:00:00Z', end_slot: 900, bounty: null },
    ...more,
  };
}
