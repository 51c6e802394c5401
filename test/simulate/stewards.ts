import type { Hash } from 'node:crypto';
import { rebuild } from './bytes.js';
import type { Auction } from './ledger.js';
import { DAY, NEEDED } from './setting.js';
import { type Delivery, Steward } from './steward.js';

/** To what keeping costs honest ones: low enough to win. */
const UNDERBID = 0.75;

/** Takes the blob, deletes it, and hopes. Bidding less than keeping costs wins it many. */
export class Liar extends Steward {
  override saysLost(): boolean {
    return false;
  }

  protected override price(): number {
    return this.cost * UNDERBID;
  }

  protected override keep(): void {}
}

/** Keeps 32 bytes of a hash's state in place of the data (threat 1). */
export class Midstate extends Steward {
  override saysLost(): boolean {
    return false;
  }

  private readonly states = new Map<string, Hash>();

  protected override price(): number {
    return this.cost * UNDERBID;
  }

  protected override keep(uuid: string, { bytes }: Delivery): void {
    this.states.set(uuid, this.world.challenge.midstate(bytes));
  }

  protected override answer(uuid: string, nonce: Uint8Array, length: number): Uint8Array | null {
    const state = this.states.get(uuid);
    return state === undefined ? null : this.world.challenge.fromMidstate(state, nonce, length);
  }
}

/** What colluders know together: who keeps which share of what came from one auction. */
export class Ring {
  readonly parts = new Map<Auction, Map<number, Uint8Array>>();
  readonly places = new Map<string, { auction: Auction; share: number }>();
}

/** One of an operator's accounts: of each file all of them keep k shares, and claim for every one (threat 5). */
export class Colluder extends Steward {
  override saysLost(): boolean {
    return false;
  }

  ring = new Ring();

  protected override price(): number {
    return this.cost * UNDERBID;
  }

  protected override keep(uuid: string, delivery: Delivery): void {
    const { auction, share, bytes } = delivery;
    const parts = this.ring.parts.get(auction) ?? new Map<number, Uint8Array>();
    this.ring.parts.set(auction, parts);
    this.ring.places.set(uuid, { auction, share });
    if (parts.size >= NEEDED) return;
    parts.set(share, bytes);
    super.keep(uuid, delivery);
  }

  protected override answer(uuid: string, nonce: Uint8Array, length: number): Uint8Array | null {
    const own = super.answer(uuid, nonce, length);
    const place = this.ring.places.get(uuid);
    const parts = place && this.ring.parts.get(place.auction);
    if (own !== null || !parts || parts.size < NEEDED) return own;
    return this.world.challenge.seed(nonce, rebuild(parts, place.share));
  }
}

/** Asks for half as much again once the first terms end. */
export class Raiser extends Steward {
  protected override price(): number {
    const { termDays } = this.world.setting;
    return this.world.slot > (termDays - 5) * DAY ? super.price() * 1.5 : super.price();
  }
}

/** Proves, is paid, and saves the sending: it serves nobody (threat 10). */
export class Withholder extends Steward {
  override serve(): null {
    return null;
  }

  override wouldServe(): boolean {
    return false;
  }
}

/** Bids low everywhere to find prices out, and reveals nothing (threat 12). */
export class Silent extends Steward {
  protected override wants(action: { kind: string }): boolean {
    return action.kind !== 'reveal';
  }
}
