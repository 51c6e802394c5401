import { type Emission, mintedBy } from './emission.js';
import type { Params } from './params.js';
import { epochOf, firstSlotOf } from './stake/epoch.js';

/** What there is at the end of a network year; year 0 is genesis. In grains, nothing burnt. */
export interface ScheduleYear extends Emission {
  year: number;
  height: number;
  supply: bigint;
}

/** Both ends count. */
interface Run {
  first: number;
  last: number;
}

/**
 * The supply a genesis leads to, year by year, where blocks come exactly as often as expected. An epoch of blocks
 * that each bring the same is added up at once: some hundred steps a year.
 */
export function* schedule(params: Params, years: number): Generator<ScheduleYear> {
  let epoch = 0;
  let epochSupply = 0n;
  let mined = 0n;
  let minted = 0n;
  yield { year: 0, height: 0, supply: 0n, mined, minted };
  for (let year = 1; year <= years; year++) {
    const height = year * params.derived.blocksAYear;
    for (const { first, last } of runs(params, height - params.derived.blocksAYear + 1, height)) {
      const entered = epochOf(params, expectedSlot(params, first));
      if (entered !== epoch) epochSupply = mined + minted;
      epoch = entered;
      const count = BigInt(last - first + 1);
      if (first <= params.powBlocks) mined += count * params.miningReward;
      else minted += mintedBy(params, epochSupply, mined + minted, count);
    }
    yield { year, height, supply: mined + minted, mined, minted };
  }
}

/** Blocks first … last, cut where an epoch ends and where mining does. */
function* runs(params: Params, first: number, last: number): Generator<Run> {
  for (let from = first; from <= last; ) {
    const epochEnd = lastHeightBefore(params, firstSlotOf(params, epochOf(params, expectedSlot(params, from)) + 1));
    const to = Math.min(last, epochEnd, from <= params.powBlocks ? params.powBlocks : last);
    yield { first: from, last: to };
    from = to + 1;
  }
}

/** ⌊height / f⌋. */
function expectedSlot({ f: [num, den] }: Params, height: number): number {
  return Math.floor((height * den) / num);
}

function lastHeightBefore({ f: [num, den] }: Params, slot: number): number {
  return Math.ceil((slot * num) / den) - 1;
}
