import type { Outcome, SeatOutcome } from './outcome.js';
import type { Flow } from './purse.js';
import { OWNERS, STEWARDS, seatsAlone } from './seats.js';
import type { Setting } from './setting.js';

/**
 * Two worlds with one seed are the same but for the strategy, yet a lot won or lost elsewhere moves what a
 * seat earns. A difference below this part of an honest seat's turnover is taken for that.
 */
const NOISE = 0.01;

/** A strategy that played alone, beside honest agents with the same costs in the same seats. Means a seat. */
export interface Row {
  type: 'strategy';
  side: 'steward' | 'owner';
  strategy: string;
  what: 'failure' | 'cheat';
  seats: number;
  flows: Record<Flow, number>;
  net: number;
  honest: number;
  /** Steward: paid for what it had not kept. */
  unearned: number;
  /** Owner: paid a GiB-day in which the files could be had, and the honest one in its place. */
  paid: number | null;
  honest_paid: number | null;
  /** What the strategy is worth beside being honest, a part of what an honest seat turns over; at most 0, or it pays. */
  gain: number;
  files: number;
  lost: number;
  holds: boolean;
}

const sum = (list: readonly SeatOutcome[], value: (seat: SeatOutcome) => number) =>
  list.reduce((total, seat) => total + value(seat), 0);
const mean = (list: readonly SeatOutcome[], value: (seat: SeatOutcome) => number) => sum(list, value) / list.length;

function flowsOf(seats: readonly SeatOutcome[]): Record<Flow, number> {
  const names = Object.keys(seats[0]!.flows) as Flow[];
  return Object.fromEntries(names.map((name) => [name, mean(seats, ({ flows }) => flows[name])])) as Record<
    Flow,
    number
  >;
}

/** What an owner pays for a GiB and a day in which its files could be had. */
const paidBy = (seats: readonly SeatOutcome[]) => -sum(seats, ({ net }) => net) / sum(seats, ({ gibDays }) => gibDays);

/**
 * A steward's strategy holds its own where it nets more than the honest one in its place, or is paid for
 * bytes that it did not keep. An owner's, where a day of its files' being there costs it less.
 */
export function rowOf(setting: Setting, playing: Outcome, honest: Outcome): Row {
  const side = STEWARDS.some(({ name }) => name === playing.playing) ? 'stewards' : 'owners';
  const strategy = [...STEWARDS, ...OWNERS].find(({ name }) => name === playing.playing)!;
  const places = seatsAlone(side, strategy, playing[side].length, setting);
  const seats = places.map((i) => playing[side][i]!);
  const others = places.map((i) => honest[side][i]!);
  const common = {
    ...{
      type: 'strategy' as const,
      strategy: playing.playing,
      what: strategy.what as Row['what'],
      seats: seats.length,
    },
    ...{ flows: flowsOf(seats), net: mean(seats, ({ net }) => net), honest: mean(others, ({ net }) => net) },
    ...{
      unearned: mean(seats, ({ unearned }) => unearned),
      files: sum(seats, (s) => s.files),
      lost: sum(seats, (s) => s.lost),
    },
  };
  if (side === 'stewards') {
    const turnover = mean(others, ({ flows }) => flows.bounty);
    const gain = (common.net - common.honest) / turnover;
    const holds = gain <= NOISE && common.unearned === 0;
    return { ...common, side: 'steward', paid: null, honest_paid: null, gain, holds };
  }
  const [paid, honestPaid] = [paidBy(seats), paidBy(others)];
  const gain = 1 - paid / honestPaid;
  return { ...common, side: 'owner', paid, honest_paid: honestPaid, gain, holds: gain <= NOISE };
}

/** Files of honest owners, wherever honest owners were. */
export function honestFiles(outcomes: readonly Outcome[]): { files: number; lost: number } {
  const honest = outcomes.flatMap(({ owners }) => owners.filter(({ strategy }) => strategy === 'honest'));
  return { files: sum(honest, ({ files }) => files), lost: sum(honest, ({ lost }) => lost) };
}
