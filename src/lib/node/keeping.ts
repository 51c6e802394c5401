import { readAdvert, readBids } from '../chain/state.js';
import { checkAward } from '../market/award.js';
import { contractId } from '../market/contract.js';
import { encodeReceipt, signReceipt } from '../market/receipt.js';
import { acceptContract, decodeSigned, encodeSigned, type SignedContract, verifyOffer } from '../market/signed.js';
import type { Award, HeldBlob } from '../net/blobs.js';
import type { PollNonces } from '../net/polls.js';
import { checkReadProof, locatorOf } from '../seal/locator.js';
import { concat, toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import type { KeptContract, LocatorEntry } from './entries.js';
import { isOwnCopy } from './holding.js';
import { keptOn } from './lookup.js';
import { answerPoll } from './outbox.js';

/** What this steward accepts in a contract. */
const MAX_GRACE_PERCENT = 200;

/** The steward's side of the network: takes blobs it won, serves those it holds. */
export class Keeping {
  constructor(private readonly context: Context) {}

  hasLocators(locators: readonly Uint8Array[]): Promise<boolean[]> {
    return Promise.all(locators.map(async (locator) => (await this.newest(locator)) !== undefined));
  }

  /** What is held under a locator, of the newest generation. */
  private async newest(locator: Uint8Array): Promise<LocatorEntry | undefined> {
    let newest: LocatorEntry | undefined;
    for await (const [, entry] of this.context.books.locators.entries({ prefix: locator }))
      if (!newest || entry.startSlot > newest.startSlot) newest = entry;
    return newest;
  }

  /** Checks an award against this node's own ledger, not against the owner's word; throws to refuse. */
  async onAward(from: string, bytes: Uint8Array): Promise<Award> {
    const offer = decodeSigned(bytes);
    const { contract } = offer;
    const id = toHex(contractId(contract));
    const advert = readAdvert(this.context.ledger.state, contract.advert);
    if (!advert) throw new Failure('temporary', 'no such advert on the ledger here');
    if (!verifyOffer(offer)) throw new Failure('failure', 'the offer is not signed by its contact key');
    const { books, ledger, params, wallet } = this.context;
    const kept = books.kept.get(utf8(id));
    if (kept && kept.state !== 'live') throw new Failure('failure', `the contract is over: its blob was ${kept.state}`);
    const bid = books.bids.get(contract.advert);
    if (!bid) throw new Failure('failure', 'this steward did not bid');
    const reasons = checkAward(contract, {
      network: params.derived.genesisId,
      advertId: contract.advert,
      advert,
      bids: readBids(ledger.state, contract.advert),
      account: wallet.main,
      slot: ledger.tip.slot,
      daySlots: params.daySlots,
      awarded: bid.contract === null || bid.contract === id ? null : utf8(bid.contract),
      maxGracePercent: MAX_GRACE_PERCENT,
    });
    if (reasons.length > 0) throw new Failure('failure', `the award is refused: ${reasons.join(', ')}`);
    if (isOver(books.kept.get(utf8(id)))) throw new Failure('failure', 'that contract is over');
    // Before it is signed: a winner gets one lot, however many offers come side by side.
    await books.exclusive(async () => {
      const now = books.bids.get(contract.advert)!;
      if (now.contract !== null && now.contract !== id) throw new Failure('failure', 'the lot was awarded already');
      await books.commit([books.bids.put(contract.advert, { ...now, contract: id })]);
    });
    const signed = acceptContract(offer, (message) => wallet.sign(wallet.main, message));
    return {
      signed: encodeSigned(signed),
      size: contract.size,
      receive: (body) => this.receive(from, signed, body),
    };
  }

  /** The bytes are on the disk before the books know them, and in the books before the receipt leaves. */
  private async receive(from: string, signed: SignedContract, body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const { contract } = signed;
    const { blobs, books, wallet } = this.context;
    const uuid = toHex(contract.uuid);
    const stored = await blobs.put(body, { uuid, size: contract.size });
    const kept = this.entryFor(from, signed);
    // Where they are not booked in the end, releasing them lets go of them again.
    await books.exclusive(() => this.book(kept)).finally(() => stored.release());
    this.context.changes.tell({ kind: 'books' });
    const receipt = {
      contractId: contractId(contract),
      uuid: contract.uuid,
      size: contract.size,
      slot: currentSlot(this.context),
    };
    return encodeReceipt(signReceipt(receipt, (message) => wallet.sign(wallet.main, message)));
  }

  private async book(kept: KeptContract): Promise<void> {
    const { blobs, books } = this.context;
    const { uuid } = kept;
    const known = books.kept.get(utf8(kept.id));
    // Pruned while they were on their way again.
    if (isOver(known)) throw new Failure('failure', 'that contract is over');
    if (known) return;
    // An older contract on the same bytes may have been pruned meanwhile.
    if (!(await blobs.has(uuid))) throw new Failure('temporary', 'the bytes are gone again');
    const locator: LocatorEntry = { uuid, contract: kept.id, startSlot: kept.startSlot, readkey: kept.readkey };
    await books.commit([
      books.kept.put(utf8(kept.id), kept),
      books.locators.put(concat(kept.locator, utf8(kept.id)), locator),
    ]);
  }

  private entryFor(peer: string, signed: SignedContract): KeptContract {
    const { contract } = signed;
    const bid = this.context.books.bids.get(contract.advert)!;
    return {
      id: toHex(contractId(contract)),
      signed: encodeSigned(signed),
      uuid: toHex(contract.uuid),
      peer,
      secret: contract.secret,
      payeeIndex: bid.payeeIndex,
      payee: contract.payee,
      readkey: contract.readkey,
      locator: locatorOf(contract.readkey),
      size: contract.size,
      price: contract.price,
      startSlot: contract.startSlot,
      termSlots: contract.termDays * this.context.params.daySlots,
      state: 'live',
      maxCredit: contract.maxCredit,
      gracePercent: contract.gracePercent,
      confidence: 0,
      lastPaidSlot: contract.startSlot,
      next: 0,
      earned: 0n,
    };
  }

  /** The newest generation under a locator, to whoever shows its readkey. */
  async onGet(
    from: Uint8Array,
    locator: Uint8Array,
    proof: Uint8Array,
    nonce: Uint8Array,
  ): Promise<HeldBlob | undefined> {
    const newest = await this.newest(locator);
    const { network, blobs } = this.context;
    if (!newest || !checkReadProof(proof, newest.readkey, from, network.peerIdBytes, nonce)) return undefined;
    try {
      const blob = await blobs.openGood(newest.uuid);
      return {
        size: blob.size,
        read: (offset, length) => blob.stream(offset, length),
        close: () => blob.close(),
      };
    } catch (error) {
      this.context.log.warn({ uuid: newest.uuid, error: (error as Error).message }, 'a blob could not be served');
      if ((error as Failure).code === 'not-found') return undefined;
      // What is wrong here is nobody else's business, and not the getter's fault.
      throw new Failure('temporary', 'the blob cannot be read now');
    }
  }

  onPoll(from: Uint8Array, nonces: PollNonces, question: Uint8Array): Promise<Uint8Array | undefined> {
    return answerPoll(this.context, from, nonces, question);
  }

  /** Deletes a blob and closes its contracts; returns the bytes freed: none where another contract keeps it. */
  async prune(uuid: string, contracts: readonly string[]): Promise<number> {
    const { books } = this.context;
    const freed = await books.exclusive(async () => {
      const others = await keptOn(this.context, uuid);
      if (others.some(({ id, state }) => state === 'live' && !contracts.includes(id))) return 0;
      // Bytes first: a kill in between leaves a contract without bytes, which the next tick closes.
      const bytes = isOwnCopy(this.context, uuid) ? 0 : await this.context.blobs.remove(uuid);
      const named = contracts.flatMap((id) => books.kept.get(utf8(id)) ?? []);
      const closed = named.filter(({ state }) => state !== 'pruned');
      await books.commit(
        closed.flatMap((contract) => [
          books.kept.put(utf8(contract.id), { ...contract, state: 'pruned' as const }),
          books.locators.delete(concat(contract.locator, utf8(contract.id))),
        ]),
      );
      return bytes;
    });
    this.context.changes.tell({ kind: 'books' });
    return freed;
  }
}

/** Pruned: its owner stopped paying, and is not given a second stay for nothing (threat 9). */
function isOver(contract: KeptContract | undefined): boolean {
  return contract !== undefined && contract.state !== 'live';
}
