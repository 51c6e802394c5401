import type { Flow } from './purse.js';
import { type Setting, TOTAL } from './setting.js';
import { World } from './world.js';

/** What became of one seat. Amounts in grains, as numbers: for tables, not for ledgers. */
export interface SeatOutcome {
  strategy: string;
  flows: Record<Flow, number>;
  net: number;
  /** Stewards: income under contracts whose bytes it had not kept. */
  unearned: number;
  /** Stewards: what they kept under contracts that ended, and were not paid for. */
  unpaid: number;
  /** Owners: GiB-days in which its files could be had; stewards: that it kept. */
  gibDays: number;
  files: number;
  lost: number;
}

export interface Outcome {
  playing: string;
  stewards: SeatOutcome[];
  owners: SeatOutcome[];
  counts: Record<string, number>;
  contracts: number;
}

/** Runs one world to its end. */
export function outcomeOf(setting: Setting, playing: string): Outcome {
  const world = new World(setting, playing).run();
  const files = [...world.tracked.values()];
  const stewards = world.seats.stewards.map(({ strategy, agent }) => {
    const gibDays = -Number(agent.purse.flows.keep) / agent.cost;
    return {
      ...common(strategy.name, agent.purse),
      unearned: Number(agent.unearned),
      unpaid: Number(agent.unpaid),
      gibDays,
      files: 0,
      lost: 0,
    };
  });
  const owners = world.seats.owners.map(({ strategy, agent }) => {
    const own = files.filter(({ owner }) => owner === agent);
    const gibDays = own.reduce((sum, { days }) => sum + days, 0) * TOTAL * setting.lotGiB;
    const lost = own.filter((file) => file.lost).length;
    return { ...common(strategy.name, agent.purse), unearned: 0, unpaid: 0, gibDays, files: own.length, lost };
  });
  return { playing, stewards, owners, counts: Object.fromEntries(world.counts), contracts: world.signed };
}

function common(strategy: string, purse: { flows: Record<Flow, bigint>; net: bigint }) {
  const entries = Object.entries(purse.flows).map(([flow, amount]) => [flow, Number(amount)]);
  return { strategy, flows: Object.fromEntries(entries) as Record<Flow, number>, net: Number(purse.net) };
}
