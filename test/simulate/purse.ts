/** What moved an agent's money: on the ledger, and outside it (what keeping and sending bytes cost it). */
export type Flow = 'bounty' | 'fee' | 'advert' | 'deposit' | 'keep' | 'send';

/** One agent's account, of which only the changes count: nobody is ever short of money. */
export class Purse {
  readonly flows: Record<Flow, bigint> = { bounty: 0n, fee: 0n, advert: 0n, deposit: 0n, keep: 0n, send: 0n };

  add(flow: Flow, amount: bigint): void {
    this.flows[flow] += amount;
  }

  /** Of the ledger alone. */
  get onLedger(): bigint {
    const { bounty, fee, advert, deposit } = this.flows;
    return bounty + fee + advert + deposit;
  }

  get net(): bigint {
    return this.onLedger + this.flows.keep + this.flows.send;
  }
}
