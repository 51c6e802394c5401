import { type Params, parseParams } from '../../src/lib/chain/params.js';
import { type Preset, preset } from '../../src/lib/chain/presets.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { OwnerView } from '../../src/lib/plan/owner.js';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import type {
  Now,
  OwnerAdvert,
  OwnerBlob,
  OwnerContract,
  OwnerOutbox,
  PayAction,
  PayItem,
  PaymentBounty,
  StewardContract,
} from '../../src/lib/plan/types.js';
import { utf8 } from '../../src/lib/util/bytes.js';

export function paramsOf(kind: Preset, name = 'test'): Params {
  return parseParams(preset(kind, { name, salt: '00'.repeat(32), genesisTimeMs: 0 }));
}

export const DEVNET = paramsOf('devnet');
/** A devnet day is 10 slots, its claim window 24, settle depth 8. */
export const DAY = DEVNET.daySlots;

export const nowAt = (slot: number, change: Partial<Now> = {}): Now => ({
  slot,
  height: slot,
  synced: true,
  peers: 5,
  params: DEVNET,
  ...change,
});

export const random = (label: string): Uint8Array => sha256(utf8(label));

/** Asked just now, whenever that is: most plans are not about polls. */
export const OUTBOX: OwnerOutbox = { askedSlot: 10 ** 9, untoldSlot: null, notice: false };

/** 1 GiB at 100 grains a day: 10 grains a slot on the devnet. */
export function contractOf(change: Partial<OwnerContract> = {}): OwnerContract {
  return {
    id: 'c1',
    uuid: 'u1',
    file: 'f',
    share: 1,
    account: 'a1',
    size: 1 << 30,
    price: 100n,
    startSlot: 1000,
    termSlots: 365 * DAY,
    maxCredit: 100_000n,
    state: 'live',
    lost: false,
    confidence: 0,
    paidUntilSlot: 1000,
    dueSlot: 1000 + DAY,
    credit: 0n,
    payIndex: 0,
    attempt: 0,
    bounty: null,
    deckLeft: 20,
    outbox: OUTBOX,
    ...change,
  };
}

export function bountyOf(state: PaymentBounty['state'], change: Partial<PaymentBounty> = {}): PaymentBounty {
  return {
    id: 'b1',
    state,
    items: 1,
    position: 0,
    amount: 100n,
    openedSlot: 1011,
    expiresSlot: 1035,
    coversUntilSlot: 1010,
    revoked: false,
    ...change,
  };
}

/** A payment to the steward of `contractOf`. */
export function payOf(items: PayItem[], account = 'a1'): PayAction {
  const amount = items.reduce((sum, item) => sum + item.amount, 0n);
  return { kind: 'pay', account, items, amount, requestId: `pay/${items[0]!.contract}/${items[0]!.payIndex}` };
}

export function blobOf(change: Partial<OwnerBlob> = {}): OwnerBlob {
  return { uuid: 'u1', size: 1 << 30, file: 'f', share: 1, generation: 0, state: 'live', held: false, ...change };
}

export function advertOf(change: Partial<OwnerAdvert> = {}): OwnerAdvert {
  return {
    id: 'd1',
    state: 'cleared',
    reserve: 500n,
    termDays: 90,
    closesSlot: 900,
    lots: [{ uuid: 'u1', state: 'waiting', tries: 0, tried: [] }],
    ...change,
  };
}

export const POLICY = parsePolicy({ minPeers: 2 });

export function viewOf(slot: number, change: Partial<OwnerView> = {}): OwnerView {
  return {
    now: nowAt(slot),
    contracts: [],
    files: [],
    blobs: [],
    adverts: [],
    expired: [],
    spentToday: 0n,
    turnover: { spent: 0n, returned: 0n, earned: 0n },
    policy: POLICY,
    random,
    ...change,
  };
}

export function keptOf(change: Partial<StewardContract> = {}): StewardContract {
  return {
    id: 'k1',
    uuid: 'u1',
    size: 1 << 30,
    price: 100n,
    maxCredit: 100_000n,
    gracePercent: 150,
    startSlot: 1000,
    termSlots: 365 * DAY,
    state: 'live',
    confidence: 0,
    earned: 0n,
    lastPaidSlot: 1000,
    openBounty: null,
    pause: null,
    ...change,
  };
}
