import { type Answer, encodeAnswer, type PollSession, readQuestion } from '../market/poll.js';
import { decodeSigned } from '../market/signed.js';
import type { PollNonces } from '../net/polls.js';
import { termEnd } from '../plan/interval.js';
import { grantedEnd, noticedEnd } from '../plan/notice.js';
import { toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import type { KeptContract } from './entries.js';
import { keptContract } from './lookup.js';

/** Payments that may be out, unsettled, when their owner says which comes next: their names are still expected. */
const OUT_MAX = 4;

/**
 * The steward's answer to a contract's owner, and to nobody else; undefined where it is another. What it
 * promises is in the books before it is signed.
 */
export async function answerPoll(
  context: Context,
  from: Uint8Array,
  nonces: PollNonces,
  body: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { books, network, params, wallet } = context;
  const kept = books.kept.get(utf8(toHex(nonces.contractId)));
  if (!kept) return undefined;
  const { contract } = decodeSigned(kept.signed);
  const session: PollSession = {
    network: params.derived.genesisId,
    contractId: nonces.contractId,
    owner: from,
    steward: network.peerIdBytes,
    ownerNonce: nonces.owner,
    stewardNonce: nonces.steward,
  };
  const question = readQuestion(session, body, contract.contact);
  if (!question) return undefined;
  if (!wallet.unlocked) throw new Failure('temporary', 'its wallet is locked');
  const now = await books.exclusive(() => heard(context, kept.id, question));
  const answer: Answer = {
    next: Math.max(now.next, now.seen ?? 0),
    lost: await isLost(context, now),
    endSlot: now.notice === undefined ? null : termEnd(now),
  };
  return encodeAnswer(session, question, answer, (message) => wallet.sign(contract.account, message));
}

/** Takes in what the owner says, and begins a notice of this side's: it runs from the moment it is told. */
async function heard(
  context: Context,
  id: string,
  { index, endSlot }: { index: number; endSlot: number | null },
): Promise<KeptContract> {
  const { books, params } = context;
  const slot = currentSlot(context);
  const kept = keptContract(context, id);
  // Both move, so that the names between them stay few whatever the owner says.
  let now = { ...kept, next: Math.max(kept.next, index - OUT_MAX), seen: Math.max(kept.seen ?? 0, index) };
  const granted = grantedEnd(now, endSlot, slot, params);
  if (granted !== undefined) {
    const notice = now.notice ?? ({ by: 'owner', givenSlot: slot, told: true } as const);
    now = { ...now, termSlots: granted - now.startSlot, notice };
  }
  if (now.notice?.by === 'steward' && !now.notice.told) {
    const end = noticedEnd(now, slot, params);
    now = { ...now, termSlots: end - now.startSlot, notice: { ...now.notice, told: true } };
  }
  if (isAlike(now, kept)) return kept;
  await books.commit([books.kept.put(utf8(id), now)]);
  context.changes.tell({ kind: 'books' });
  return now;
}

function isAlike(a: KeptContract, b: KeptContract): boolean {
  const heard = a.next === b.next && (a.seen ?? 0) === (b.seen ?? 0);
  return heard && a.termSlots === b.termSlots && a.notice === b.notice;
}

/** Gone for good: what may be on a disk that is not mounted may come back. */
async function isLost({ blobs }: Context, { state, uuid }: KeptContract): Promise<boolean> {
  if (state === 'pruned') return true;
  const { place, missing } = await blobs.seek(uuid);
  return place === undefined && missing === undefined;
}
