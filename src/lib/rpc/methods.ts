import * as v from 'valibot';
import { LIMITS } from '../chain/encoding.js';
import { COPIES_MAX } from '../wallet/vault-keys.js';

/**
 * Every method of the node's socket, with the schema its parameters must pass. A call is
 * `POST /v1/<method>` with a JSON object; `upload` methods carry their parameters in the
 * X-Holdfast-Params header and bytes in the body; `download` methods answer with bytes;
 * `records` methods answer with NDJSON, one record a line; the rest answer with one JSON object.
 */
const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'));
const ids = v.pipe(v.array(hex32), v.maxLength(100_000));
const grains = v.pipe(
  v.string(),
  v.regex(/^\d{1,20}$/),
  v.transform((text) => BigInt(text)),
  v.maxValue((1n << 64n) - 1n),
);
const int = (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const requestId = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const address = v.pipe(v.string(), v.maxLength(128));
const txBytes = v.pipe(v.string(), v.maxLength(2 * LIMITS.txBytes), v.regex(/^(?:[0-9a-fA-F]{2})+$/));
const cap = v.pipe(v.string(), v.maxLength(4096));
const name = v.pipe(v.string(), v.maxLength(1024));
const happy = v.optional(int(1, 256));
/** On everything that spends: same id, same result, paid once; a plan instead of the act. */
const spending = { requestId: v.optional(requestId), dryRun: v.optional(v.boolean(), false) };
const none = v.strictObject({});
/** How far to look ahead, and of the owner's policy what decides about money and terms. */
const ahead = {
  days: int(1, 365),
  spendPerDay: v.nullable(grains),
  spendTotal: v.nullable(grains),
  barter: v.boolean(),
  maxPrice: v.nullable(grains),
  termDays: v.nullable(int(1, 365)),
  creditDays: v.nullable(int(4, 60)),
  awardTries: int(1, 100),
};
/** A directory: absolute, since the node's own is another than the caller's. */
const dir = v.pipe(v.string(), v.maxLength(4096), v.regex(/^\/[^\0]*$/, 'must be an absolute path'));

export type Shape = 'plain' | 'records' | 'upload' | 'download';
const plain = <S extends v.GenericSchema>(params: S) => ({ params, shape: 'plain' as const });
const records = <S extends v.GenericSchema>(params: S) => ({ params, shape: 'records' as const });
const upload = <S extends v.GenericSchema>(params: S) => ({ params, shape: 'upload' as const });
const download = <S extends v.GenericSchema>(params: S) => ({ params, shape: 'download' as const });

export const METHODS = {
  'node.status': plain(none), // → NodeRecord
  'node.outlook': plain(none), // → Outlook
  'node.stop': plain(none), // → {}

  'wallet.unlock': plain(v.strictObject({ passphrase: v.pipe(v.string(), v.maxLength(4096)) })), // → {}
  'wallet.address': plain(none), // → AddressRecord
  'wallet.balance': plain(none), // → BalanceRecord
  'wallet.send': records(
    v.strictObject({
      to: address,
      amount: grains,
      memo: v.optional(name),
      maxSpend: v.optional(grains),
      ...spending,
    }),
  ), // → TxRecord…
  // By nobody's signature yet. Without `from`, from the main account. → DraftRecord
  'wallet.draft': plain(
    v.strictObject({
      to: address,
      amount: grains,
      from: v.optional(address),
      memo: v.optional(name),
      maxSpend: v.optional(grains),
    }),
  ),
  'wallet.backup': download(none), // sealed under the words' key, to be kept as a file
  // The same as blobs of this owner's, so many copies. → BlobRecord…
  'wallet.copies': records(v.strictObject({ copies: int(1, COPIES_MAX) })),
  // The body is a backup's bytes where it comes from a file. The node then starts anew on what it restored. → RestoredRecord
  'wallet.restore': upload(
    v.strictObject({ from: v.picklist(['file', 'network']), takeOver: v.optional(v.boolean(), false) }),
  ),
  'wallet.history': records(v.strictObject({ kind: v.optional(v.string()), sinceMs: v.optional(int()) })), // → HistoryRecord…

  // More for a bond that is there, or a new one. → TxRecord
  'stake.bond': plain(v.strictObject({ amount: grains, maxSpend: v.optional(grains), ...spending })),
  'stake.rebond': plain(v.strictObject({ maxSpend: v.optional(grains), ...spending })), // → TxRecord
  'stake.unbond': plain(v.strictObject({ maxSpend: v.optional(grains), ...spending })), // → TxRecord
  'stake.status': plain(none), // → StakeRecord

  // Bytes in: a file is encoded, sealed, stored and its decks dealt. → FileRecord with cap
  'file.put': upload(
    v.strictObject({
      name: v.nullable(name),
      needed: int(1, 256),
      happy: int(1, 256),
      total: int(1, 256),
      segmentSize: v.optional(int(1, 1 << 30)),
      privateSeal: v.optional(v.boolean(), false),
      allowEmpty: v.optional(v.boolean(), false),
      dryRun: v.optional(v.boolean(), false),
    }),
  ),
  'file.get': download(v.strictObject({ cap, offset: v.optional(int()), length: v.optional(int()) })),
  // happy: so many good shares are enough, whatever the catalog says. → CheckRecord
  'file.check': plain(v.strictObject({ cap, happy })),
  // all: shares, too, whose stewards do not answer now, but are paid still. → RepairRecord
  'file.repair': plain(
    v.strictObject({
      cap,
      happy,
      all: v.optional(v.boolean(), false),
      dryRun: v.optional(v.boolean(), false),
    }),
  ),
  // Bytes in: a file whose shares a Tahoe grid keeps; the cap is proven, and decks dealt. → FileRecord
  'file.adopt': upload(
    v.strictObject({ cap, name: v.nullable(name), segmentSize: v.optional(int(1, 1 << 30)), happy }),
  ),
  'file.ls': records(v.strictObject({ caps: v.optional(v.boolean(), false) })), // → FileRecord…
  'file.forget': plain(v.strictObject({ file: cap })), // a cap or a storage index → FileRecord

  'blob.put': upload(v.strictObject({ name: v.nullable(name), allowEmpty: v.optional(v.boolean(), false) })), // → BlobRecord
  'blob.get': download(v.strictObject({ uuid: hex32 })),
  'blob.ls': records(
    v.strictObject({ state: v.optional(v.string()), role: v.optional(v.picklist(['owner', 'steward'])) }),
  ), // → BlobRecord…
  'blob.show': plain(v.strictObject({ uuid: hex32 })), // → BlobRecord
  'blob.check': plain(v.strictObject({ uuid: hex32 })), // → { uuid, good, reason }
  // Every blob that is here, at so many bytes a second, or 0. → { uuid, good, reason }… and the RootRecords of missing roots
  'blob.scrub': records(v.strictObject({ rate: int() })),
  'blob.rm': plain(v.strictObject({ uuid: hex32, dryRun: v.optional(v.boolean(), false) })), // → BlobRecord
  // Equal sizes share an advert. → AdvertRecord…
  'blob.advertise': records(
    v.strictObject({
      uuids: ids,
      maxPrice: grains, // a GiB and network day
      termDays: int(1, 365),
      creditDays: v.optional(int(4, 60)), // by default by the term
      maxSpend: v.optional(grains),
      ...spending,
    }),
  ),

  // → BountyRecord
  'bounty.post': plain(
    v.strictObject({
      blob: hex32,
      amount: grains,
      expiresDays: v.optional(int(1, 365)),
      payee: v.optional(address),
      maxSpend: v.optional(grains),
      ...spending,
    }),
  ),
  'bounty.sweep': records(
    v.strictObject({
      bounties: v.optional(ids),
      all: v.optional(v.boolean(), false),
      to: v.optional(address),
      ...spending,
    }),
  ), // → BountyRecord…
  'bounty.revoke': records(
    v.strictObject({ bounties: v.optional(ids), all: v.optional(v.boolean(), false), ...spending }),
  ), // → BountyRecord…
  'bounty.ls': records(
    v.strictObject({
      state: v.optional(v.string()),
      role: v.optional(v.picklist(['owner', 'steward'])),
      blob: v.optional(hex32),
    }),
  ),
  'bounty.show': plain(v.strictObject({ bounty: hex32 })),

  // → ContractRecord…
  'contract.ls': records(
    v.strictObject({
      state: v.optional(v.string()),
      role: v.optional(v.picklist(['owner', 'steward'])),
      blob: v.optional(hex32),
    }),
  ),
  'contract.show': plain(v.strictObject({ contract: hex32 })), // → ContractRecord
  // Notice of one interval, by whichever side this is. → ContractRecord
  'contract.end': plain(v.strictObject({ contract: hex32, dryRun: v.optional(v.boolean(), false) })),

  // Those that stand on the ledger, and this wallet's that wait to. minPrice: a reserve of as much, a GiB and network day. → AdvertRecord…
  'market.ls': records(v.strictObject({ open: v.optional(v.boolean(), false), minPrice: v.optional(grains) })),
  'market.show': plain(v.strictObject({ advert: hex32 })), // → AdvertRecord
  // → BidRecord…
  'market.bid': records(
    v.strictObject({
      adverts: ids,
      price: grains, // a GiB and network day
      maxSpend: v.optional(grains),
      ...spending,
    }),
  ),

  'steward.prune': records(v.strictObject({ freeBytes: v.optional(int()), dryRun: v.optional(v.boolean(), false) })), // → PruneRecord…

  // A directory for blobs, or a Tahoe server's shares; one that is attached already: its limits. → RootRecord
  'steward.attach': plain(
    v.strictObject({ dir, blobs: v.boolean(), capacity: v.optional(v.nullable(int(1))), reserve: v.optional(int()) }),
  ),
  'steward.detach': plain(v.strictObject({ dir, lost: v.optional(v.boolean(), false) })), // → RootRecord
  'steward.ls': records(none), // → RootRecord…
  'steward.blobs': records(none), // → KeptRecord…
  'steward.totals': plain(none), // → of a StewardRecord what the node knows
  'steward.move': records(v.strictObject({ to: dir, from: v.optional(dir), dryRun: v.optional(v.boolean(), false) })), // → MoveRecord… and the RootRecords of missing roots

  // What will run out, under these limits and terms (plan/policy.ts). → ControllerRecord, → RiskRecord…
  'owner.ahead': plain(v.strictObject(ahead)),
  'owner.risks': records(v.strictObject(ahead)),

  'chain.status': plain(none), // → ChainRecord
  'chain.tail': records(v.strictObject({ count: int(0, 10_000), follow: v.optional(v.boolean(), false) })), // → BlockRecord | ReorgRecord
  'chain.account': plain(v.strictObject({ address })), // → { balance_grains, seq }; zero where there is none
  'chain.raw': plain(v.strictObject({ height: int() })), // → { height, header, body: [tx hex…] }
  'chain.block': plain(v.strictObject({ block: v.union([int(), hex32]) })), // a height or an id → BlockRecord
  'chain.tx': plain(v.strictObject({ txid: hex32 })), // → TxRecord
  'chain.proof': records(v.strictObject({ subject: v.union([hex32, address]), bond: v.optional(v.boolean(), false) })), // an id, or an address: of its account, or of its bond → ProofRecord…
  'chain.submit': plain(v.strictObject({ tx: txBytes })), // a signed transaction → TxRecord
  'chain.supply': plain(v.strictObject({ recount: v.optional(v.boolean(), false) })), // → SupplyRecord
  'chain.schedule': records(v.strictObject({ years: int(1, 200) })), // → SupplyYearRecord…, year 0 first

  // For the controller: what it plans over, and the acts it performs.
  // What is due, and what the policies of whoever asks call so; `after`: the page behind another. wait: until what open
  // bounties ask of the blobs here is known; else it is told when it is, by `books.follow`. → Snapshot
  'books.snapshot': plain(
    v.strictObject({
      deckLow: v.optional(int(0, 1024)),
      repairBelow: v.optional(int(1, 256)),
      after: v.optional(v.pipe(v.string(), v.maxLength(1024), v.regex(/^\d{1,2}\/(?:[0-9a-f]{2})*$/))),
      wait: v.optional(v.boolean(), true),
    }),
  ),
  // A line each time the tip or the books changed.
  'books.follow': records(none),
  'books.act': plain(v.strictObject({ act: v.looseObject({ kind: v.string() }), requestId })),
} as const;

export type Method = keyof typeof METHODS;
export type MethodInput<M extends Method> = v.InferInput<(typeof METHODS)[M]['params']>;
export type MethodParams<M extends Method> = v.InferOutput<(typeof METHODS)[M]['params']>;
export type MethodsOf<S extends Shape> = { [M in Method]: (typeof METHODS)[M]['shape'] extends S ? M : never }[Method];
