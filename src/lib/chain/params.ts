import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { type Cbor, encodeCbor } from '../util/cbor.js';
import { Failure } from '../util/errors.js';
import { RuleHeights, refuseUnknownRules } from './activation.js';
import { epochSlots } from './stake/epoch.js';
import { leaderConstant } from './stake/logarithm.js';

/** Grains, as JSON carries them: a decimal string. */
const grains = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,18})$/),
  v.transform((text) => BigInt(text)),
);
const int = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** A network is its genesis file: every parameter the rules read, validated together. */
export const ParamsSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/)),
  /** Random, so that two networks of the same parameters differ. */
  salt: hash,
  /** Slot 0 begins here: milliseconds since the Unix epoch. */
  genesisTimeMs: int(0, Number.MAX_SAFE_INTEGER),
  slotMs: int(50, 600_000),
  /** f = numerator / denominator: the share of slots that should bring a block. */
  f: v.tuple([int(1, 1000), int(1, 100_000)]),
  daySlots: int(1, 10_000_000),
  cycleBlocks: int(100, 100_000_000),
  /** No reorganisation goes deeper. */
  k: int(1, 100_000),
  settleDepth: int(1, 100_000),
  /** Slots an advert must stay open at least. */
  auctionSlots: int(1, 100_000_000),
  miningReward: grains,
  powBlocks: int(1, 100_000_000),
  /** r = numerator / denominator: what is minted in a network year (365 days), as a part of the supply. */
  mintRate: v.tuple([int(0, 1_000_000), int(1, 1_000_000)]),
  /** First mining target, hex; a header's scrypt hash must be below it. */
  firstTarget: hash,
  asertHalfLifeSlots: int(1, 10_000_000),
  minAccount: grains,
  /** The least a bond may hold. */
  minBond: grains,
  minBaseFee: grains,
  /** Bytes of weight that an entry added to the state costs. */
  entryWeight: int(0, 100_000),
  /** A body may always have so many bytes, while the cycle's last, and never more than so many. */
  bodyBytesMin: int(1024, 16 * 1024 * 1024),
  bodyBytesMax: int(1024, 16 * 1024 * 1024),
  /** What the bodies of a cycle have together at most. */
  cycleBytes: int(1, Number.MAX_SAFE_INTEGER),
  /** Grains a network day and account, once the rule `rent` is on; 0: none. */
  rentPerDay: grains,
  /** From which heights on rules hold that not every network has. */
  rules: RuleHeights,
  /** Whether owners keep their stewards on distinct /24 and /48 networks (off where all is loopback). */
  spreadAddresses: v.boolean(),
});

export type ParamsJson = v.InferInput<typeof ParamsSchema>;
export type Params = v.InferOutput<typeof ParamsSchema> & { readonly derived: Derived };

/** What follows from the parameters. */
export interface Derived {
  /** The network's id: hash of the canonical genesis. 32 bytes. */
  genesisId: Uint8Array;
  /** max(2 network days, ⌈3k/f⌉ slots): wide enough that no run of hostile producers hides a sweep. */
  claimWindowSlots: number;
  /** A cycle's length in slots at the expected rate. */
  cycleSlots: number;
  /** Slots from one block to the next, as expected: 1/f, rounded up. */
  blockSlots: number;
  /** Seven network days: how long an expired bounty waits before it goes back by itself. */
  returnSlots: number;
  /** ⌊2^256 · −ln(1 − f)⌋: what the leader threshold is made of (stake/threshold.ts). */
  leaderConstant: bigint;
  /** 10k/f. */
  epochSlots: number;
  /** A cycle, and at least four epochs: how long after `unbond` a bond is held, and evidence against it taken. */
  bondSlots: number;
  /** ⌈3k/f⌉ slots without a block, after which a mined one is taken though staking has begun. */
  recoverySlots: number;
  /** Blocks in 365 network days at the expected rate, rounded down. */
  blocksAYear: number;
  /** At multiples of it nodes keep the state that others join from: max(k, ⌊cycle / 16⌋). */
  snapshotBlocks: number;
}

/** At most 2^52 grains are ever mined. */
const MINED_MAX = 1n << 52n;

/** Parses and checks a genesis; throws a usage Failure that names what is wrong. */
export function parseParams(json: unknown): Params {
  refuseUnknownRules(json);
  const result = v.safeParse(ParamsSchema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw new Failure('usage', `bad genesis: ${v.getDotPath(issue) ?? 'file'}: ${issue.message.toLowerCase()}`);
  }
  const p = result.output;
  const [num, den] = p.f;
  // Beyond, 64 terms of the leader threshold's series no longer give 256 bits (stake/threshold.ts).
  if (4 * num > 3 * den) throw new Failure('usage', 'bad genesis: f must be at most 3/4');
  if (p.miningReward * BigInt(p.powBlocks) > MINED_MAX) {
    throw new Failure('usage', 'bad genesis: more than 2^52 grains would be mined');
  }
  if (p.minBond < p.minAccount) throw new Failure('usage', 'bad genesis: minBond must be at least minAccount');
  if (p.minBaseFee < 1n) throw new Failure('usage', 'bad genesis: minBaseFee must be at least 1');
  const [minted, of] = p.mintRate;
  if (minted > of) throw new Failure('usage', 'bad genesis: mintRate must be at most 1');
  const blocksAYear = Math.floor((365 * p.daySlots * num) / den);
  if (blocksAYear < 1) throw new Failure('usage', 'bad genesis: less than a block a year');
  const recoverySlots = Math.ceil((3 * p.k * den) / num);
  const claimWindowSlots = Math.max(2 * p.daySlots, recoverySlots);
  const cycleSlots = Math.floor((p.cycleBlocks * den) / num);
  if (cycleSlots < claimWindowSlots)
    throw new Failure('usage', 'bad genesis: a cycle is shorter than the claim window');
  if (p.bodyBytesMin > p.bodyBytesMax)
    throw new Failure('usage', 'bad genesis: bodyBytesMin is more than bodyBytesMax');
  if (p.cycleBytes < 2048 * p.cycleBlocks)
    throw new Failure('usage', 'bad genesis: cycleBytes must be at least 2 KiB a block');
  const derived = {
    genesisId: genesisId(json as ParamsJson),
    claimWindowSlots,
    cycleSlots,
    blockSlots: Math.ceil(den / num),
    returnSlots: 7 * p.daySlots,
    leaderConstant: leaderConstant(p.f),
    epochSlots: epochSlots(p),
    bondSlots: Math.max(cycleSlots, 4 * epochSlots(p)),
    recoverySlots,
    blocksAYear,
    snapshotBlocks: Math.max(p.k, Math.floor(p.cycleBlocks / 16)),
  };
  return { ...p, derived };
}

/** Objects as lists of names and values, by name. */
function sorted(json: object): Cbor {
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => [
    key,
    Object.getPrototypeOf(value) === Object.prototype ? sorted(value) : value,
  ]);
}

/** SHA-256 over the tagged, key-sorted parameters: white space and key order in the file do not matter. */
export function genesisId(json: ParamsJson): Uint8Array {
  const body = encodeCbor(['holdfast/genesis/v1', sorted(json)]);
  return new Uint8Array(createHash('sha256').update(body).digest());
}

/** The slot that contains a moment; negative before genesis. */
export function slotAt(params: Params, ms: number): number {
  return Math.floor((ms - params.genesisTimeMs) / params.slotMs);
}

/** The moment a slot begins, milliseconds since the Unix epoch. */
export function slotStartMs(params: Params, slot: number): number {
  return params.genesisTimeMs + slot * params.slotMs;
}
