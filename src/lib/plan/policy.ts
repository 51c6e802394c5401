import * as v from 'valibot';
import { MAX_AMOUNT } from '../util/amounts.js';
import { Failure } from '../util/errors.js';

const int = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const bytes = int(0, Number.MAX_SAFE_INTEGER);
/** Grains: a decimal string where they come from a file, a bigint where from code. */
const grains = v.pipe(
  v.union([v.bigint(), v.pipe(v.string(), v.regex(/^\d{1,20}$/))]),
  v.transform((value) => BigInt(value)),
  v.minValue(0n),
  v.maxValue(MAX_AMOUNT),
);

export const DECK_LOW = 8;

/** What an owner decides for its controller. How it is written down says policy-file.ts. */
export const PolicySchema = v.strictObject({
  /** Repair a file with fewer live shares than this; null: what the file itself says, `happy` by default. */
  repairBelow: v.optional(v.nullable(int(1, 256)), null),
  /** Peers below which a missing claim is put down to us: an eclipsed owner must not re-upload (threat 17). */
  minPeers: v.optional(int(0, 1000), 3),
  /** Spot checks in a row, a day apart, at which a steward may fail to serve before it is replaced (threat 10). */
  spotTries: v.optional(int(2, 100), 3),
  /** What is due but smaller is posted at this, the excess credited: bounty's `dustLimit`. */
  dust: v.optional(grains, 0n),
  /** Reserve of the adverts that the controller makes itself, grains a GiB and network day; null: what the share was last advertised at. */
  maxPrice: v.optional(v.nullable(grains), null),
  /** Their term; null: the last. */
  termDays: v.optional(v.nullable(int(1, 365)), null),
  /** Days of debt that those adverts pay for in advance; null: by the term (credit.ts). */
  creditDays: v.optional(v.nullable(int(4, 60)), null),
  /** Grains a network day that payments and advert fees may take together; null: no limit. */
  spendPerDay: v.optional(v.nullable(grains), null),
  /** Grains that they may take in all; null: no limit. */
  spendTotal: v.optional(v.nullable(grains), null),
  /** They may take no more than this machine has earned as a steward: disk for disk. */
  barter: v.optional(v.boolean(), false),
  /** Cards dealt at once, and how few left make the controller deal again. */
  deckSize: v.optional(int(1, 1024), 24),
  deckLow: v.optional(int(0, 1024), DECK_LOW),
  /** Attempts to award a lot before it is advertised again. */
  awardTries: v.optional(int(1, 100), 3),
});

export type Policy = v.InferOutput<typeof PolicySchema>;

/** What a steward decides: what is for sale here, and what becomes of debts. */
export const StewardPolicySchema = v.strictObject({
  /** What keeping costs here, and so the standing bid: grains a GiB and network day; null: no standing bid. */
  price: v.optional(v.nullable(grains), null),
  /** Bytes for sale in all; null: no standing bid. */
  capacityBytes: v.optional(v.nullable(bytes), null),
  /** The longest term. */
  termDays: v.optional(int(1, 365), 365),
  /** Bytes of the disk that new lots leave free, beside what each root keeps for itself. */
  reserveBytes: v.optional(bytes, 0),
  /** Lots of other sizes are not bid for; null: no upper limit. */
  minSize: v.optional(bytes, 1),
  maxSize: v.optional(v.nullable(bytes), null),
  /** Whether the controller deletes what is paid for no more. */
  prune: v.optional(v.boolean(), true),
  /** No bids: contracts run out. */
  drain: v.optional(v.boolean(), false),
});

export type StewardPolicy = v.InferOutput<typeof StewardPolicySchema>;

export interface Policies {
  owner: Policy;
  steward: StewardPolicy;
}

/** Throws a usage Failure that names what is wrong. */
export function parsePolicy(input: unknown, what = 'bad policy'): Policy {
  const policy = checked(PolicySchema, input, what);
  if (policy.deckLow >= policy.deckSize) throw new Failure('usage', `${what}: deckLow must be below deckSize`);
  return policy;
}

export function parseStewardPolicy(input: unknown, what = 'bad policy'): StewardPolicy {
  const policy = checked(StewardPolicySchema, input, what);
  const { price, capacityBytes, minSize, maxSize } = policy;
  if ((price === null) !== (capacityBytes === null))
    throw new Failure('usage', `${what}: price and capacity go together`);
  if (maxSize !== null && maxSize < minSize) throw new Failure('usage', `${what}: maxSize must not be below minSize`);
  return policy;
}

/** What passes the schema; a usage Failure that names the first thing that does not. */
export function checked<S extends v.GenericSchema>(schema: S, input: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Failure('usage', `${what}: ${v.getDotPath(issue) ?? 'file'}: ${issue.message.toLowerCase()}`);
}
