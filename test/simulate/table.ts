import Table from 'cli-table3';
import type { Setting } from './setting.js';
import type { Row } from './verdict.js';

export interface Summary {
  seed: string;
  commit: string;
  years: number;
  contracts: number;
  files: number;
  lost: number;
  holds: boolean;
  seconds: number;
}

/** It goes into pages and pipes. */
const PLAIN = { head: [], border: [] };

/** Amounts are counted in days of keeping a GiB at the median cost. */
export function printTable(rows: readonly Row[], summary: Summary, { cost }: Setting): void {
  const days = (grains: number) => (grains / cost).toFixed(0);
  const verdict = ({ holds }: Row) => (holds ? 'does not pay' : 'PAYS');
  const gain = (row: Row) => `${(100 * row.gain).toFixed(1)} %`;
  console.log('Means a seat over the run, in GiB-days of keeping at the median cost.');
  const stewards = new Table({
    style: PLAIN,
    head: [
      'steward',
      'seats',
      'earned',
      'fees, deposits',
      'keeping',
      'sending',
      'net',
      'honest here',
      'unearned',
      'gain',
      '',
    ],
  });
  for (const row of rows.filter(({ side }) => side === 'steward')) {
    const { bounty, fee, deposit, keep, send } = row.flows;
    const figures = [bounty, fee + deposit, keep, send, row.net, row.honest, row.unearned].map(days);
    stewards.push([row.strategy, row.seats, ...figures, gain(row), verdict(row)]);
  }
  console.log(stewards.toString());
  const owners = new Table({
    style: PLAIN,
    head: [
      'owner',
      'seats',
      'bounties',
      'fees, adverts',
      'sending',
      'a GiB-day',
      'honest here',
      'files lost',
      'gain',
      '',
    ],
  });
  for (const row of rows.filter(({ side }) => side === 'owner')) {
    const { bounty, fee, advert, send } = row.flows;
    const rate = (paid: number | null) => ((paid ?? 0) / cost).toFixed(3);
    const lost = `${row.lost} of ${row.files}`;
    const figures = [bounty, fee + advert, send].map(days);
    owners.push([
      row.strategy,
      row.seats,
      ...figures,
      rate(row.paid),
      rate(row.honest_paid),
      lost,
      gain(row),
      verdict(row),
    ]);
  }
  console.log(owners.toString());
  const { seed, years, contracts, files, lost, seconds } = summary;
  console.log(`Honest owners: ${lost} of ${files} files lost.`);
  console.log(`Seed ${seed}, ${years} years, ${contracts} contracts, ${seconds} s, commit ${summary.commit}.`);
}
