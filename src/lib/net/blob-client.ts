import { Failure, invariant } from '../util/errors.js';
import { encodeAward, encodeGet, IDLE_MS, Nonce, REQUEST_MS } from './blobs.js';
import { receiveBody, sendBody } from './bodies.js';
import { ProtocolError } from './errors.js';
import type { Framed } from './frames.js';
import { peerIdBytes } from './peer-ids.js';
import { blame, call, openFramed, type Wiring } from './streams.js';
import * as wire from './wire.js';
import { LIMITS } from './wire.js';

export interface AwardRequest {
  /** The contract, signed by the owner. */
  contract: Uint8Array;
  size: number;
  body: AsyncIterable<Uint8Array>;
  /** Checks the steward's signature; false ends it before a byte of the blob is sent. */
  onSigned(signed: Uint8Array): Promise<boolean>;
}

/** Shows the right to read: HMAC(readkey, both peer ids ‖ nonce), 32 bytes. */
export type Prove = (server: Uint8Array, nonce: Uint8Array) => Uint8Array;

export interface GetRequest {
  locator: Uint8Array;
  prove: Prove;
  /** Whether a blob of so many bytes may be the one that is meant; if not, nothing of it is fetched. */
  accept?: (size: number) => boolean;
  /** Bytes to skip: what a broken transfer had brought already. */
  offset?: number;
  length?: number;
}

export interface Fetched {
  /** Of the whole blob. */
  size: number;
  /** The range asked for. Read it to its end or leave the loop: either frees the stream. */
  body: AsyncGenerator<Uint8Array>;
}

/**
 * Signing reads no data, but may wait for a wallet; a receipt waits for the disk, and for one pass of
 * SHA-256; and so does a blob's first byte: it is verified where it lies before it is served.
 */
const SIGN_MS = 30_000;
const RECEIPT_MS = 120_000;
const VERIFIED_MS = 120_000;

/** The owner's side of an award; gives the steward's receipt. The peer must be connected. */
export function award(wiring: Wiring, protocol: string, peer: string, request: AwardRequest): Promise<Uint8Array> {
  return call(wiring, peer, protocol, async (framed) => {
    await framed.send(encodeAward(request.contract));
    const signed = wire.parseAnswer(wire.Signed, await framed.receive(LIMITS.answerBytes, SIGN_MS));
    if (!(await request.onSigned(signed))) throw new ProtocolError('the contract came back wrongly signed');
    return wire.parseAnswer(wire.Receipt, await sendAndListen(wiring, framed, request));
  });
}

/** Sends while it listens: a steward whose disk is full says so in the middle, and is not sent the rest. */
async function sendAndListen(
  wiring: Wiring,
  framed: Framed,
  { body, size }: AwardRequest,
): Promise<Uint8Array | undefined> {
  const answered = new AbortController();
  const answer = framed.receive(LIMITS.answerBytes, Number.POSITIVE_INFINITY);
  const stop = () => answered.abort();
  answer.then(stop, stop);
  try {
    await sendBody(framed, body, size, wiring.bodyMs(size), answered.signal);
  } catch (error) {
    if (!answered.signal.aborted) throw error;
    // What came first is the better reason: a refusal, or why the stream broke.
    wire.parseAnswer(wire.Receipt, await answer);
    throw new ProtocolError('a receipt before the blob was sent');
  }
  const late = setTimeout(
    () => framed.abort(new Failure('unreachable', 'the steward sent no receipt in time')),
    RECEIPT_MS,
  );
  try {
    return await answer;
  } finally {
    clearTimeout(late);
  }
}

/** Opens a range of a blob by its locator; refused where the proof does not fit. The peer must be connected. */
export async function get(wiring: Wiring, protocol: string, peer: string, request: GetRequest): Promise<Fetched> {
  const { locator, prove, offset = 0, length } = request;
  const framed = await openFramed(wiring, peer, protocol);
  try {
    await framed.send(encodeGet(locator, offset, length ?? null));
    const nonce = wire.parseAnswer(Nonce, await framed.receive(LIMITS.answerBytes, REQUEST_MS));
    const proof = prove(peerIdBytes(peer), nonce);
    invariant(proof.length === 32, 'a proof of 32 bytes');
    await framed.send(proof);
    const size = wire.parseAnswer(wire.BlobSize, await framed.receive(LIMITS.answerBytes, VERIFIED_MS));
    if (request.accept && !request.accept(size)) throw new ProtocolError('a blob of another size');
    if (offset > size) throw new ProtocolError('a blob shorter than its range');
    const count = Math.min(length ?? size, size - offset);
    return { size, body: readAll(wiring, peer, framed, count) };
  } catch (error) {
    framed.abort(error as Error);
    throw blame(wiring, peer, error);
  }
}

async function* readAll(wiring: Wiring, peer: string, framed: Framed, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  try {
    for await (const chunk of receiveBody(framed, count, IDLE_MS, wiring.bodyMs(count))) {
      left -= chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw blame(wiring, peer, error);
  } finally {
    if (left === 0) await framed.close();
    else framed.abort(new Error('the rest is not wanted'));
  }
}
