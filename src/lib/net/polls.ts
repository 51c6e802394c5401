import { randomBytes } from 'node:crypto';
import type { PeerId } from '@libp2p/interface';
import { encodeCbor } from '../util/cbor.js';
import { Failure } from '../util/errors.js';
import { ProtocolError } from './errors.js';
import type { Framed } from './frames.js';
import { call, type Wiring } from './streams.js';
import * as wire from './wire.js';
import { LIMITS } from './wire.js';

/** Two fresh nonces, one of each side: nothing that was signed for one poll is good for another. */
export interface PollNonces {
  contractId: Uint8Array;
  owner: Uint8Array;
  steward: Uint8Array;
}

export interface PollHandlers {
  /**
   * from: the asker's peer id bytes. The signed answer; undefined where there is no such contract here, or
   * another than its owner asks. Throws a Failure to refuse.
   */
  onPoll(from: Uint8Array, nonces: PollNonces, question: Uint8Array): Promise<Uint8Array | undefined>;
}

export interface PollRequest<R> {
  contractId: Uint8Array;
  /** Signs the question over the nonces. */
  ask(nonces: PollNonces): Uint8Array;
  /** Reads the answer; undefined where it is not the steward's to this question: that is held against the peer. */
  read(nonces: PollNonces, answer: Uint8Array): R | undefined;
}

const NONCE_BYTES = 32;
const REQUEST_MS = 10_000;
/** An answer waits for the steward's disk at the most. */
const ANSWER_MS = 30_000;
const ASKED_POINTS = 5;

/** One question on a stream: the nonces first, then what is signed over them. */
export async function servePoll(
  wiring: Wiring,
  framed: Framed,
  peer: PeerId,
  [contractId, owner]: readonly [Uint8Array, Uint8Array],
  handlers: PollHandlers,
): Promise<void> {
  const nonces = { contractId, owner, steward: new Uint8Array(randomBytes(NONCE_BYTES)) };
  await framed.send(wire.encodeOk(nonces.steward));
  const question = await framed.receive(LIMITS.pollBytes, REQUEST_MS);
  if (!question) throw new ProtocolError('no question');
  const answer = await handlers.onPoll(peer.toMultihash().bytes, nonces, question);
  if (!answer) {
    // One answer for both, so that a guesser learns nothing; but guessing costs.
    wiring.scores.misbehave(peer.toString(), ASKED_POINTS, 'asked about a contract that is not its own');
    throw new Failure('not-found', 'no such contract of yours here');
  }
  await framed.send(wire.encodeOk(answer));
}

/** The owner's side: what `read` made of the answer. The peer must be connected. */
export function poll<R>(wiring: Wiring, protocol: string, peer: string, request: PollRequest<R>): Promise<R> {
  const { contractId } = request;
  return call(wiring, peer, protocol, async (framed) => {
    const owner = new Uint8Array(randomBytes(NONCE_BYTES));
    await framed.send(encodeCbor(['poll', contractId, owner]));
    const steward = wire.parseAnswer(wire.hash, await framed.receive(LIMITS.answerBytes, REQUEST_MS));
    const nonces = { contractId, owner, steward };
    await framed.send(request.ask(nonces));
    const answer = wire.parseAnswer(wire.PollAnswer, await framed.receive(LIMITS.answerBytes, ANSWER_MS));
    const read = request.read(nonces, answer);
    if (read === undefined) throw new ProtocolError('an answer that its steward did not sign');
    return read;
  });
}
