import { halfOf } from '../../src/lib/bounty/batch.js';
import type { Advert, Bid } from '../../src/lib/chain/types.js';
import { clearAdvert } from '../../src/lib/market/clearing.js';
import { assignLots } from '../../src/lib/market/lots.js';
import type { Holder } from '../../src/lib/market/placement.js';
import { afterClaim, firstDueSlot, pauseFor, settleSlots, shareClaim } from '../../src/lib/plan/interval.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import type { Split } from '../../src/lib/plan/pay.js';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import { stewardPlan } from '../../src/lib/plan/steward.js';
import type {
  AdvertiseAction,
  OwnerAction,
  OwnerAdvert,
  OwnerBlob,
  OwnerContract,
  OwnerFile,
  PayAction,
  StewardAction,
  StewardContract,
} from '../../src/lib/plan/types.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { hashOf, revealOf } from '../market/samples.js';
import { DEVNET, nowAt } from './samples.js';

interface LedgerBounty {
  id: string;
  items: { contract: string; uuid: string }[];
  amount: bigint;
  opened: number;
  swept: number | null;
  revoked: boolean;
  /** The steward counted what it earned by it. */
  booked: boolean;
}

interface Auction {
  advert: Advert;
  bids: Map<string, Bid>;
  commits: Set<string>;
  book: OwnerAdvert;
}

export class Steward {
  readonly kept = new Map<string, StewardContract>();
  readonly blobs = new Set<string>();
  alive = true;

  constructor(
    readonly name: string,
    readonly price: bigint,
  ) {}

  get account(): Uint8Array {
    return hashOf(this.name);
  }
}

/** One owner, some stewards and a ledger of the simplest kind, in which only the plans decide what is done. */
export class World {
  slot = 1000;
  readonly done: { slot: number; who: string; action: OwnerAction | StewardAction }[] = [];
  readonly contracts = new Map<string, OwnerContract>();
  readonly blobs = new Map<string, OwnerBlob>();
  readonly auctions = new Map<string, Auction>();
  readonly ledger = new Map<string, LedgerBounty>();
  policy = parsePolicy({ minPeers: 2 });
  peers = 5;
  /** The owner is shown no sweep. */
  eclipsed = false;
  file: OwnerFile = { storageIndex: 'f', needed: 3, happy: 7, total: 10, repairBelow: 10 };

  /** The defences against a bad blob in a batch: to be put out of order by a test. */
  split: Split = halfOf;
  pauseFor: typeof pauseFor = pauseFor;
  /** Stewards sign what they lost. */
  says = true;

  constructor(
    readonly stewards: Steward[],
    readonly seed: string,
  ) {}

  addShare(share: number, generation = 0): string {
    const uuid = `share ${share} generation ${generation}`;
    this.blobs.set(uuid, { uuid, size: 1 << 30, file: 'f', share, generation, state: 'local', held: true });
    return uuid;
  }

  advertise({
    uuids,
    size,
    reserve,
    creditDays,
    termDays,
    excluded,
  }: Omit<AdvertiseAction, 'kind' | 'requestId'>): void {
    const id = `advert ${this.auctions.size}`;
    const closes = this.slot + DEVNET.auctionSlots;
    const advert: Advert = {
      ...{ from: hashOf('owner'), lots: uuids.length, size, term: termDays, reserve, opened: this.slot, closes },
      ...{ creditDays, revealsUntil: closes + DEVNET.derived.claimWindowSlots, contact: hashOf('contact') },
      ...{ excluded: excluded.map((account) => fromHex(account)!), bids: 0 },
    };
    const lots = uuids.map((uuid) => ({ uuid, state: 'waiting' as const, tries: 0, tried: [] }));
    const book: OwnerAdvert = { id, state: 'open', reserve, termDays, closesSlot: closes, lots };
    this.auctions.set(id, { advert, bids: new Map(), commits: new Set(), book });
    for (const uuid of uuids) this.blobs.get(uuid)!.state = 'advertised';
  }

  run(slots: number): void {
    for (const end = this.slot + slots; this.slot < end; this.slot += 1) this.tick();
  }

  private tick(): void {
    this.refresh();
    const view = {
      now: nowAt(this.slot, { peers: this.peers }),
      contracts: [...this.contracts.values()],
      files: [this.file],
      blobs: [...this.blobs.values()],
      adverts: [...this.auctions.values()].map(({ book }) => book),
      expired: [],
      spentToday: 0n,
      turnover: { spent: 0n, returned: 0n, earned: 0n },
      policy: this.policy,
      random: (label: string) => hashOf(`${this.seed} ${label}`),
      split: this.split,
    };
    for (const action of ownerPlan(view)) this.act(action);
    for (const steward of this.stewards.filter(({ alive }) => alive)) this.tend(steward);
  }

  /** What the books would read off the ledger at this slot. */
  private refresh(): void {
    for (const { advert, book } of this.auctions.values()) {
      book.state = this.slot <= advert.closes ? 'open' : this.slot <= advert.revealsUntil ? 'revealing' : 'cleared';
    }
    for (const contract of this.contracts.values()) {
      if (contract.bounty === null) continue;
      const bounty = this.ledger.get(contract.bounty.id)!;
      contract.bounty.state = this.stateOf(this.eclipsed ? { ...bounty, swept: null } : bounty);
      contract.bounty.revoked = bounty.revoked;
    }
  }

  private stateOf(bounty: LedgerBounty) {
    if (bounty.swept !== null) return this.slot - bounty.swept >= settleSlots(DEVNET) ? 'settled' : 'claimed';
    if (this.slot < bounty.opened) return 'pending';
    if (this.slot <= this.expiryOf(bounty)) return 'open';
    return bounty.revoked ? 'revoked' : 'expired';
  }

  private expiryOf({ opened }: LedgerBounty): number {
    return opened + DEVNET.derived.claimWindowSlots;
  }

  private act(action: OwnerAction): void {
    this.done.push({ slot: this.slot, who: 'owner', action });
    switch (action.kind) {
      case 'pay':
        this.pay(action);
        return;
      case 'settle': {
        const { confidence, paidUntilSlot, dueSlot, credit } = action;
        const contract = this.contracts.get(action.contract)!;
        Object.assign(contract, { confidence, paidUntilSlot, dueSlot, credit, bounty: null, attempt: 0 });
        return;
      }
      case 'revoke':
        this.ledger.get(action.bounty)!.revoked = true;
        return;
      case 'mia':
        this.contracts.get(action.contract)!.state = 'mia';
        this.blobs.get(action.uuid)!.state = 'mia';
        return;
      case 'repair':
        this.addShare(action.share, this.blobs.get(action.uuid)!.generation! + 1);
        return;
      case 'advertise':
        this.advertise(action);
        return;
      case 'award':
        this.award(this.auctions.get(action.advert)!);
        return;
      case 'end':
        this.contracts.get(action.contract)!.state = 'ended';
        return;
      case 'poll':
        this.poll(this.contracts.get(action.contract)!);
        return;
      case 'deal':
        for (const contract of this.contracts.values())
          if (contract.uuid === action.uuid) contract.deckLeft = action.count;
    }
  }

  /** A steward that lives says at once what it lost, where it says anything. */
  private poll(contract: OwnerContract): void {
    const steward = this.stewards.find(({ account }) => toHex(account) === contract.account)!;
    contract.lost = this.says && steward.alive && !steward.blobs.has(contract.uuid);
    contract.outbox = { ...contract.outbox, askedSlot: this.slot, untoldSlot: null };
  }

  private pay({ items, amount, requestId: id }: PayAction): void {
    const opened = this.slot + 2;
    const named = items.map(({ contract }) => ({ contract, uuid: this.contracts.get(contract)!.uuid }));
    this.ledger.set(id, { id, items: named, amount, opened, swept: null, revoked: false, booked: false });
    for (const [position, item] of items.entries()) {
      const contract = this.contracts.get(item.contract)!;
      contract.payIndex += 1;
      contract.deckLeft -= 1;
      contract.attempt = item.attempt;
      const expiresSlot = opened + DEVNET.derived.claimWindowSlots;
      contract.bounty = {
        ...{ id, amount: item.amount, items: items.length, position, coversUntilSlot: item.coversUntilSlot },
        ...{ openedSlot: opened, expiresSlot, state: 'pending', revoked: false },
      };
    }
  }

  private award({ advert, bids, book }: Auction): void {
    const { price, winners } = clearAdvert(hashOf(book.id), advert, [...bids.values()]);
    const holder = (account: string): Holder => ({ account, peer: account, address: null });
    const holding = [...this.contracts.values()].filter(({ state }) => state === 'live').map((c) => holder(c.account));
    const candidates = winners.map(({ account }) => holder(toHex(account)));
    const wanted = book.lots.map(({ uuid }) => ({ uuid, file: 'f' }));
    const { placements, unfilled } = assignLots(wanted, candidates, () => holding, DEVNET);
    for (const lot of book.lots) if (unfilled.includes(lot.uuid)) lot.state = 'unfilled';
    for (const { uuid, rank } of placements) {
      const lot = book.lots.find((one) => one.uuid === uuid)!;
      const steward = this.stewards.find(({ account }) => toHex(account) === candidates[rank]!.account)!;
      lot.tries += 1;
      if (!steward.alive) lot.tried.push(toHex(steward.account));
      else {
        lot.state = 'awarded';
        this.sign(uuid, steward, price, advert);
      }
    }
  }

  sign(uuid: string, steward: Steward, price: bigint, { size, term }: Pick<Advert, 'size' | 'term'>): void {
    const id = `contract ${this.contracts.size}`;
    const blob = this.blobs.get(uuid)!;
    const terms = {
      id,
      uuid,
      size,
      price,
      maxCredit: price * 35n,
      startSlot: this.slot,
      termSlots: term * DEVNET.daySlots,
    };
    this.contracts.set(id, {
      ...{
        ...terms,
        file: blob.file,
        share: blob.share,
        account: toHex(steward.account),
        state: 'live',
        lost: false,
        confidence: 0,
      },
      ...{ paidUntilSlot: this.slot, dueSlot: firstDueSlot(this.slot, DEVNET), credit: 0n },
      ...{ payIndex: 0, attempt: 0, bounty: null, deckLeft: 24 },
      outbox: { askedSlot: null, untoldSlot: null, notice: false },
    });
    const fresh = { confidence: 0, earned: 0n, lastPaidSlot: this.slot, openBounty: null, pause: null };
    steward.kept.set(id, { ...terms, state: 'live', gracePercent: 150, ...fresh });
    steward.blobs.add(uuid);
    blob.state = 'live';
    for (const other of this.blobs.values()) {
      if (other.share === blob.share && other.uuid !== uuid) other.state = 'replaced';
    }
  }

  private tend(steward: Steward): void {
    const open = [...this.ledger.values()].filter(
      ({ items, opened }) => this.slot >= opened && items.every(({ contract }) => steward.kept.has(contract)),
    );
    for (const bounty of open) this.book(bounty, steward);
    for (const contract of steward.kept.values()) this.look(contract, open, steward);
    const view = {
      now: nowAt(this.slot),
      contracts: [...steward.kept.values()],
      adverts: [...this.auctions.values()].map(({ advert, bids, commits, book }) => ({
        id: book.id,
        advert,
        own: false,
        bid: bids.has(steward.name) ? ('revealed' as const) : commits.has(steward.name) ? ('committed' as const) : null,
      })),
      standing: { price: steward.price, capacityBytes: 100 * 2 ** 30, termDays: 365 },
      account: steward.account,
      barred: false,
      disk: { freeBytes: 100 * 2 ** 30, committedBytes: steward.blobs.size * 2 ** 30 },
      claimable: open
        .map((bounty) => ({
          ...{ id: bounty.id, uuids: bounty.items.map(({ uuid }) => uuid), amount: bounty.amount },
          ...{
            expiresSlot: this.expiryOf(bounty),
            fits: this.fits(bounty, steward),
            sweeping: bounty.swept !== null && this.stateOf(bounty) !== 'settled',
          },
        }))
        .filter(({ id }) => this.stateOf(this.ledger.get(id)!) !== 'settled'),
    };
    for (const action of stewardPlan(view)) this.serve(steward, action);
  }

  /** One blob that is gone spoils the sum of all answers. */
  private fits({ items }: LedgerBounty, { blobs }: Steward): boolean {
    return items.every(({ uuid }) => blobs.has(uuid));
  }

  /** The steward books a settled claim; grace pauses for what is in a batch with a blob that is gone. */
  private book(bounty: LedgerBounty, steward: Steward): void {
    const { items, amount, opened: openedSlot } = bounty;
    const contracts = items.map(({ contract }) => steward.kept.get(contract)!);
    if (this.stateOf(bounty) === 'settled' && !bounty.booked) {
      bounty.booked = true;
      const parts = shareClaim(contracts, { amount, openedSlot }, DEVNET);
      for (const [i, contract] of contracts.entries())
        Object.assign(contract, afterClaim(contract, { amount: parts[i]!, openedSlot }, DEVNET));
    }
    if (this.stateOf(bounty) !== 'open' || this.fits(bounty, steward)) return;
    for (const contract of contracts) {
      const pause = steward.blobs.has(contract.uuid)
        ? this.pauseFor(contract, { items: items.length, openedSlot }, DEVNET)
        : undefined;
      if (pause) contract.pause = pause;
    }
  }

  /** The steward sees which bounty is open. */
  private look(contract: StewardContract, open: LedgerBounty[], steward: Steward): void {
    const latest = open.filter(({ items }) => items.some((item) => item.contract === contract.id)).at(-1);
    contract.openBounty = null;
    if (latest === undefined || latest.booked) return;
    const fits = this.fits(latest, steward);
    contract.openBounty = { id: latest.id, expiresSlot: this.expiryOf(latest), fits, claimed: latest.swept !== null };
  }

  private serve(steward: Steward, action: StewardAction): void {
    this.done.push({ slot: this.slot, who: steward.name, action });
    if (action.kind === 'sweep') for (const id of action.bounties) this.ledger.get(id)!.swept = this.slot + 2;
    if (action.kind === 'commit') this.auctions.get(action.advert)!.commits.add(steward.name);
    if (action.kind === 'reveal') {
      const bid = {
        account: steward.account,
        commitment: hashOf('c'),
        deposit: 1n,
        reveal: revealOf(steward.name, steward.price),
      };
      this.auctions.get(action.advert)!.bids.set(steward.name, bid);
    }
    if (action.kind === 'prune') {
      steward.blobs.delete(action.uuid);
      for (const id of action.contracts) steward.kept.get(id)!.state = 'pruned';
    }
  }
}
