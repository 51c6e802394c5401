import type { SupplyRecord, SupplyYearRecord } from '../rpc/records.js';
import { GRAINS_PER_TOKEN } from '../util/amounts.js';
import { type Curve, plotText, writesUtf8 } from './plot.js';

const TICKS = 6;
/** Where the terminal does not say how wide it is. */
const COLUMNS = 80;

/** The schedule year by year, and where the network is now: of what was made, at its place in time. */
export function supplyCurve(
  years: readonly SupplyYearRecord[],
  now?: Pick<SupplyRecord, 'height' | 'supply_grains'>,
): Curve {
  const points = years.map(({ year, supply_grains }) => [year, tokensOf(supply_grains)] as const);
  const step = Math.ceil(years.length / TICKS);
  const ticks = years.filter(({ year }) => year % step === 0).map(({ year }) => year);
  const blocksAYear = years[1]?.height ?? 1;
  const mark = now && ([now.height / blocksAYear, tokensOf(now.supply_grains)] as const);
  return { points, ticks, unit: millions, ...(mark && { mark }) };
}

export async function showSupplyPlot(curve: Curve): Promise<void> {
  const picture = await plotText(curve, process.stdout.columns || COLUMNS, writesUtf8(process.env));
  process.stdout.write(`\nmillions of tokens, by network years of 365 days\n${picture}`);
}

/** For a picture: a double will do. */
const tokensOf = (grains: string) => Number(BigInt(grains)) / Number(GRAINS_PER_TOKEN);

function millions(tokens: number): string {
  const value = tokens / 1e6;
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
