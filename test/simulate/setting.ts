import { type Params, parseParams } from '../../src/lib/chain/params.js';
import { preset } from '../../src/lib/chain/presets.js';

/** Rules that a test turns off, to show that the cheat they answer succeeds without them. */
export interface Defences {
  /** The challenge's nonce comes before the data. Off: H(data ‖ nonce), the idea as first posted. */
  nonceFirst: boolean;
  /** Shares are sealed for their placement. Off: bare shares, any k of which give the others. */
  sealed: boolean;
  /** A bounty names its payee. Off: a sweep may pay anyone, and the owner, who knows the key too, is faster. */
  payee: boolean;
  /** Only a bounty whose key fits keeps a blob from being pruned. */
  fitsProtects: boolean;
  /** Owners fetch pieces from their stewards now and then (threat 10). */
  spotChecks: boolean;
}

/** All that a run depends on. Prices and costs are grains a GiB and network day. */
export interface Setting {
  seed: string;
  years: number;
  /** Contracts that live at once, about. */
  contracts: number;
  /** What keeping costs the median steward. Others differ by up to `costSpread` of it. */
  cost: number;
  costSpread: number;
  /** What sending a GiB costs the sender, in days of keeping it. */
  transferDays: number;
  /** What serving costs, a part of what keeping costs, as a world before told; null: as it is estimated. */
  servingPart: number | null;
  /** The owners' reserve, as a multiple of what keeping and serving cost the median steward. */
  reserve: number;
  lotGiB: number;
  termDays: number;
  /** What the stewards could keep, as a multiple of what is asked for. */
  capacity: number;
  /** How often an owner reads a file back. */
  readsAYear: number;
  /** Days of debt, at the reserve price, that an advert pays for in advance (`advertFee`). */
  creditDays: number;
  gracePercent: number;
  /** Of the least deposit. */
  depositFactor: number;
  /** Disks that fail, a year and disk. */
  diskAfr: number;
  /** Days that an honest steward stays; Infinity: for good. */
  lifetimeDays: number;
  /** The part of its time that an honest steward is there, and how long an outage lasts. */
  availability: number;
  /** For how long an owner that is away now and then is away. */
  absenceDays: number;
  outageHours: number;
  defences: Defences;
}

export const SAFE: Defences = { nonceFirst: true, sealed: true, payee: true, fitsProtects: true, spotChecks: true };

export const SETTING: Setting = {
  seed: '1',
  years: 1,
  contracts: 300,
  cost: 100_000,
  costSpread: 0.3,
  // A TB of traffic for 1 euro beside 3.2 to 3.8 for a TB and month of storage (an assumption): 8 to 9 days.
  transferDays: 9,
  servingPart: null,
  reserve: 2,
  lotGiB: 1,
  termDays: 180,
  capacity: 2,
  readsAYear: 1,
  creditDays: 10,
  gracePercent: 150,
  depositFactor: 2,
  // Backblaze, Drive Stats for 2024: 1.57 % of all drives.
  diskAfr: 0.0157,
  lifetimeDays: Number.POSITIVE_INFINITY,
  availability: 0.98,
  absenceDays: 3,
  outageHours: 6,
  defences: SAFE,
};

export const NEEDED = 3;
export const TOTAL = 10;
export const HAPPY = 7;

/** The main network's rules: a slot is a second. */
export const PARAMS: Params = parseParams(
  preset('main', { name: 'simulate', salt: '00'.repeat(32), genesisTimeMs: 0 }),
);
export const DAY = PARAMS.daySlots;
/** How often a controller ticks. */
export const TICK = DAY / 4;

/**
 * What an honest bid adds for serving, a part of the cost. Estimated: a share is sent where its file is read, each time by
 * as many as are needed; where a term ends; and about once a year for repairs, decks dealt anew and spot checks.
 */
export function serving({ servingPart, transferDays, readsAYear, termDays }: Setting): number {
  const sendsAYear = (readsAYear * NEEDED) / TOTAL + 365 / termDays + 1;
  return servingPart ?? (transferDays * sendsAYear) / 365;
}

export const grains = (amount: number): bigint => BigInt(Math.round(amount));
