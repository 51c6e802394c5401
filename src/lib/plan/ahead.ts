import { MAX_ITEMS } from '../bounty/batch.js';
import { advertFee, maxCreditOf } from '../chain/rules/advert.js';
import { netOf, type Turnover } from './budget.js';
import { nearsEndSlot } from './due.js';
import type { Funds } from './fund.js';
import { termEnd } from './interval.js';
import { backlogOf, type Lack, lackOf } from './lack.js';
import type { Policy } from './policy.js';
import { type Expected, expectedPayments, type Paying, paidOf, payingOf } from './schedule.js';
import type { Now, OwnerContract, StewardContract } from './types.js';

/** Batches that are put together at once: where there are more, some are counted as two. */
const BATCHES_MAX = 1 << 16;

export interface AheadView {
  now: Pick<Now, 'slot' | 'params'>;
  /** Network days that are looked at, from now on. */
  days: number;
  /** Grains that payments and adverts can be made from. */
  balance: bigint;
  spentToday: bigint;
  turnover: Turnover;
  policy: Pick<Policy, 'spendPerDay' | 'spendTotal' | 'barter' | 'dust'>;
  fees: Pick<Funds['fees'], 'post' | 'item'>;
}

/** What a blob is advertised for where its last contract ends. */
export interface FollowTerms {
  /** Grains a GiB and network day. */
  reserve: bigint;
  creditDays: number;
  termDays: number;
}

export type Limit = 'day' | 'total' | 'barter';

export interface Ahead {
  untilSlot: number;
  /** Payments and adverts until then, fees included; and what contracts kept here are to bring. */
  costs: bigint;
  income: bigint;
  /** Contracts that are paid. */
  contracts: number;
  /** The soonest payment. */
  nextSlot: number | null;
  /** When the balance does not pay for what is due; null: not within these days. */
  balance: Lack | null;
  /** What the policy's limits do not let be paid when it is due, the soonest first. */
  limits: (Lack & { limit: Limit })[];
}

/** What a blob's contract says of what is to come. */
export type AheadContract = Paying & Pick<OwnerContract, 'uuid' | 'account' | 'bounty'>;

/**
 * Adds up by days what contracts will cost and bring, one blob after the other: what it holds does not grow with them.
 * Payments to one steward on one day are one bounty. An estimate: prices of contracts to come are those of now, every
 * payment is claimed, and nobody stops paying.
 */
export class AheadSum {
  readonly untilSlot: number;
  private readonly costs: bigint[];
  /** The first slot of each day at which something is due. */
  private readonly slots: number[];
  private readonly income: bigint[];
  private readonly batches = new Map<string, { day: number; sum: bigint; items: number }>();
  private next = Number.POSITIVE_INFINITY;
  private contracts = 0;

  constructor(readonly view: AheadView) {
    const { now, days } = view;
    this.untilSlot = now.slot + days * now.params.daySlots - 1;
    this.costs = Array.from({ length: days }, () => 0n);
    this.slots = Array.from({ length: days }, (_, day) => now.slot + (day + 1) * now.params.daySlots - 1);
    this.income = Array.from({ length: days }, () => 0n);
  }

  /**
   * A blob's contracts that are paid, one at least, and what follows the last of them.
   *
   * @returns when it is paid: each payment takes a card of its deck
   */
  addBlob(contracts: readonly AheadContract[], follow: FollowTerms | undefined): number[] {
    const { now } = this.view;
    this.contracts += contracts.length;
    const payments = contracts.flatMap((contract) => [...this.pay(contract.account, payingOf(contract, now))]);
    if (follow) payments.push(...this.follow(lastOf(contracts), follow));
    const slots = payments.map(({ slot }) => slot).sort((a, b) => a - b);
    this.next = Math.min(this.next, slots[0] ?? this.next);
    return slots;
  }

  /** A contract that this machine is paid under. */
  addIncome(contract: StewardContract): void {
    const paying = paidOf(contract, this.view.now);
    if (!paying) return;
    for (const { slot, amount } of expectedPayments(paying, this)) this.income[this.dayOf(slot)]! += amount;
  }

  get now(): AheadView['now'] {
    return this.view.now;
  }

  private *pay(account: string, contract: Paying): Generator<Expected, void> {
    for (const payment of expectedPayments(contract, this)) {
      this.batch(account, payment);
      yield payment;
    }
  }

  /** Contracts that follow one another, each advertised before the last ends. */
  private *follow(last: AheadContract, terms: FollowTerms): Generator<Expected, void> {
    const { params, slot } = this.view.now;
    const { size, uuid } = last;
    const advert = { lots: 1, size, reserve: terms.reserve, creditDays: terms.creditDays };
    // A reserve below the old price is what the next steward takes at the most.
    const price = last.price < terms.reserve ? last.price : terms.reserve;
    let old: Pick<Paying, 'startSlot' | 'termSlots'> = last;
    for (;;) {
      const placed = Math.max(nearsEndSlot(old, params), slot);
      if (placed > this.untilSlot) return;
      this.costs[this.dueOn(placed)]! += advertFee(advert);
      const startSlot = Math.max(termEnd(old), placed);
      old = { startSlot, termSlots: terms.termDays * params.daySlots };
      const dueSlot = startSlot + params.daySlots;
      const fresh = { ...old, price, size, maxCredit: maxCreditOf(advert), paidUntilSlot: startSlot };
      yield* this.pay(`after/${uuid}`, { ...fresh, confidence: 0, dueSlot, credit: 0n });
    }
  }

  private dueOn(slot: number): number {
    const day = this.dayOf(slot);
    this.slots[day] = Math.min(slot, this.slots[day]!);
    return day;
  }

  private dayOf(slot: number): number {
    return Math.floor((slot - this.view.now.slot) / this.view.now.params.daySlots);
  }

  private batch(account: string, { slot, amount }: Expected): void {
    const day = this.dueOn(slot);
    const key = `${day}/${account}`;
    const known = this.batches.get(key);
    if (known) {
      known.sum += amount;
      known.items += 1;
      return;
    }
    if (this.batches.size >= BATCHES_MAX) this.close();
    this.batches.set(key, { day, sum: amount, items: 1 });
  }

  private close(): void {
    const { fees, policy } = this.view;
    for (const { day, sum, items } of this.batches.values()) {
      const bounties = BigInt(Math.ceil(items / MAX_ITEMS));
      const least = bounties * policy.dust;
      this.costs[day]! += (sum > least ? sum : least) + bounties * fees.post + (BigInt(items) - bounties) * fees.item;
    }
    this.batches.clear();
  }

  result(): Ahead {
    this.close();
    const nets = this.costs.map((cost, day) => cost - this.income[day]!);
    return {
      untilSlot: this.untilSlot,
      costs: this.costs.reduce((sum, cost) => sum + cost, 0n),
      income: this.income.reduce((sum, one) => sum + one, 0n),
      contracts: this.contracts,
      nextSlot: Number.isFinite(this.next) ? this.next : null,
      balance: lackOf(this.view.balance, nets, this.slots),
      limits: this.limits(nets).sort((a, b) => a.slot - b.slot),
    };
  }

  private limits(nets: readonly bigint[]): Ahead['limits'] {
    const { policy, spentToday, turnover } = this.view;
    const { spendPerDay, spendTotal, barter } = policy;
    const found: [Limit, Lack | null][] = [
      ['day', spendPerDay === null ? null : backlogOf(spendPerDay, spentToday, this.costs, this.slots)],
      [
        'total',
        spendTotal === null ? null : lackOf(spendTotal - (turnover.spent - turnover.returned), this.costs, this.slots),
      ],
      ['barter', barter ? lackOf(netOf(turnover), nets, this.slots) : null],
    ];
    return found.flatMap(([limit, lack]) => (lack === null ? [] : [{ limit, ...lack }]));
  }
}

/** The one that ends last. */
export function lastOf<T extends Pick<Paying, 'startSlot' | 'termSlots'>>(contracts: readonly T[]): T {
  return contracts.reduce((a, b) => (termEnd(b) > termEnd(a) ? b : a));
}
