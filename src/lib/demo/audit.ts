import { createHash } from 'node:crypto';
import { toHex, u32be } from '../util/bytes.js';
import { type Cbor, decodeCbor, encodeCbor } from '../util/cbor.js';
import { invariant } from '../util/errors.js';
import { Accounts, type RentParams } from './audit-accounts.js';

/**
 * The ledger's accounts worked out once more from raw block bodies, by code that shares no rule with the
 * ledger's own: money only, no signatures. What it ends with must be what the nodes say.
 */
export interface AuditParams extends RentParams {
  miningReward: bigint;
  powBlocks: number;
  mintRate: [number, number];
  epochSlots: number;
  blocksAYear: number;
  minBaseFee: bigint;
  entryWeight: number;
  bodyBytesMin: number;
  bodyBytesMax: number;
  cycleBytes: number;
  cycleBlocks: number;
  claimWindowSlots: number;
  returnSlots: number;
}

export interface RawBlock {
  slot: number;
  height: number;
  producer: string;
  body: Uint8Array[];
}

export interface Totals {
  mined: bigint;
  minted: bigint;
  balances: bigint;
  bounties: bigint;
  deposits: bigint;
  feePool: bigint;
}

interface Held {
  owner: string;
  amount: bigint;
  expires: number;
}

interface Deposit {
  account: string;
  amount: bigint;
  dueSlot: number;
  revealed: boolean;
}

const tagged = (tag: string, ...parts: Uint8Array[]) => {
  const prefix = createHash('sha256').update(tag).digest();
  const hash = createHash('sha256').update(prefix).update(prefix);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const hex = (value: Cbor) => toHex(value as Uint8Array);
const list = (value: Cbor) => value as Cbor[];
const big = (value: Cbor) => BigInt(value as number | bigint);

export class Audit {
  readonly accounts: Accounts;
  private readonly bounties = new Map<string, Held>();
  private readonly adverts = new Map<string, number>();
  private readonly deposits = new Map<string, Deposit>();
  private mined = 0n;
  private minted = 0n;
  private epoch = 0;
  private epochSupply = 0n;
  private baseFee: bigint;
  /** Of the bodies so far. */
  private readonly sizes: number[] = [];

  constructor(private readonly params: AuditParams) {
    this.baseFee = params.minBaseFee;
    this.accounts = new Accounts(params);
  }

  block({ slot, height, producer, body }: RawBlock): void {
    const epoch = Math.floor(slot / this.params.epochSlots);
    if (epoch !== this.epoch) this.epochSupply = this.mined + this.minted;
    this.epoch = epoch;
    this.accounts.begin(slot, height);
    this.expire(slot);
    let tips = 0n;
    for (const bytes of body) tips += this.transaction(bytes, slot);
    const { minBaseFee } = this.params;
    const reward = this.reward(height);
    const share = this.accounts.pool / 1000n;
    this.accounts.pool -= share;
    this.accounts.payOrPool(producer, reward + share + tips);
    const size = body.reduce((sum, bytes) => sum + bytes.length, 0);
    const limit = this.bodyLimit();
    this.sizes.push(size);
    const step = this.baseFee / 8n || 1n;
    if (2 * size > limit) this.baseFee += step;
    else if (2 * size < limit) this.baseFee = this.baseFee - step > minBaseFee ? this.baseFee - step : minBaseFee;
  }

  /** What the next body may have, from those before it: a cycle's bytes, half of them dealt evenly, and twice the median. */
  private bodyLimit(): number {
    const { bodyBytesMin, bodyBytesMax, cycleBytes, cycleBlocks } = this.params;
    const last = [...new Array(100).fill(0), ...this.sizes].slice(-100).sort((a, b) => a - b);
    const even = Math.floor(cycleBytes / (2 * cycleBlocks));
    const spent = this.sizes.slice(1 - cycleBlocks).reduce((sum, size) => sum + (size > even ? size - even : 0), 0);
    const left = cycleBytes - cycleBlocks * even - spent;
    return Math.min(bodyBytesMax, Math.max(bodyBytesMin, 2 * last[49]), even + left);
  }

  private reward(height: number): bigint {
    const { miningReward, powBlocks, mintRate, blocksAYear } = this.params;
    if (height <= powBlocks) {
      this.mined += miningReward;
      return miningReward;
    }
    const minted = (this.epochSupply * BigInt(mintRate[0])) / (BigInt(mintRate[1]) * BigInt(blocksAYear));
    this.minted += minted;
    return minted;
  }

  totals(): Totals {
    const sum = (values: Iterable<bigint>) => [...values].reduce((total, value) => total + value, 0n);
    return {
      mined: this.mined,
      minted: this.minted,
      balances: sum(this.accounts.balances.values()),
      bounties: sum([...this.bounties.values()].map(({ amount }) => amount)),
      deposits: sum([...this.deposits.values()].map(({ amount }) => amount)),
      feePool: this.accounts.pool,
    };
  }

  /** What is due at a slot goes back: bounties nobody touched, deposits of auctions that are over. */
  private expire(slot: number): void {
    const due: { at: number; run: () => void }[] = [];
    for (const [id, { owner, amount, expires }] of this.bounties) {
      const at = expires + this.params.returnSlots;
      if (at <= slot) due.push({ at, run: () => this.bounties.delete(id) && this.accounts.payOrPool(owner, amount) });
    }
    for (const [id, { account, amount, dueSlot, revealed }] of this.deposits) {
      if (dueSlot > slot) continue;
      const give = () => (revealed ? this.accounts.payOrPool(account, amount) : this.accounts.toPool(amount));
      due.push({ at: dueSlot, run: () => this.deposits.delete(id) && give() });
    }
    for (const { run } of due.sort((a, b) => a.at - b.at)) run();
  }

  private transaction(bytes: Uint8Array, slot: number): bigint {
    const [body] = list(decodeCbor(bytes));
    const [code, , , fee, ...rest] = list(body!);
    const id = tagged('holdfast/tx/v1', encodeCbor(body!));
    const cost = this.apply(Number(code), rest, { id, fee: big(fee!), slot });
    const required = this.baseFee * BigInt(bytes.length + this.params.entryWeight * cost.entries) + cost.consumed;
    invariant(big(fee!) >= required, 'a transaction in a block pays its fee');
    this.accounts.pool += required;
    return big(fee!) - required;
  }

  private apply(code: number, rest: Cbor[], tx: { id: Uint8Array; fee: bigint; slot: number }): Cost {
    switch (code) {
      case 1:
        return this.transfer(rest, tx.fee);
      case 2:
        return this.post(rest, tx);
      case 3:
        return this.sweep(rest, tx.fee);
      case 4:
        return this.revoke(rest, tx.fee);
      case 5:
        return this.advert(rest, tx);
      case 6:
        return this.commit(rest, tx.fee);
      case 7:
        return this.reveal(rest, tx.fee);
      default:
        throw new Error(`a transaction of unknown kind ${code}`);
    }
  }

  private transfer([from, , outputs]: Cbor[], fee: bigint): Cost {
    this.accounts.take(hex(from!), fee);
    const payments = list(outputs!).map((output) => list(output) as [Cbor, Cbor]);
    this.accounts.take(
      hex(from!),
      payments.reduce((sum, [, amount]) => sum + big(amount), 0n),
    );
    for (const [to, amount] of payments) this.accounts.pay(hex(to), big(amount));
    return { entries: list(outputs!).length, consumed: 0n };
  }

  private post([from, , bounties]: Cbor[], { id, fee, slot }: { id: Uint8Array; fee: bigint; slot: number }): Cost {
    this.accounts.take(hex(from!), fee);
    for (const [i, bounty] of list(bounties!).entries()) {
      const [amount, , , duration] = list(bounty);
      this.accounts.take(hex(from!), big(amount!));
      const key = toHex(tagged('holdfast/bounty/v1', id, u32be(i)));
      this.bounties.set(key, { owner: hex(from!), amount: big(amount!), expires: slot + Number(duration) });
    }
    return { entries: 2 * list(bounties!).length, consumed: 0n };
  }

  private sweep([entries]: Cbor[], fee: bigint): Cost {
    const swept = list(entries!);
    const share = fee / BigInt(swept.length);
    for (const [i, entry] of swept.entries()) {
      const [bounty, to] = list(entry);
      const part = i === 0 ? fee - share * BigInt(swept.length - 1) : share;
      this.accounts.pay(hex(to!), this.close(hex(bounty!)) - part);
    }
    return { entries: 0, consumed: 0n };
  }

  private revoke([from, bounties]: Cbor[], fee: bigint): Cost {
    const sum = list(bounties!).reduce((total: bigint, bounty) => total + this.close(hex(bounty)), 0n);
    this.accounts.payOrPool(hex(from!), sum - fee);
    return { entries: 0, consumed: 0n };
  }

  private advert(
    [from, , lots, size, , reserve, credit, closes]: Cbor[],
    { id, fee }: { id: Uint8Array; fee: bigint },
  ): Cost {
    this.accounts.take(hex(from!), fee);
    this.adverts.set(toHex(id), Number(closes) + this.params.claimWindowSlots + 1);
    const days = big(credit!) * big(reserve!) * big(size!) * big(lots!);
    return { entries: 2, consumed: (days + (1n << 30n) - 1n) >> 30n };
  }

  private commit([from, , advert, , deposit]: Cbor[], fee: bigint): Cost {
    this.accounts.take(hex(from!), fee + big(deposit!));
    const dueSlot = this.adverts.get(hex(advert!));
    invariant(dueSlot !== undefined, 'a bid is on an advert');
    const held = { account: hex(from!), amount: big(deposit!), dueSlot, revealed: false };
    this.deposits.set(`${hex(advert!)}/${hex(from!)}`, held);
    return { entries: 4, consumed: 0n };
  }

  private reveal([from, advert]: Cbor[], fee: bigint): Cost {
    const key = `${hex(advert!)}/${hex(from!)}`;
    const held = this.deposits.get(key);
    invariant(held && held.amount >= fee, 'a reveal pays out of its deposit');
    this.deposits.set(key, { ...held, amount: held.amount - fee, revealed: true });
    return { entries: 0, consumed: 0n };
  }

  private close(bounty: string): bigint {
    const held = this.bounties.get(bounty);
    invariant(held, 'what is swept or revoked was posted');
    this.bounties.delete(bounty);
    return held.amount;
  }
}

interface Cost {
  /** New entries of the state that are paid for. */
  entries: number;
  /** Consumed on top (an advert's fee). */
  consumed: bigint;
}

/** A header's slot, height and producer, from its bytes. */
export function readHeader(bytes: Uint8Array): { slot: number; height: number; producer: string } {
  const [, height, slot, , , , , producer] = list(decodeCbor(bytes));
  return { height: Number(height), slot: Number(slot), producer: hex(producer!) };
}
