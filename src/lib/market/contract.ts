import * as v from 'valibot';
import { LIMITS } from '../chain/encoding.js';
import type { Address, Hash } from '../chain/types.js';
import { taggedHash } from '../crypto/hash.js';
import { isValidPoint } from '../crypto/scalar.js';
import { MAX_AMOUNT } from '../util/amounts.js';
import { encodeCbor } from '../util/cbor.js';
import { bytes, int, parseWire } from './wire.js';

/** What an owner and a steward agree on about one blob. Never on the ledger. */
export interface Contract {
  /** The genesis id. */
  network: Hash;
  advert: Hash;
  /** The winner's rank in the clearing. */
  lot: number;
  /** SHA-256 of the blob. */
  uuid: Hash;
  /** Bytes. */
  size: number;
  /** Grains a GiB and network day. */
  price: bigint;
  /** Names and payees of the bounties derive from it. */
  secret: Hash;
  /** Q: what the steward revealed. */
  payee: Hash;
  /** Whoever proves that they know it may fetch the blob. */
  readkey: Hash;
  startSlot: number;
  /** The steward waits for max(this share of the interval, claim window + settle depth) beyond the due slot. */
  gracePercent: number;
  /** The unpaid credit that the owner never lets pass, grains. */
  maxCredit: bigint;
  /** Network days. */
  termDays: number;
  /** How far a renewal may move the price. */
  bandPercent: number;
  /** The advert's key: it signs for the owner. */
  contact: Hash;
  /** The account that bid: it signs for the steward. */
  account: Address;
  peer: Uint8Array;
}

const VERSION = 1;
const MAX_BYTES = 2048;

const hash = bytes(32);
const point = v.pipe(
  hash,
  v.check((value) => isValidPoint(value), 'must be a public key'),
);
/** CBOR brings small amounts as numbers, large ones as bigint. */
const grains = v.pipe(
  v.union([int(0), v.bigint()]),
  v.transform((value) => BigInt(value)),
  v.minValue(0n),
  v.maxValue(MAX_AMOUNT),
);

const Wire = v.strictTuple([
  v.literal(VERSION),
  hash, // network
  hash, // advert
  int(0, LIMITS.lots - 1), // lot
  hash, // uuid
  int(1), // size
  grains, // price
  hash, // secret
  point, // payee
  hash, // readkey
  int(0), // startSlot
  int(150, 1000), // gracePercent
  grains, // maxCredit
  int(1, LIMITS.termDays), // termDays
  int(0, 100), // bandPercent
  hash, // contact
  hash, // account
  bytes(1, LIMITS.peer), // peer
]);

/** Deterministic CBOR, about 400 bytes. */
export function encodeContract(c: Contract): Uint8Array {
  return encodeCbor([
    VERSION,
    c.network,
    c.advert,
    c.lot,
    c.uuid,
    c.size,
    c.price,
    c.secret,
    c.payee,
    c.readkey,
    c.startSlot,
    c.gracePercent,
    c.maxCredit,
    c.termDays,
    c.bandPercent,
    c.contact,
    c.account,
    c.peer,
  ]);
}

/** Strict: one canonical form, every field within its bounds. Throws a Failure that says what is wrong. */
export function decodeContract(body: Uint8Array): Contract {
  const wire = parseWire(Wire, body, 'contract', MAX_BYTES);
  const [, network, advert, lot, uuid, size, price, secret, payee, readkey, startSlot] = wire;
  const [, , , , , , , , , , , gracePercent, maxCredit, termDays, bandPercent, contact, account, peer] = wire;
  return {
    ...{ network, advert, lot, uuid, size, price, secret, payee, readkey, startSlot },
    ...{ gracePercent, maxCredit, termDays, bandPercent, contact, account, peer },
  };
}

/** What both sides sign, and what the contract is known by. */
export function contractId(c: Contract): Hash {
  return taggedHash('holdfast/contract/v1', encodeContract(c));
}
