import { sha256 } from '../../src/lib/crypto/hash.js';
import type { OwnerBlob, OwnerFile } from '../../src/lib/plan/types.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { Random } from '../sim/random.js';
import { type Challenge, dataFirst, nonceFirst } from './bytes.js';
import { type Bounty, Ledger } from './ledger.js';
import { mishaps } from './mishaps.js';
import type { Owner } from './owner.js';
import type { Purse } from './purse.js';
import { type Playing, type Seat, seats } from './seats.js';
import { DAY, grains, HAPPY, NEEDED, type Setting, TICK, TOTAL } from './setting.js';
import type { Steward } from './steward.js';

const GIB = 2 ** 30;

interface Copy {
  share: number;
  uuid: string;
  steward: Steward;
}

/** A file as nobody in it sees it: where its shares really are. */
interface Tracked {
  owner: Owner;
  copies: Copy[];
  /** Days in which k shares could be had. */
  days: number;
  placed: boolean;
  lost: boolean;
}

/** Owners, stewards and a ledger in virtual time; all of a run follows from its setting. */
export class World {
  slot = 0;
  readonly ledger: Ledger;
  readonly challenge: Challenge;
  readonly stewards: Steward[];
  readonly owners: Owner[];
  readonly seats: { stewards: Seat<Steward>[]; owners: Seat<Owner>[] };
  readonly counts = new Map<string, number>();
  readonly tracked = new Map<string, Tracked>();
  private readonly byAccount = new Map<string, Steward>();
  private readonly byPurse = new Map<Purse, Owner>();
  private readonly random: Random;
  private contracts = 0;

  constructor(
    readonly setting: Setting,
    readonly playing: Playing,
  ) {
    this.ledger = new Ledger(setting);
    this.challenge = setting.defences.nonceFirst ? nonceFirst : dataFirst;
    this.random = new Random(`simulate ${setting.seed} world`);
    this.seats = seats(this);
    this.stewards = this.seats.stewards.map(({ agent }) => agent);
    this.owners = this.seats.owners.map(({ agent }) => agent);
    for (const steward of this.stewards) this.byAccount.set(toHex(steward.account), steward);
    for (const owner of this.owners) this.byPurse.set(owner.purse, owner);
  }

  /** Bytes of every blob here; what it is said to be is `lotGiB`. */
  get blobBytes(): number {
    return this.setting.defences.sealed ? 80 : 64;
  }

  run(): this {
    const end = Math.round(this.setting.years * 365) * DAY;
    const events = this.seats.stewards
      .flatMap((seat) => mishaps(seat, this.setting, end))
      .sort((a, b) => a.slot - b.slot);
    const start = new Map(this.owners.map((owner) => [owner, this.random.int(0, 30 * 4) * TICK]));
    let next = 0;
    for (; this.slot < end; this.slot += TICK) {
      this.ledger.advance(this.slot);
      while (next < events.length && events[next]!.slot <= this.slot) events[next++]!.happen(this.slot);
      for (const owner of this.owners) {
        const first = start.get(owner)!;
        if (this.slot === first) owner.begin();
        if (this.slot >= first) owner.tick(this.slot);
      }
      for (const steward of this.stewards) steward.tick(this.slot);
      if (this.slot % DAY === 0) this.look();
      this.read();
    }
    this.close();
    return this;
  }

  /** Where every file's shares are, once a day. */
  private look(): void {
    for (const file of this.tracked.values()) {
      if (file.lost) continue;
      file.copies = file.copies.filter(({ steward, uuid }) => steward.blobs.has(uuid));
      const shares = new Set(
        file.copies.filter(({ steward, uuid }) => steward.wouldServe(uuid)).map(({ share }) => share),
      );
      file.placed ||= shares.size >= HAPPY;
      if (shares.size >= NEEDED) file.days += 1;
      else if (file.placed && !file.owner.holds()) file.lost = true;
    }
  }

  /** Now and then an owner wants a file back, from whichever stewards it asks first. */
  private read(): void {
    const chance = (this.setting.readsAYear * TICK) / (365 * DAY);
    for (const { copies } of this.tracked.values()) {
      if (!this.random.chance(chance)) continue;
      const got = new Set<number>();
      for (const { share, uuid, steward } of this.random.shuffled(copies)) {
        if (got.size < NEEDED && !got.has(share) && steward.serve(uuid) !== null) got.add(share);
      }
      this.count(got.size >= NEEDED ? 'read' : 'unreadable');
    }
  }

  /** What is kept and not yet paid for is paid: else whoever is paid late would look poor. */
  private close(): void {
    this.ledger.close();
    for (const steward of this.stewards) {
      for (const blob of steward.blobs.values()) {
        steward.purse.add('keep', -grains((steward.cost * blob.size * (this.slot - blob.since)) / (DAY * GIB)));
      }
    }
    for (const owner of this.owners) {
      for (const contract of owner.contracts.values()) {
        const steward = this.stewardOf(contract.account);
        if (contract.state !== 'live' || !steward.blobs.has(contract.uuid)) continue;
        const owed = owner.owes(contract, this.slot);
        owner.purse.add('bounty', -owed);
        steward.purse.add('bounty', owed);
      }
    }
    this.ledger.check([...this.stewards, ...this.owners].map(({ purse }) => purse));
  }

  stewardOf(account: string): Steward {
    return this.byAccount.get(account)!;
  }

  /** A steward's sweep, seen by every owner before it is in a block. */
  sweep(entries: { bounty: Bounty; seeds: readonly (Uint8Array | null)[]; to: Purse }[]): void {
    for (const { bounty } of entries) this.byPurse.get(bounty.funder)?.sees(bounty);
    this.ledger.sweep(entries.filter(({ bounty }) => bounty.swept === null));
    for (const { bounty } of entries) this.byPurse.get(bounty.funder)?.wakeUp();
  }

  /** From whichever steward has it and serves it. */
  fetch(uuid: string): Uint8Array | null {
    for (const copy of this.fileOf.get(uuid)?.copies ?? []) {
      const bytes = copy.uuid === uuid ? copy.steward.serve(uuid) : null;
      if (bytes !== null) return bytes;
    }
    return null;
  }

  private readonly fileOf = new Map<string, Tracked>();

  placed(owner: Owner, { file, uuid, share }: OwnerBlob, steward: Steward): void {
    const name = `${owner.name} ${file}`;
    const tracked = this.tracked.get(name) ?? { owner, copies: [], days: 0, placed: false, lost: false };
    this.tracked.set(name, tracked);
    tracked.copies.push({ share: share!, uuid, steward });
    this.fileOf.set(uuid, tracked);
  }

  /** Sending is paid for by the sender. */
  sent(purse: Purse, size: number): void {
    const { transferDays, cost } = this.setting;
    purse.add('send', -grains((transferDays * cost * size) / GIB));
  }

  /** Contracts signed so far. */
  get signed(): number {
    return this.contracts;
  }

  nextContract(): string {
    return `c${this.contracts++}`;
  }

  payee(name: string): Uint8Array {
    return sha256(utf8(`payee ${name}`));
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  static filesOf(count: number): OwnerFile[] {
    return Array.from({ length: count }, (_, i) => ({
      ...{ storageIndex: `f${i}`, needed: NEEDED, happy: HAPPY, total: TOTAL, repairBelow: HAPPY },
    }));
  }
}
