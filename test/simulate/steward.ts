import { amountDue } from '../../src/lib/bounty/confidence.js';
import { commitmentOf } from '../../src/lib/chain/commitment.js';
import type { Reveal } from '../../src/lib/chain/types.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { checkAward } from '../../src/lib/market/award.js';
import type { Contract } from '../../src/lib/market/contract.js';
import type { Standing } from '../../src/lib/market/standing.js';
import { afterClaim, pauseFor, settleSlots, shareClaim } from '../../src/lib/plan/interval.js';
import { prunePlan } from '../../src/lib/plan/prune.js';
import { stewardPlan } from '../../src/lib/plan/steward.js';
import type { StewardAction, StewardAdvert, StewardContract } from '../../src/lib/plan/types.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { type Auction, type Bounty, Ledger } from './ledger.js';
import { Purse } from './purse.js';
import { DAY, grains, PARAMS, serving, TICK } from './setting.js';
import type { World } from './world.js';

export interface Delivery {
  auction: Auction;
  bytes: Uint8Array;
  share: number;
}

interface Seen {
  bounty: Bounty;
  seeds: (Uint8Array | null)[];
  fits: boolean;
}

const GIB = 2 ** 30;

/** A steward's controller, its disk and its books. */
export class Steward {
  readonly purse = new Purse();
  readonly account: Uint8Array;
  readonly peer: Uint8Array;
  readonly contracts = new Map<string, StewardContract>();
  /** The disk. */
  readonly blobs = new Map<string, { bytes: Uint8Array; size: number; since: number }>();
  readonly seen = new Map<string, Seen>();
  readonly committed = new Map<Auction, Reveal>();
  readonly revealed = new Set<Auction>();
  /** It was given bytes under these and had not kept them. */
  readonly cheated = new Set<string>();
  /** Of its income, what came under contracts whose bytes it did not have. */
  unearned = 0n;
  /** What it had kept by the end of contracts, and was not paid for. */
  unpaid = 0n;
  /** The first slot in which it is there again; Infinity: it is gone. */
  backSlot = 0;
  protected readonly payee: Uint8Array;
  private bookedBytes = 0;

  constructor(
    readonly world: World,
    readonly name: string,
    /** What keeping a GiB for a day costs it. */
    readonly cost: number,
  ) {
    this.account = sha256(utf8(`steward ${name}`));
    this.peer = utf8(name);
    this.payee = world.payee(name);
  }

  /** Bidding its cost is the best that it can do (Vickrey): what keeping takes, and serving. */
  protected price(): number {
    return this.cost * (1 + serving(this.world.setting));
  }

  get standing(): Standing {
    const { capacity, contracts, lotGiB } = this.world.setting;
    const capacityBytes = (capacity * contracts * lotGiB * GIB) / this.world.stewards.length;
    return { price: grains(this.price()), capacityBytes, termDays: 365 };
  }

  isThere(slot: number): boolean {
    return slot >= this.backSlot;
  }

  /** What it does with bytes that it is given. */
  protected keep(uuid: string, { bytes, auction }: Delivery): void {
    this.store(uuid, bytes, auction.advert.size);
  }

  protected store(uuid: string, bytes: Uint8Array, size: number): void {
    if (!this.blobs.has(uuid)) this.blobs.set(uuid, { bytes, size, since: this.world.slot });
  }

  /** Pays for the time that a blob was kept. */
  protected release(uuid: string): void {
    const blob = this.blobs.get(uuid);
    if (blob === undefined) return;
    this.blobs.delete(uuid);
    const days = (this.world.slot - blob.since) / DAY;
    this.purse.add('keep', -grains((this.cost * blob.size * days) / GIB));
  }

  /** All that is on its disk goes: it failed, or its steward left. */
  lose(): void {
    for (const uuid of [...this.blobs.keys()]) this.release(uuid);
  }

  /** Its answer to a nonce, where it can give one. */
  protected answer(uuid: string, nonce: Uint8Array, _length: number): Uint8Array | null {
    const blob = this.blobs.get(uuid);
    return blob === undefined ? null : this.world.challenge.seed(nonce, blob.bytes);
  }

  /** The blob to whoever may read it; sending costs. */
  serve(uuid: string): Uint8Array | null {
    const blob = this.blobs.get(uuid);
    if (blob === undefined || !this.isThere(this.world.slot)) return null;
    this.world.sent(this.purse, blob.size);
    return blob.bytes;
  }

  /** An honest steward signs, when it is asked, that a blob is gone. */
  saysLost(uuid: string): boolean {
    return this.isThere(this.world.slot) && !this.blobs.has(uuid);
  }

  /** Whether a reader would be given the blob, were it asked for. */
  wouldServe(uuid: string): boolean {
    return this.blobs.has(uuid) && this.backSlot !== Number.POSITIVE_INFINITY;
  }

  accept(id: string, contract: Contract, delivery: Delivery): boolean {
    const { slot, setting, ledger } = this.world;
    const { auction } = delivery;
    if (!this.isThere(slot)) return false;
    const reasons = checkAward(contract, {
      ...{ network: PARAMS.derived.genesisId, advertId: auction.key, advert: auction.advert, slot, daySlots: DAY },
      ...{ bids: [...auction.bids.values()], account: this.account, awarded: null },
      ...{ maxGracePercent: Math.max(200, setting.gracePercent) },
    });
    if (reasons.length > 0) return false;
    const uuid = toHex(contract.uuid);
    this.keep(uuid, delivery);
    if (!this.blobs.has(uuid)) this.cheated.add(id);
    const { size, price, maxCredit, gracePercent, startSlot, termDays } = contract;
    this.contracts.set(id, {
      ...{ id, uuid, size, price, maxCredit, gracePercent, startSlot, termSlots: termDays * DAY, state: 'live' },
      ...{ confidence: 0, earned: 0n, lastPaidSlot: startSlot, openBounty: null, pause: null },
    });
    this.bookedBytes += size;
    ledger.watchers.set(id, (bounty) => this.look(bounty));
    return true;
  }

  /** A bounty with a name that it expects. What it can answer it works out once. */
  private look(bounty: Bounty): void {
    if (!this.seen.has(bounty.id)) this.seen.set(bounty.id, { bounty, seeds: [], fits: false });
  }

  tick(slot: number): void {
    if (!this.isThere(slot)) return;
    for (const seen of this.seen.values()) this.follow(seen);
    const daily = slot % DAY < TICK;
    const running = [...this.world.ledger.running];
    if (this.seen.size === 0 && running.length === 0 && !daily) return;
    // What may be pruned changes by the day; looking each time would be most of the simulation's work.
    for (const action of this.plan(slot, daily ? [...this.contracts.values()] : [], running)) this.act(action);
  }

  private plan(slot: number, contracts: StewardContract[], running: readonly Auction[]): StewardAction[] {
    const now = { slot, height: Math.floor(slot / 10), synced: true, peers: 8, params: PARAMS };
    const claimable = [...this.seen.values()].map(({ bounty, fits }) => ({
      ...{ id: bounty.id, uuids: bounty.items.map(({ uuid }) => uuid), amount: bounty.amount },
      ...{ expiresSlot: bounty.expires, fits, sweeping: bounty.swept !== null },
    }));
    const actions = stewardPlan({
      ...{ now, contracts: this.world.setting.defences.fitsProtects ? contracts : [], claimable },
      adverts: running.map((auction) => this.viewOf(auction)),
      standing: this.standing,
      account: this.account,
      barred: slot <= (this.world.ledger.barred.get(toHex(this.account)) ?? -1),
      disk: this.disk(running),
    });
    if (this.world.setting.defences.fitsProtects) return actions;
    return [
      ...actions,
      ...prunePlan({ now, contracts, claimable, protects: ({ expiresSlot }) => slot <= expiresSlot }),
    ];
  }

  private disk(running: readonly Auction[]) {
    const promised = running
      .filter((auction) => this.committed.has(auction))
      .reduce((sum, { advert }) => sum + advert.size, 0);
    const { capacityBytes } = this.standing;
    const committedBytes = this.bookedBytes + promised;
    return { committedBytes, freeBytes: Math.max(0, capacityBytes - committedBytes) };
  }

  private viewOf(auction: Auction): StewardAdvert {
    const bid = this.revealed.has(auction) ? 'revealed' : this.committed.has(auction) ? 'committed' : null;
    return { id: auction.id, advert: auction.advert, own: false, bid };
  }

  /** Answers a new bounty, and books one that settled. */
  private follow(seen: Seen): void {
    const { bounty } = seen;
    const { slot } = this.world;
    if (seen.seeds.length === 0) this.tryOut(seen);
    if (bounty.swept !== null && slot - bounty.swept >= settleSlots(PARAMS)) this.book(seen);
    else if (bounty.swept === null && (slot > bounty.expires || bounty.back !== null)) this.drop(seen);
  }

  private tryOut(seen: Seen): void {
    const { bounty } = seen;
    seen.seeds = bounty.items.map(({ uuid, nonce }) => this.answer(uuid, nonce, this.world.blobBytes));
    seen.fits = Ledger.fits(bounty, seen.seeds);
    const claim = { id: bounty.id, expiresSlot: bounty.expires, fits: seen.fits, claimed: false };
    const missing = bounty.items.some(({ uuid }) => !this.blobs.has(uuid));
    for (const contract of this.partsOf(bounty)) {
      contract.openBounty = claim;
      if (!missing || bounty.items.length === 1) continue;
      const pause = pauseFor(contract, { items: bounty.items.length, openedSlot: bounty.opened }, PARAMS);
      if (pause !== undefined) contract.pause = pause;
    }
  }

  private partsOf({ items }: Bounty): StewardContract[] {
    return items.flatMap(({ contract }) => this.contracts.get(contract) ?? []);
  }

  private book(seen: Seen): void {
    const { bounty } = seen;
    // Paid to somebody else: no payment (threat 8).
    const amount = bounty.to === this.purse ? bounty.amount : 0n;
    const claim = { amount, openedSlot: bounty.opened };
    const contracts = this.partsOf(bounty);
    const parts = amount === 0n ? [] : shareClaim(contracts, claim, PARAMS);
    for (const [i, part] of parts.entries()) {
      const contract = contracts[i]!;
      if (this.cheated.has(contract.id) && !this.blobs.has(contract.uuid)) this.unearned += part;
      Object.assign(contract, afterClaim(contract, { amount: part, openedSlot: bounty.opened }, PARAMS));
    }
    this.drop(seen);
  }

  private drop({ bounty }: Seen): void {
    this.seen.delete(bounty.id);
    for (const contract of this.partsOf(bounty)) {
      if (contract.openBounty?.id === bounty.id) contract.openBounty = null;
    }
  }

  protected wants(_: StewardAction): boolean {
    return true;
  }

  private act(action: StewardAction): void {
    const { ledger } = this.world;
    if (!this.wants(action)) return;
    switch (action.kind) {
      case 'sweep': {
        const entries = action.bounties
          .map((id) => this.seen.get(id)!)
          .map(({ bounty, seeds }) => ({ bounty, seeds, to: this.purse }));
        this.world.sweep(entries);
        for (const { bounty } of entries.filter((entry) => entry.bounty.to === this.purse)) {
          for (const { openBounty } of this.partsOf(bounty)) if (openBounty !== null) openBounty.claimed = true;
        }
        return;
      }
      case 'commit': {
        const auction = ledger.auctions.get(action.advert)!;
        const salt = auction.key;
        const reveal: Reveal = { price: action.price, peer: this.peer, payee: this.payee, salt };
        ledger.commit(auction, this.account, this.purse, commitmentOf(reveal, this.account, auction.key));
        this.committed.set(auction, reveal);
        return;
      }
      case 'reveal': {
        const auction = ledger.auctions.get(action.advert)!;
        ledger.reveal(auction, this.account, this.purse, this.committed.get(auction)!);
        this.revealed.add(auction);
        return;
      }
      case 'prune':
        for (const id of action.contracts) this.close(id);
        this.release(action.uuid);
        if (action.reason === 'unpaid') this.world.count('pruned');
    }
  }

  private close(id: string): void {
    const contract = this.contracts.get(id)!;
    const { price, size, startSlot, earned } = contract;
    const kept = amountDue({ price, size, slots: this.world.slot - startSlot, daySlots: DAY });
    if (kept > earned) this.unpaid += kept - earned;
    this.contracts.delete(id);
    this.bookedBytes -= contract.size;
    this.world.ledger.watchers.delete(id);
  }
}
