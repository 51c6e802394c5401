import * as v from 'valibot';
import type { Address, Hash } from '../chain/types.js';
import { verifySignature } from '../crypto/ed25519.js';
import { taggedHash } from '../crypto/hash.js';
import { encodeCbor } from '../util/cbor.js';
import { isFailure } from '../util/errors.js';
import type { Sign } from './signed.js';
import { bytes, int, parseWire } from './wire.js';

/**
 * An owner asks a steward how a contract stands, and either tells the other of its end (PROTOCOL §5, §6):
 * what no block can say. What is signed names network, both peers and a fresh nonce of each side, so that
 * neither a question nor an answer is good for a second time, elsewhere, or for another contract.
 */
export interface PollSession {
  /** The genesis id. */
  network: Hash;
  contractId: Hash;
  /** Peer ids, as bytes. */
  owner: Uint8Array;
  steward: Uint8Array;
  ownerNonce: Hash;
  stewardNonce: Hash;
}

export interface Question {
  /** The number of the owner's next payment: a steward that missed blocks learns what names to expect. */
  index: number;
  /** When the owner wants the contract to end; null: when it was agreed to. */
  endSlot: number | null;
}

export interface Answer {
  /** The number after the last payment it saw or booked: an owner whose books are old goes on from there. */
  next: number;
  /** The steward's word that it holds the blob no longer. */
  lost: boolean;
  /** When the contract ends by either side's notice; null: when it was agreed to. */
  endSlot: number | null;
}

/** Payments are numbered by 32 bits (bounty/names.ts), and some are expected beyond the last. */
const INDEX_MAX = 2 ** 31;
export const POLL_BYTES_MAX = 256;

const signature = bytes(64);
const slot = v.nullable(int(0));
const WireQuestion = v.strictTuple([int(0, INDEX_MAX), slot, signature]);
const WireAnswer = v.strictTuple([int(0, INDEX_MAX), v.boolean(), slot, signature]);

function questionHash(session: PollSession, { index, endSlot }: Question): Hash {
  const { network, owner, steward, ownerNonce, stewardNonce, contractId } = session;
  return taggedHash(
    'holdfast/question/v1',
    encodeCbor([network, owner, steward, ownerNonce, stewardNonce, contractId, index, endSlot]),
  );
}

/** An answer is one to this very question. */
function answerHash(asked: Hash, { next, lost, endSlot }: Answer): Hash {
  return taggedHash('holdfast/answer/v1', encodeCbor([asked, next, lost, endSlot]));
}

/** `sign` holds the advert's contact key. At most `POLL_BYTES_MAX` bytes. */
export function encodeQuestion(session: PollSession, question: Question, sign: Sign): Uint8Array {
  return encodeCbor([question.index, question.endSlot, sign(questionHash(session, question))]);
}

/** The question, where the contract's owner asks it; undefined where another does, or it is none. */
export function readQuestion(session: PollSession, body: Uint8Array, contact: Hash): Question | undefined {
  const parsed = parsedAs(WireQuestion, body);
  if (!parsed) return undefined;
  const [index, endSlot, signed] = parsed;
  const question = { index, endSlot };
  return verifySignature(signed, questionHash(session, question), contact) ? question : undefined;
}

/** `sign` holds the steward's account, the one in the contract. */
export function encodeAnswer(session: PollSession, question: Question, answer: Answer, sign: Sign): Uint8Array {
  const { next, lost, endSlot } = answer;
  return encodeCbor([next, lost, endSlot, sign(answerHash(questionHash(session, question), answer))]);
}

/** The answer, where the contract's steward gives it to this question; undefined where it does not, or it is none. */
export function readAnswer(
  session: PollSession,
  question: Question,
  body: Uint8Array,
  account: Address,
): Answer | undefined {
  const parsed = parsedAs(WireAnswer, body);
  if (!parsed) return undefined;
  const [next, lost, endSlot, signed] = parsed;
  const answer = { next, lost, endSlot };
  return verifySignature(signed, answerHash(questionHash(session, question), answer), account) ? answer : undefined;
}

function parsedAs<S extends v.GenericSchema>(schema: S, body: Uint8Array): v.InferOutput<S> | undefined {
  try {
    return parseWire(schema, body, 'poll', POLL_BYTES_MAX);
  } catch (error) {
    if (isFailure(error)) return undefined;
    throw error;
  }
}
