import { signWithSeed } from '../crypto/ed25519.js';
import { type Answer, encodeQuestion, type PollSession, readAnswer } from '../market/poll.js';
import { decodeSigned } from '../market/signed.js';
import type { PollNonces } from '../net/polls.js';
import { termEnd } from '../plan/interval.js';
import { noticeSlots } from '../plan/notice.js';
import type { OwnerOutbox } from '../plan/types.js';
import type { ActOf } from '../rpc/snapshot.js';
import { equal, fromHex, toHex, utf8 } from '../util/bytes.js';
import { Failure, isFailure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import type { OwnedContract } from './entries.js';
import { ownedContract } from './lookup.js';
import type { Patience } from './patience.js';

/** A steward may be ahead by the payments that a restored wallet forgot, and not by whatever it likes. */
const AHEAD_MAX = 4096;

export function outboxOf({ outbox, notice }: OwnedContract): OwnerOutbox {
  return {
    askedSlot: outbox?.askedSlot ?? null,
    untoldSlot: notice && !notice.told ? notice.givenSlot : null,
    notice: notice !== undefined,
  };
}

export interface Polled {
  contract: OwnedContract;
  /** Why there is no answer; null where there is one. */
  silent: string | null;
}

/**
 * Asks a contract's steward how it stands, and books what it signs. A steward that does not answer is
 * booked as asked: that is no failure, the payments audit it.
 */
export async function pollContract(context: Context, act: ActOf<'poll'>, patience: Patience): Promise<Polled> {
  const contract = ownedContract(context, act.contract);
  let answer: Answer | undefined;
  let silent: string | null = null;
  try {
    // A peer that is away is so for all of its contracts.
    await patience.during(`dial/${contract.peer}`, currentSlot(context), () => context.network.dialPeer(contract.peer));
    answer = await askSteward(context, contract, act.endSlot);
  } catch (error) {
    if (!isFailure(error) || error.code === 'passphrase') throw error;
    silent = error.message;
  }
  return { contract: await book(context, contract.id, act.endSlot, answer), silent };
}

function askSteward(context: Context, entry: OwnedContract, endSlot: number | null): Promise<Answer> {
  const { network, params } = context;
  const { contract } = decodeSigned(entry.signed);
  const seed = contactSeed(context, contract.contact, toHex(contract.advert));
  const question = { index: entry.payIndex, endSlot };
  const sessionOf = (nonces: PollNonces): PollSession => ({
    network: params.derived.genesisId,
    contractId: nonces.contractId,
    owner: network.peerIdBytes,
    steward: contract.peer,
    ownerNonce: nonces.owner,
    stewardNonce: nonces.steward,
  });
  return network.poll(entry.peer, {
    contractId: fromHex(entry.id)!,
    ask: (nonces) => encodeQuestion(sessionOf(nonces), question, (message) => signWithSeed(seed, message)),
    read: (nonces, answer) => readAnswer(sessionOf(nonces), question, answer, entry.account),
  });
}

/** Of the advert that the contract came from; restored books may not know which that was. */
function contactSeed({ books, wallet }: Context, contact: Uint8Array, advert: string): Uint8Array {
  const keys = wallet.keys();
  const known = books.adverts.get(utf8(advert));
  if (known) return keys.advertKey(known.contact).seed;
  for (let n = books.counter('advert-key') - 1; n >= 0; n -= 1) {
    const { seed, publicKey } = keys.advertKey(n);
    if (equal(publicKey, contact)) return seed;
  }
  throw new Failure('not-found', 'this wallet does not know the key that the contract was made with');
}

async function book(
  context: Context,
  id: string,
  told: number | null,
  answer: Answer | undefined,
): Promise<OwnedContract> {
  const { books } = context;
  const slot = currentSlot(context);
  return books.exclusive(async () => {
    const contract = ownedContract(context, id);
    const asked: OwnedContract = { ...contract, outbox: { askedSlot: slot } };
    const heard = answer
      ? { ...asked, lost: answer.lost, ...indexAfter(asked, answer), ...endAfter(context, asked, told, answer) }
      : asked;
    await books.commit([books.owned.put(utf8(id), heard)]);
    return heard;
  });
}

function indexAfter({ payIndex }: OwnedContract, { next }: Answer): Pick<OwnedContract, 'payIndex'> {
  return { payIndex: next <= payIndex + AHEAD_MAX ? Math.max(payIndex, next) : payIndex };
}

/**
 * What the answer says of the contract's end: a notice of the steward's, or what it grants of ours. Never
 * sooner than now or than it was, and later than it was by no more than a whole notice from now.
 */
function endAfter(
  context: Context,
  contract: OwnedContract,
  told: number | null,
  { endSlot }: Answer,
): Partial<Pick<OwnedContract, 'termSlots' | 'notice'>> {
  const { params } = context;
  const slot = currentSlot(context);
  const { startSlot, notice, confidence } = contract;
  const end = termEnd(contract);
  const agreed = startSlot + decodeSigned(contract.signed).contract.termDays * params.daySlots;
  const latest = notice?.by === 'owner' ? Math.max(end, slot + noticeSlots(confidence, params)) : end;
  const heard = endSlot === null ? end : Math.max(Math.min(slot, end), Math.min(endSlot, agreed, latest));
  const termSlots = heard - startSlot;
  if (notice) return { termSlots, notice: { ...notice, told: notice.told || told !== null } };
  return heard < end ? { termSlots, notice: { by: 'steward', givenSlot: slot, told: true } } : {};
}
