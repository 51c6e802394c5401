import * as v from 'valibot';
import { MAX_AMOUNT } from '../util/amounts.js';
import { Failure } from '../util/errors.js';

const int = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
/** Grains: a decimal string where they come from a file, a bigint where from code. */
const grains = v.pipe(
  v.union([v.bigint(), v.pipe(v.string(), v.regex(/^\d{1,20}$/))]),
  v.transform((value) => BigInt(value)),
  v.minValue(0n),
  v.maxValue(MAX_AMOUNT),
);

/** What an owner decides for its controller. */
export const PolicySchema = v.strictObject({
  /** Peers below which a missing claim is put down to us: an eclipsed owner must not re-upload (threat 17). */
  minPeers: v.optional(int(0, 1000), 3),
  /** What is due but smaller is posted at this, the excess credited: bounty's `dustLimit`. */
  dust: v.optional(grains, 0n),
  /** Reserve of the adverts that the controller makes itself, grains a GiB and network day; null: what the share was last advertised at. */
  maxPrice: v.optional(v.nullable(grains), null),
  /** Their term; null: the last. */
  termDays: v.optional(v.nullable(int(1, 365)), null),
  /** Unpaid credit asked for in a contract, in days at its price: above 28 + 10 %, so that it never shortens the longest interval. */
  maxCreditDays: v.optional(int(1, 365), 35),
  /** Grains a network day that payments and advert fees may take together; null: no limit. */
  spendPerDay: v.optional(v.nullable(grains), null),
  /** Cards dealt at once, and how few left make the controller deal again. */
  deckSize: v.optional(int(1, 1024), 24),
  deckLow: v.optional(int(0, 1024), 8),
  /** Attempts to award a lot before it is advertised again. */
  awardTries: v.optional(int(1, 100), 3),
});

export type Policy = v.InferOutput<typeof PolicySchema>;

/** Throws a usage Failure that names what is wrong. */
export function parsePolicy(input: unknown): Policy {
  const result = v.safeParse(PolicySchema, input);
  if (!result.success) {
    const issue = result.issues[0];
    throw new Failure('usage', `bad policy: ${v.getDotPath(issue) ?? 'file'}: ${issue.message.toLowerCase()}`);
  }
  const policy = result.output;
  if (policy.deckLow >= policy.deckSize) throw new Failure('usage', 'bad policy: deckLow must be below deckSize');
  return policy;
}
