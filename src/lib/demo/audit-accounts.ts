import { invariant } from '../util/errors.js';

export interface RentParams {
  minAccount: bigint;
  daySlots: number;
  rentPerDay: bigint;
  rules: { rent?: number | undefined };
}

/** Who has what, and what is in the pool, with rent charged when somebody comes by. */
export class Accounts {
  readonly balances = new Map<string, bigint>();
  pool = 0n;
  private slot = 0;
  private rentSince = 0;
  /** Up to which slot an account has paid rent. */
  private readonly paid = new Map<string, number>();

  constructor(private readonly params: RentParams) {}

  begin(slot: number, height: number): void {
    this.slot = slot;
    if (this.rentSince === 0 && height >= (this.params.rules.rent ?? Number.POSITIVE_INFINITY)) this.rentSince = slot;
  }

  take(account: string, amount: bigint): void {
    const balance = this.charge(account);
    invariant(balance >= amount, 'nobody spends what they do not have');
    this.balances.set(account, balance - amount);
  }

  pay(account: string, amount: bigint): void {
    const balance = this.charge(account);
    if (balance === 0n) this.paid.set(account, this.slot);
    this.balances.set(account, balance + amount);
  }

  payOrPool(account: string, amount: bigint): void {
    const balance = this.charge(account);
    if (balance + amount >= this.params.minAccount) this.pay(account, amount);
    else this.toPool(amount);
  }

  toPool(amount: bigint): void {
    this.pool += amount;
  }

  /** What an account has once its rent is paid: what a node says of it. */
  spendable(account: string): bigint {
    return (this.balances.get(account) ?? 0n) - this.owed(account).rent;
  }

  private charge(account: string): bigint {
    const balance = this.balances.get(account) ?? 0n;
    const { rent, paid } = this.owed(account);
    if (rent === 0n) return balance;
    this.paid.set(account, paid);
    this.balances.set(account, balance - rent);
    this.toPool(rent);
    return balance - rent;
  }

  /** For whole days. Nobody lives long enough in a demo to owe all there is, and to be put out by the ledger's scan. */
  private owed(account: string): { rent: bigint; paid: number } {
    const { daySlots, rentPerDay } = this.params;
    const from = Math.max(this.paid.get(account) ?? 0, this.rentSince);
    const days = this.rentSince > 0 ? Math.max(0, Math.floor((this.slot - from) / daySlots)) : 0;
    const balance = this.balances.get(account) ?? 0n;
    const due = BigInt(days) * rentPerDay;
    invariant(due < balance || balance === 0n || due === 0n, 'nobody is put out');
    return { rent: due < balance ? due : 0n, paid: from + days * daySlots };
  }
}
