import { amountDue } from '../../src/lib/bounty/confidence.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { prunableSlot } from '../../src/lib/plan/interval.js';
import type { OwnerAction, OwnerContract } from '../../src/lib/plan/types.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { cardOf } from './bytes.js';
import type { Bounty } from './ledger.js';
import { Owner } from './owner.js';
import { DAY, PARAMS, TOTAL } from './setting.js';

/** An auction, its reveals, and a day to hand the blobs over. */
const MOVING_SLOTS = PARAMS.auctionSlots + PARAMS.derived.claimWindowSlots + DAY;

/**
 * Pays until its stewards trust it so far, then lives on their grace, and moves under a fresh key before
 * they prune (threat 9).
 */
export class Defaulter extends Owner {
  /** Payments it makes before it stops. */
  stopsAt = 3;
  private moves = 0;

  protected override wants(action: OwnerAction): boolean {
    if (action.kind === 'pay') return action.items.every((item) => !this.stopped(this.contracts.get(item.contract)!));
    return action.kind !== 'mia' && action.kind !== 'repair';
  }

  private stopped({ confidence }: OwnerContract): boolean {
    return confidence >= this.stopsAt;
  }

  override owes(contract: OwnerContract, slot: number): bigint {
    return this.stopped(contract) ? 0n : super.owes(contract, slot);
  }

  override tick(slot: number): void {
    if (this.mustMove(slot)) this.move();
    super.tick(slot);
  }

  /** Its own figure for when the first of them is pruned. */
  private mustMove(slot: number): boolean {
    if ([...this.adverts.values()].some(({ book }) => book.state !== 'cleared')) return false;
    const { gracePercent } = this.world.setting;
    const live = [...this.contracts.values()].filter(({ state }) => state === 'live');
    return live.some((contract) => {
      const { price, size, startSlot, paidUntilSlot } = contract;
      const earned = amountDue({ price, size, slots: paidUntilSlot - startSlot, daySlots: DAY });
      const kept = { ...contract, state: 'live' as const, gracePercent, earned, lastPaidSlot: paidUntilSlot };
      return (
        this.stopped(contract) && slot > prunableSlot({ ...kept, openBounty: null, pause: null }, PARAMS) - MOVING_SLOTS
      );
    });
  }

  /** Fetches what it has out there, and begins again as somebody else. */
  private move(): void {
    this.moves += 1;
    const here = [...this.blobs.values()].filter(({ state }) => state === 'live');
    const shares = here.map((blob) => ({ blob, bytes: this.vault.gather(blob.file!, 3, blob.share!) }));
    this.contracts.clear();
    this.adverts.clear();
    this.blobs.clear();
    this.secret = sha256(utf8(`${this.name} fresh ${this.moves}`));
    for (const { storageIndex } of this.files) {
      const own = shares.filter(({ blob }) => blob.file === storageIndex);
      if (own.some(({ bytes }) => bytes === null)) continue;
      this.place(storageIndex, this.moves * TOTAL);
    }
  }
}

/** Never pays: each time, a fresh key. */
export class FreshKeys extends Defaulter {
  override stopsAt = 0;
}

/** Pays once, for a day. */
export class OncePayer extends Defaulter {
  override stopsAt = 1;
}

/** Its bounties' keys fit nothing: the money comes back to it (threat 8). */
export class JunkPoster extends FreshKeys {
  protected override wants(action: OwnerAction): boolean {
    return action.kind === 'pay' || super.wants(action);
  }

  protected override cardFor(card: Uint8Array): Uint8Array {
    return cardOf(card);
  }
}

/** Knows the answers to its own deck: it takes each bounty back the moment a steward proves (threat 3). */
export class Racer extends Owner {
  override sees(bounty: Bounty): void {
    const { ledger } = this.world;
    ledger.revoke(bounty, this.purse);
    ledger.sweep([{ bounty, seeds: this.answersTo(bounty), to: this.purse }]);
  }
}

/** Honest, but its machine is off for some days every two months. */
export class Absent extends Owner {
  override tick(slot: number): void {
    const day = Math.floor(slot / DAY) % 61;
    if (day < 30 || day >= 30 + this.world.setting.absenceDays) super.tick(slot);
  }
}
