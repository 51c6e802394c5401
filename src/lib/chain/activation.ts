import * as v from 'valibot';
import { Failure } from '../util/errors.js';

/**
 * Rules that a network's genesis switches on at a height: below it the older rules hold, from it on the newer. A rule
 * that the genesis does not name is never on. Heights are part of what the network's id covers: all nodes of a network
 * switch together.
 *
 * rent: accounts pay for staying in the state (rent.ts).
 */
const NAMES = ['rent'] as const;
export type RuleName = (typeof NAMES)[number];

const height = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff));

export const RuleHeights = v.strictObject({ rent: v.optional(height) } satisfies Record<RuleName, unknown>);
export type RuleHeights = v.InferOutput<typeof RuleHeights>;

interface Ruled {
  rules: RuleHeights;
}

/** Throws a usage Failure for a rule from a later release: to go on without it would be another network. */
export function refuseUnknownRules(json: unknown): void {
  const rules = (json as { rules?: unknown } | null)?.rules;
  if (typeof rules !== 'object' || rules === null) return;
  const unknown = Object.keys(rules).find((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown === undefined) return;
  throw new Failure(
    'usage',
    `bad genesis: this release does not know the rule ${JSON.stringify(unknown.slice(0, 64))}`,
    'the network needs a newer holdfast',
  );
}

/** Whether a rule holds for the block at a height. */
export function isActive({ rules }: Ruled, name: RuleName, at: number): boolean {
  const from = rules[name];
  return from !== undefined && at >= from;
}

/** The first rule that comes on above a height; null: none does. */
export function nextActivation({ rules }: Ruled, tip: number): { rule: RuleName; height: number } | null {
  const coming = NAMES.flatMap((rule) => {
    const from = rules[rule];
    return from !== undefined && from > tip ? [{ rule, height: from }] : [];
  });
  return coming.sort((a, b) => a.height - b.height)[0] ?? null;
}
