import { creditDaysFor, mostCreditDays } from '../../src/lib/plan/credit.js';
import { Random } from '../sim/random.js';
import { PARAMS, SETTING, type Setting } from './setting.js';

const LEAST_CREDIT_DAYS = creditDaysFor(1, PARAMS);

interface Range {
  from: number;
  to: number;
  whole?: boolean;
}

/**
 * What a sweep goes through. Costs and prices: from a disk at home, whose traffic costs nothing, to clouds that ask as
 * much for sending a GiB as for keeping it for seven weeks (Backblaze B2, 2024: 0.01 $ a GB beside 0.006 $ a GB and
 * month). Disks: the best and the worst models of Backblaze's Drive Stats for 2024, rounded outwards. The rest is what an
 * owner or a steward may set.
 */
export const RANGES = {
  transferDays: { from: 0, to: 50 },
  costSpread: { from: 0.05, to: 0.6 },
  reserve: { from: 1.2, to: 4 },
  termDays: { from: 30, to: 365, whole: true },
  /** Credit days, of the term: as many as stewards take (`mostCreditDays`). */
  creditPart: { from: 1 / 36, to: 1 / 8 },
  capacity: { from: 1.1, to: 4 },
  readsAYear: { from: 0, to: 12 },
  diskAfr: { from: 0.002, to: 0.04 },
  availability: { from: 0.9, to: 0.999 },
  outageHours: { from: 1, to: 48 },
  absenceDays: { from: 1, to: 14, whole: true },
} satisfies Partial<Record<keyof Setting | 'creditPart', Range>>;

export type Swept = keyof typeof RANGES;
export const SWEPT = Object.keys(RANGES) as Swept[];
export type Point = Record<Swept, number>;

/**
 * As many points as seeds, the same for the same number: each parameter takes a value from each of `count` equal parts of
 * its range, in an order of its own (a Latin hypercube; McKay, Beckman and Conover, 1979).
 */
export function points(count: number): Point[] {
  const columns = SWEPT.map((name) => {
    const { from, to, whole }: Range = RANGES[name];
    const random = new Random(`sweep ${count} ${name}`);
    const parts = random.shuffled(Array.from({ length: count }, (_, i) => i));
    return parts.map((part) => {
      const value = from + ((part + random.unit()) / count) * (to - from);
      return whole ? Math.round(value) : Number(value.toPrecision(3));
    });
  });
  return Array.from(
    { length: count },
    (_, i) => Object.fromEntries(SWEPT.map((name, column) => [name, columns[column]![i]!])) as Point,
  );
}

export function settingAt(point: Partial<Point>, seed: number, base: Setting = SETTING): Setting {
  const { creditPart, ...rest } = point;
  const setting = { ...base, ...rest, seed: String(seed) };
  if (creditPart === undefined) return setting;
  const most = mostCreditDays(setting.termDays, PARAMS);
  const least = Math.min(most, LEAST_CREDIT_DAYS);
  return { ...setting, creditDays: Math.min(most, Math.max(least, Math.round(creditPart * setting.termDays))) };
}

/** 0, 1 or 2: in which third of its range a parameter lies. */
export function thirdOf(point: Point, name: Swept): number {
  const { from, to } = RANGES[name];
  return Math.min(2, Math.floor((3 * (point[name] - from)) / (to - from)));
}
