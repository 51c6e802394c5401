import * as v from 'valibot';
import { MAX_ITEMS } from '../bounty/batch.js';
import { FUND_MAX } from '../plan/fund.js';

/**
 * What a controller plans over, as the node tells it (plan/types.ts says what each field means), and
 * the acts it asks for. Both cross the socket packed (util/json.ts).
 */
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const int = v.pipe(v.number(), v.safeInteger());
const maybe = <S extends v.GenericSchema>(schema: S) => v.nullable(schema);
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array);
const label = v.pipe(v.string(), v.maxLength(1024));

const PaymentBounty = v.object({
  id,
  state: v.picklist(['pending', 'open', 'claimed', 'settled', 'expired', 'revoked', 'returned', 'failed']),
  items: int,
  position: int,
  amount: v.bigint(),
  openedSlot: maybe(int),
  expiresSlot: maybe(int),
  coversUntilSlot: int,
  revoked: v.boolean(),
});

const OwnerContract = v.object({
  id,
  uuid: id,
  file: maybe(label),
  share: maybe(int),
  account: label,
  size: int,
  price: v.bigint(),
  startSlot: int,
  termSlots: int,
  maxCredit: v.bigint(),
  state: v.picklist(['live', 'dropped', 'mia', 'ended']),
  lost: v.boolean(),
  confidence: int,
  paidUntilSlot: int,
  dueSlot: int,
  credit: v.bigint(),
  payIndex: int,
  attempt: v.picklist([0, 1]),
  bounty: maybe(PaymentBounty),
  deckLeft: int,
  outbox: v.object({ askedSlot: maybe(int), untoldSlot: maybe(int), notice: v.boolean() }),
  spot: v.optional(v.object({ slot: maybe(int), failures: int })),
});

const OwnerBlob = v.object({
  uuid: id,
  size: int,
  file: maybe(label),
  share: maybe(int),
  generation: maybe(int),
  state: v.picklist(['local', 'advertised', 'live', 'mia', 'dropped', 'replaced']),
  held: v.boolean(),
});

const OwnerFile = v.object({ storageIndex: label, needed: int, happy: int, total: int, repairBelow: int });

const OwnerLot = v.object({
  uuid: id,
  state: v.picklist(['waiting', 'awarded', 'failed', 'unfilled']),
  tries: int,
  tried: v.array(label),
});

const OwnerAdvert = v.object({
  id,
  state: v.picklist(['pending', 'open', 'revealing', 'cleared', 'gone', 'failed']),
  reserve: v.bigint(),
  termDays: int,
  closesSlot: int,
  lots: v.array(OwnerLot),
});

const StewardBounty = v.object({ id, expiresSlot: int, fits: maybe(v.boolean()), claimed: v.boolean() });

const StewardContract = v.object({
  id,
  uuid: id,
  size: int,
  price: v.bigint(),
  maxCredit: v.bigint(),
  gracePercent: int,
  startSlot: int,
  termSlots: int,
  state: v.picklist(['live', 'ended', 'pruned']),
  confidence: int,
  earned: v.bigint(),
  lastPaidSlot: int,
  openBounty: maybe(StewardBounty),
  pause: maybe(v.object({ fromSlot: int, slots: int })),
});

const Claimable = v.object({
  id,
  uuids: v.array(id),
  amount: v.bigint(),
  expiresSlot: int,
  fits: maybe(v.boolean()),
  sweeping: v.boolean(),
});

const Advert = v.object({
  from: bytes,
  lots: int,
  size: int,
  term: int,
  reserve: v.bigint(),
  creditDays: int,
  opened: int,
  closes: int,
  revealsUntil: int,
  contact: bytes,
  excluded: v.array(bytes),
  bids: int,
});

const StewardAdvert = v.object({
  id,
  advert: Advert,
  own: v.boolean(),
  bid: maybe(v.picklist(['pending', 'committed', 'revealing', 'revealed'])),
});

const Funder = v.object({ account: int, seq: v.bigint(), amount: v.bigint() });

const Funds = v.object({
  next: int,
  spendable: v.bigint(),
  ready: v.array(Funder),
  coming: v.array(v.bigint()),
  left: v.array(Funder),
  soon: v.array(OwnerContract),
  lots: v.array(v.object({ price: v.bigint(), size: int, count: int })),
  open: maybe(v.object({ amount: v.bigint(), items: int })),
  fees: v.object({ post: v.bigint(), item: v.bigint(), transfer: v.bigint() }),
});

export const SnapshotSchema = v.object({
  /** The genesis, as its file has it. */
  genesis: v.unknown(),
  slot: int,
  height: int,
  synced: v.boolean(),
  peers: int,
  unlocked: v.boolean(),
  /** The wallet's main account. */
  account: maybe(bytes),
  /** Seed of the jitter: 32 bytes from the vault. */
  jitter: maybe(bytes),
  /** The smallest bounty worth posting, at the base fee of now: grains. */
  dust: v.bigint(),
  owner: v.object({
    contracts: v.array(OwnerContract),
    files: v.array(OwnerFile),
    blobs: v.array(OwnerBlob),
    adverts: v.array(OwnerAdvert),
    expired: v.array(v.object({ id })),
    spentToday: v.bigint(),
    turnover: v.object({ spent: v.bigint(), returned: v.bigint(), earned: v.bigint() }),
    /** Not there while the wallet is locked. */
    funds: v.optional(Funds),
  }),
  steward: v.object({
    contracts: v.array(StewardContract),
    adverts: v.array(StewardAdvert),
    claimable: v.array(Claimable),
    /** An unrevealed bid keeps this account out of auctions for now. */
    barred: v.boolean(),
    disk: v.object({ freeBytes: int, committedBytes: int }),
  }),
  /** Where the next page begins; null: there is no more. */
  next: maybe(label),
});

export type Snapshot = v.InferOutput<typeof SnapshotSchema>;

const amount = v.pipe(v.bigint(), v.minValue(0n));
const PayItem = v.object({
  contract: id,
  payIndex: v.pipe(int, v.minValue(0)),
  amount,
  coversUntilSlot: int,
  attempt: v.picklist([0, 1]),
});
export const ActSchema = v.variant('kind', [
  v.object({
    kind: v.literal('settle'),
    contract: id,
    bounty: id,
    confidence: int,
    paidUntilSlot: int,
    dueSlot: int,
    credit: amount,
    spotSlot: v.optional(maybe(int)),
    requestId: label,
  }),
  v.object({ kind: v.literal('revoke'), bounty: id, requestId: label }),
  v.object({ kind: v.literal('mia'), contract: id, uuid: id, requestId: label }),
  v.object({ kind: v.literal('repair'), file: label, share: int, uuid: id, requestId: label }),
  v.object({
    kind: v.literal('deal'),
    uuid: id,
    count: v.pipe(int, v.minValue(1), v.maxValue(1024)),
    requestId: label,
  }),
  v.object({
    kind: v.literal('check'),
    contract: id,
    slot: int,
    counts: v.boolean(),
    againSlot: int,
    requestId: label,
  }),
  v.object({ kind: v.literal('poll'), contract: id, endSlot: maybe(int), requestId: label }),
  v.object({
    kind: v.literal('pay'),
    account: label,
    items: v.pipe(v.array(PayItem), v.minLength(1), v.maxLength(MAX_ITEMS)),
    amount,
    requestId: label,
  }),
  v.object({
    kind: v.literal('fund'),
    first: v.pipe(int, v.minValue(1)),
    amounts: v.pipe(v.array(amount), v.minLength(1), v.maxLength(FUND_MAX)),
    requestId: label,
  }),
  v.object({ kind: v.literal('gather'), account: v.pipe(int, v.minValue(1)), seq: amount, requestId: label }),
  v.object({ kind: v.literal('award'), advert: id, requestId: label }),
  v.object({
    kind: v.literal('advertise'),
    uuids: v.pipe(v.array(id), v.maxLength(256)),
    size: int,
    reserve: amount,
    creditDays: v.pipe(int, v.minValue(4), v.maxValue(60)),
    termDays: int,
    excluded: v.pipe(v.array(label), v.maxLength(256)),
    requestId: label,
  }),
  v.object({ kind: v.literal('end'), contract: id, requestId: label }),
  v.object({ kind: v.literal('sweep'), bounties: v.pipe(v.array(id), v.maxLength(256)), requestId: label }),
  v.object({ kind: v.literal('commit'), advert: id, account: bytes, price: amount, requestId: label }),
  v.object({ kind: v.literal('reveal'), advert: id, requestId: label }),
  v.object({
    kind: v.literal('prune'),
    uuid: id,
    bytes: int,
    reason: v.picklist(['unpaid', 'ended']),
    contracts: v.array(id),
    requestId: label,
  }),
]);

export type Act = v.InferOutput<typeof ActSchema>;
export type ActOf<K extends Act['kind']> = Extract<Act, { kind: K }>;
