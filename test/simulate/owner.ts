import { amountDue, owedBeyond } from '../../src/lib/bounty/confidence.js';
import { cardsLeft, type Deck, drawCard } from '../../src/lib/bounty/deck.js';
import { maxCreditOf } from '../../src/lib/chain/rules/advert.js';
import { hmacSha256, sha256 } from '../../src/lib/crypto/hash.js';
import { clearAdvert } from '../../src/lib/market/clearing.js';
import type { Contract } from '../../src/lib/market/contract.js';
import { assignLots } from '../../src/lib/market/lots.js';
import type { Holder } from '../../src/lib/market/placement.js';
import { firstDueSlot, settleSlots } from '../../src/lib/plan/interval.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import { type Policy, parsePolicy } from '../../src/lib/plan/policy.js';
import type {
  AdvertiseAction,
  OwnerAction,
  OwnerAdvert,
  OwnerBlob,
  OwnerContract,
  OwnerFile,
  PayAction,
} from '../../src/lib/plan/types.js';
import { fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { dust } from './fees.js';
import type { Auction, Bounty, Item } from './ledger.js';
import { Purse } from './purse.js';
import { DAY, grains, NEEDED, PARAMS, serving, TOTAL } from './setting.js';
import { afterCheck, firstSpot, servesNow } from './spots.js';
import type { Steward } from './steward.js';
import { Vault } from './vault.js';
import { nextWake } from './wake.js';
import type { World } from './world.js';

type Kind<K extends OwnerAction['kind']> = Extract<OwnerAction, { kind: K }>;

/** Deck and whereabouts of a blob, beside what the plan is told of it. */
export interface Kept {
  deck: Deck;
  contract: string | null;
}

/** An owner's controller and its books, in which only the plans decide what is done. */
export class Owner {
  readonly purse = new Purse();
  readonly contracts = new Map<string, OwnerContract & { advert: string }>();
  readonly blobs = new Map<string, OwnerBlob & Kept>();
  readonly adverts = new Map<string, { auction: Auction; book: OwnerAdvert }>();
  readonly open = new Map<string, Bounty>();
  readonly policy: Policy = parsePolicy({ dust: dust() });
  readonly vault: Vault;
  protected secret: Uint8Array;
  private wake = 0;
  private readonly patience = new Map<string, number>();

  constructor(
    readonly world: World,
    readonly name: string,
    readonly files: readonly OwnerFile[],
  ) {
    this.secret = sha256(utf8(`${world.setting.seed} owner ${name}`));
    this.vault = new Vault(this);
  }

  get account(): Uint8Array {
    return this.secret;
  }

  /** Encodes its files and asks for stewards. */
  begin(): void {
    for (const { storageIndex } of this.files) this.place(storageIndex, 0);
  }

  /** Ten shares of one generation, one advert. */
  protected place(file: string, generation: number): void {
    const uuids = Array.from({ length: TOTAL }, (_, share) => this.vault.encode(file, share, generation));
    const { lotGiB, reserve, cost, creditDays, termDays } = this.world.setting;
    const terms = {
      reserve: grains(reserve * cost * (1 + serving(this.world.setting))),
      creditDays,
      termDays,
      excluded: [],
    };
    this.advertise({ uuids, size: lotGiB * 2 ** 30, ...terms });
  }

  /** What the controller does at a tick; one that has nothing under way sleeps until something is due. */
  tick(slot: number): void {
    if (slot < this.wake) return;
    this.refresh(slot);
    const view = {
      now: { slot, height: Math.floor(slot / 10), synced: true, peers: 8, params: PARAMS },
      contracts: [...this.contracts.values()],
      files: this.files,
      blobs: [...this.blobs.values()],
      adverts: [...this.adverts.values()].map(({ book }) => book),
      expired: [...this.open.values()].filter((bounty) => this.isExpired(bounty)).map(({ id }) => ({ id })),
      spentToday: 0n,
      turnover: { spent: 0n, returned: 0n, earned: 0n },
      policy: this.policy,
      random: this.random,
    };
    const actions = ownerPlan(view).filter((action) => this.wants(action));
    for (const action of actions) this.act(action);
    this.wake = actions.length > 0 ? slot : nextWake(this, slot);
  }

  private readonly random = (label: string) => hmacSha256(this.secret, utf8(label));

  /** Something happened on the ledger that it waits for. */
  wakeUp(): void {
    this.wake = 0;
  }

  /** A cheat leaves out what it doesn't want to do. */
  protected wants(_: OwnerAction): boolean {
    return true;
  }

  private isExpired({ swept, back, expires }: Bounty): boolean {
    return swept === null && back === null && this.world.slot > expires;
  }

  /** What the books would read off the ledger at this slot. */
  private refresh(slot: number): void {
    for (const { auction, book } of this.adverts.values()) {
      const { closes, revealsUntil } = auction.advert;
      if (book.state === 'cleared') continue;
      book.state = slot <= closes ? 'open' : slot <= revealsUntil + settleSlots(PARAMS) ? 'revealing' : 'cleared';
    }
    for (const contract of this.contracts.values()) {
      contract.deckLeft = cardsLeft(this.blobs.get(contract.uuid)!.deck);
      if (contract.bounty === null) continue;
      const bounty = this.open.get(contract.bounty.id);
      if (bounty === undefined) continue;
      contract.bounty.state = this.stateOf(bounty);
      contract.bounty.revoked = bounty.back === 'revoked';
    }
    for (const [id, bounty] of this.open) {
      if (bounty.back === null && bounty.swept === null) continue;
      const awaited = bounty.items.some(({ contract: name }) => {
        const contract = this.contracts.get(name);
        return contract?.state === 'live' && contract.bounty?.id === id;
      });
      if (!awaited) this.open.delete(id);
    }
  }

  private stateOf(bounty: Bounty) {
    const { slot } = this.world;
    if (bounty.swept !== null) return slot - bounty.swept >= settleSlots(PARAMS) ? 'settled' : 'claimed';
    if (bounty.back !== null) return bounty.back;
    return slot <= bounty.expires ? 'open' : 'expired';
  }

  private act(action: OwnerAction): void {
    switch (action.kind) {
      case 'pay':
        this.pay(action);
        return;
      case 'settle': {
        const { confidence, paidUntilSlot, dueSlot, credit, spotSlot } = action;
        const contract = this.contracts.get(action.contract)!;
        Object.assign(contract, { confidence, paidUntilSlot, dueSlot, credit, bounty: null, attempt: 0 });
        if (contract.spot) contract.spot.slot = spotSlot ?? null;
        this.letGo(contract.uuid);
        return;
      }
      case 'revoke': {
        const bounty = this.open.get(action.bounty);
        if (bounty) this.world.ledger.revoke(bounty, this.purse);
        return;
      }
      case 'mia': {
        const contract = this.contracts.get(action.contract)!;
        Object.assign(contract, { state: 'mia', confidence: 0 });
        const blob = this.blobs.get(action.uuid)!;
        if (blob.state !== 'replaced') blob.state = 'mia';
        this.world.count('mia');
        return;
      }
      case 'repair':
        this.repair(action);
        return;
      case 'advertise':
        this.advertise(action);
        return;
      case 'award':
        this.award(this.adverts.get(action.advert)!);
        return;
      case 'end':
        this.end(action.contract);
        return;
      case 'poll': {
        const contract = this.contracts.get(action.contract)!;
        contract.outbox.askedSlot = this.world.slot;
        contract.lost ||= this.world.stewardOf(contract.account).saysLost(contract.uuid);
        return;
      }
      case 'check': {
        const contract = this.contracts.get(action.contract)!;
        contract.spot = afterCheck(contract.spot!, action, servesNow(this.world, contract));
        return;
      }
      case 'deal':
        this.vault.dealAgain(action.uuid, action.count);
    }
  }

  /** What was proved and paid for is not kept here, too. */
  private letGo(uuid: string): void {
    this.blobs.get(uuid)!.held = false;
    this.vault.forget(uuid);
  }

  private repair({ file, share, uuid }: Kind<'repair'>): void {
    if (this.world.slot < (this.patience.get(uuid) ?? 0)) return;
    const bytes = this.vault.gather(file, NEEDED, share);
    if (bytes === null) this.patience.set(uuid, this.world.slot + DAY);
    else {
      this.vault.add(file, share, this.blobs.get(uuid)!.generation! + 1, bytes);
      this.world.count('repaired');
    }
  }

  private end(id: string): void {
    const contract = this.contracts.get(id)!;
    const blob = this.blobs.get(contract.uuid)!;
    contract.state = 'ended';
    this.contracts.delete(id);
    if (blob.contract === id && blob.state === 'live') blob.state = blob.held ? 'local' : 'mia';
  }

  /** The card a bounty's item asks with. */
  protected cardFor(card: Uint8Array): Uint8Array {
    return card;
  }

  protected payee(steward: Steward): Purse | null {
    return this.world.setting.defences.payee ? steward.purse : null;
  }

  protected pay({ items, account, amount }: PayAction): void {
    const asked = items.map(({ contract: id }): Item => {
      const { uuid } = this.contracts.get(id)!;
      const blob = this.blobs.get(uuid)!;
      const draw = drawCard(blob.deck)!;
      blob.deck = draw.deck;
      const nonce = this.vault.nonce(uuid, blob.deck.dealSlot, draw.index);
      return { contract: id, uuid, nonce, card: this.cardFor(draw.card) };
    });
    const payee = this.payee(this.world.stewardOf(account));
    const bounty = this.world.ledger.post({ funder: this.purse, payee, amount, items: asked });
    this.open.set(bounty.id, bounty);
    for (const [position, item] of items.entries()) {
      const contract = this.contracts.get(item.contract)!;
      contract.payIndex += 1;
      contract.attempt = item.attempt;
      contract.bounty = {
        ...{ id: bounty.id, state: 'open', items: items.length, position, amount: item.amount, revoked: false },
        ...{ openedSlot: bounty.opened, expiresSlot: bounty.expires, coversUntilSlot: item.coversUntilSlot },
      };
    }
  }

  protected advertise(action: Omit<AdvertiseAction, 'kind' | 'requestId'>): void {
    const { uuids, size, reserve, creditDays, termDays, excluded } = action;
    const barred = excluded.map((account) => fromHex(account)!);
    const lot = { size, term: termDays, reserve, creditDays };
    const terms = { from: this.account, lots: uuids.length, ...lot, excluded: barred };
    const auction = this.world.ledger.advertise(this.purse, terms);
    const lots = uuids.map((uuid) => ({ uuid, state: 'waiting' as const, tries: 0, tried: [] }));
    const { closes } = auction.advert;
    this.adverts.set(auction.id, {
      auction,
      book: { id: auction.id, state: 'open', reserve, termDays, closesSlot: closes, lots },
    });
    for (const uuid of uuids) this.blobs.get(uuid)!.state = 'advertised';
  }

  /** As node/awards.ts does it: the clearing's winners in their order, each blob to the first that may hold it. */
  private award({ auction, book }: { auction: Auction; book: OwnerAdvert }): void {
    const { advert, key, bids } = auction;
    const { price, winners } = clearAdvert(key, advert, [...bids.values()]);
    const holder = (account: string): Holder => ({ account, peer: account, address: null });
    const taken = new Set([...this.contracts.values()].flatMap((c) => (c.advert === book.id ? [c.account] : [])));
    const free = winners.map(({ account }) => (taken.has(toHex(account)) ? null : holder(toHex(account))));
    const wanted = book.lots
      .filter(({ state }) => state === 'waiting')
      .map(({ uuid }) => ({ uuid, file: this.blobs.get(uuid)!.file }));
    const holders = (file: string) =>
      [...this.contracts.values()]
        .filter(
          (contract) =>
            contract.file === file &&
            contract.state === 'live' &&
            !book.lots.some(({ uuid }) => uuid === contract.uuid),
        )
        .map(({ account }) => holder(account));
    const { placements, unfilled } = assignLots(wanted, free, holders, PARAMS);
    for (const lot of book.lots) if (unfilled.includes(lot.uuid)) lot.state = 'unfilled';
    for (const { uuid, rank } of placements) {
      const lot = book.lots.find((one) => one.uuid === uuid)!;
      const { account, reveal } = winners[rank]!;
      const steward = this.world.stewardOf(toHex(account));
      if (this.offer(uuid, steward, { auction, price, rank, payee: reveal.payee })) lot.state = 'awarded';
      else {
        lot.tries += 1;
        lot.tried.push(toHex(account));
      }
    }
  }

  private offer(
    uuid: string,
    steward: Steward,
    { auction, price, rank, payee }: { auction: Auction; price: bigint; rank: number; payee: Uint8Array },
  ): boolean {
    const { setting, slot } = this.world;
    const blob = this.blobs.get(uuid)!;
    const bytes = this.vault.bytesOf(blob);
    if (bytes === null) return false;
    const id = this.world.nextContract();
    const { size, term } = auction.advert;
    const contract: Contract = {
      ...{ network: PARAMS.derived.genesisId, advert: auction.key, lot: rank, uuid: fromHex(uuid)!, size, price },
      ...{ secret: auction.key, payee, readkey: auction.key, startSlot: slot, gracePercent: setting.gracePercent },
      maxCredit: maxCreditOf(auction.advert),
      ...{
        termDays: term,
        bandPercent: 15,
        contact: auction.advert.contact,
        account: steward.account,
        peer: steward.peer,
      },
    };
    const share = blob.share!;
    if (!steward.accept(id, contract, { auction, bytes, share })) return false;
    this.world.sent(this.purse, size);
    this.world.placed(this, blob, steward);
    this.book(id, blob, steward, { ...contract, auction: auction.id });
    return true;
  }

  private book(id: string, blob: OwnerBlob & Kept, steward: Steward, contract: Contract & { auction: string }): void {
    const { size, price, startSlot, termDays, maxCredit, auction: advert } = contract;
    this.contracts.set(id, {
      ...{ id, advert, uuid: blob.uuid, file: blob.file, share: blob.share },
      ...{ account: toHex(steward.account), size, price },
      ...{ startSlot, termSlots: termDays * DAY, maxCredit, state: 'live', lost: false, confidence: 0 },
      ...{ paidUntilSlot: startSlot, dueSlot: firstDueSlot(startSlot, PARAMS), credit: 0n },
      ...{ payIndex: 0, attempt: 0, bounty: null, deckLeft: 0 },
      outbox: { askedSlot: null, untoldSlot: null, notice: false },
      spot: this.world.setting.defences.spotChecks ? firstSpot(id, startSlot, this.random) : undefined,
    });
    Object.assign(blob, { state: 'live', contract: id });
    for (const other of this.blobs.values()) {
      if (other.file === blob.file && other.share === blob.share && other.uuid !== blob.uuid) other.state = 'replaced';
    }
  }

  /** What it would pay by now, at the end of a run; a cheat that stopped pays nothing more. */
  owes({ paidUntilSlot, bounty, price, size, credit, startSlot, termSlots }: OwnerContract, slot: number): bigint {
    const swept = bounty !== null && this.open.get(bounty.id)?.swept != null;
    const until = swept ? bounty.coversUntilSlot : paidUntilSlot;
    const slots = Math.max(0, Math.min(slot, startSlot + termSlots) - until);
    return owedBeyond(amountDue({ price, size, slots, daySlots: DAY }), credit);
  }

  /** Whether the files' bytes are here still. */
  holds(): boolean {
    return [...this.blobs.values()].filter(({ uuid }) => this.vault.has(uuid)).length >= NEEDED;
  }

  /** Somebody's sweep of its bounty is on its way. */
  sees(_: Bounty): void {}

  /** What an owner knows of a deck it dealt: who deals has the answers, too (threat 3). */
  protected answersTo(bounty: Bounty): (Uint8Array | null)[] {
    return bounty.items.map(({ nonce }) => this.vault.answerTo(nonce));
  }
}
