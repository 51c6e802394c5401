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
  spotTries: v.optional(int(2, 100)),
  maxPrice: v.optional(price),
  termDays: v.optional(days),
  creditDays: v.optional(int(4, 60)),
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

/** What a steward decides; what is left out stays as the file has it. */
export interface StewardTerms {
  /** Grains a GiB and network day. */
  price?: bigint | undefined;
  /** Bytes, as are the sizes that follow. */
  capacity?: number | undefined;
  reserve?: number | undefined;
  minSize?: number | undefined;
  maxSize?: number | undefined;
  termDays?: number | undefined;
  prune?: boolean | undefined;
  drain?: boolean | undefined;
}

const SIZES = ['capacity', 'reserve', 'minSize', 'maxSize'] as const;

/** The file's content with these terms in it, all else as it is. */
export function withStewardTerms(json: PolicyJson, terms: StewardTerms): PolicyJson {
  const { price, termDays, prune, drain } = terms;
  const sizes = SIZES.flatMap((name) => (terms[name] === undefined ? [] : [[name, sizeJson(terms[name])]]));
  return {
    ...json,
    steward: {
      ...json.steward,
      ...(price !== undefined && { price: priceText(price) }),
      ...(Object.fromEntries(sizes) as Record<string, string | number>),
      ...(termDays !== undefined && { termDays }),
      ...(prune !== undefined && { prune }),
      ...(drain !== undefined && { drain }),
    },
  };
}

function sizeJson(bytes: number): string | number {
  return bytes > 0 && bytes % 1024 === 0 ? sizeText(bytes) : bytes;
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

function textOf(name: string, value: unknown): string {
  return (SIZES as readonly string[]).includes(name) ? sizeText(value as number) : String(value);
}
