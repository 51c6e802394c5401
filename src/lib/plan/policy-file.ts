import * as v from 'valibot';
import { formatTokens, parseTokens, priceFromTokens, priceText } from '../util/amounts.js';
import { parseBytes, sizeText } from '../util/durations.js';
import { Failure, isFailure } from '../util/errors.js';
import { checked, type Policies, parsePolicy, parseStewardPolicy } from './policy.js';

/**
 * The policy file as people and scripts write it: an object with a section each for owner and steward. Amounts are
 * text, in tokens (a JSON number would lose grains); a size is text like "20GiB", or a number of bytes.
 */
const int = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Text that one of util's parsers reads; what they say of it is the issue. */
function text<T>(parse: (text: string) => T) {
  return v.pipe(
    v.string('must be text, in quotes'),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        if (!isFailure(error)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
}

const tokens = text(parseTokens);
const price = text(priceFromTokens);
const size = v.union(
  [v.pipe(v.number(), v.safeInteger(), v.minValue(0)), text(parseBytes)],
  'must be a size, like "20GiB"',
);
const days = int(1, 365);

const OwnerSection = v.strictObject({
  repairBelow: v.optional(int(1, 256)),
  minPeers: v.optional(int(0, 1000)),
  maxPrice: v.optional(price),
  termDays: v.optional(days),
  maxCreditDays: v.optional(days),
  spendPerDay: v.optional(tokens),
  spendTotal: v.optional(tokens),
  barter: v.optional(v.boolean()),
  deckSize: v.optional(int(1, 1024)),
  deckLow: v.optional(int(0, 1024)),
  awardTries: v.optional(int(1, 100)),
});

const StewardSection = v.strictObject({
  price: v.optional(price),
  capacity: v.optional(size),
  termDays: v.optional(days),
  reserve: v.optional(size),
  minSize: v.optional(size),
  maxSize: v.optional(size),
  prune: v.optional(v.boolean()),
  drain: v.optional(v.boolean()),
});

const PolicyFileSchema = v.strictObject({
  owner: v.optional(OwnerSection, {}),
  steward: v.optional(StewardSection, {}),
});

/** As it stands in the file. */
export type PolicyJson = v.InferInput<typeof PolicyFileSchema>;

/** At most this long: a few lines are written, and much is not read. */
export const POLICY_BYTES_MAX = 64 * 1024;

/** What the parsed JSON of a policy file says. Throws a usage Failure, one line that begins with `what`. */
export function parsePolicyJson(json: unknown, what = 'bad policy'): Policies {
  // To the schema library an array is an object.
  const { owner: first, steward: second } = (json ?? {}) as Record<string, unknown>;
  if ([json, first, second].some(Array.isArray)) throw new Failure('usage', `${what}: file: an array is no section`);
  const { owner, steward } = checked(PolicyFileSchema, json, what);
  const { capacity: capacityBytes, reserve: reserveBytes, ...rest } = steward;
  return {
    owner: parsePolicy(owner, what),
    steward: parseStewardPolicy({ ...rest, capacityBytes, reserveBytes }, what),
  };
}

export interface StandingBid {
  /** Grains a GiB and network day. */
  price: bigint;
  /** Bytes; undefined: as the file has it. */
  capacity?: number | undefined;
  termDays?: number | undefined;
}

/** The file's content with this standing bid in it, all else as it is. */
export function withStandingBid(json: PolicyJson, bid: StandingBid): PolicyJson {
  const { price, capacity, termDays } = bid;
  return {
    ...json,
    steward: {
      ...json.steward,
      price: priceText(price),
      ...(capacity !== undefined && { capacity: capacity % 1024 === 0 ? sizeText(capacity) : capacity }),
      ...(termDays !== undefined && { termDays }),
    },
  };
}

/** Where nothing is written down. */
export const NO_POLICIES: Policies = parsePolicyJson({});

export interface PolicyValue {
  /** As in the file: owner.spendPerDay. */
  name: string;
  /** As in the file; null: nothing is decided. */
  value: string | null;
}

/** Every value of both sections as the file would have it, what was left out among them. */
export function policyValues({ owner, steward }: Policies): PolicyValue[] {
  const { dust: _own, ...decided } = owner;
  const { capacityBytes, reserveBytes, ...rest } = steward;
  return [
    ...valuesOf('owner', { ...decided, maxPrice: owner.maxPrice === null ? null : priceText(owner.maxPrice) }),
    ...valuesOf('steward', {
      ...{ ...rest, price: steward.price === null ? null : priceText(steward.price) },
      ...{ capacity: capacityBytes, reserve: reserveBytes },
    }),
  ];
}

function valuesOf(section: string, values: Record<string, unknown>): PolicyValue[] {
  return Object.entries(values).map(([name, value]) => ({
    name: `${section}.${name}`,
    value: value === null ? null : typeof value === 'bigint' ? formatTokens(value) : textOf(name, value),
  }));
}

const SIZES: ReadonlySet<string> = new Set(['capacity', 'reserve', 'minSize', 'maxSize']);

function textOf(name: string, value: unknown): string {
  return SIZES.has(name) ? sizeText(value as number) : String(value);
}
