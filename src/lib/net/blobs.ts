import { randomBytes } from 'node:crypto';
import type { PeerId } from '@libp2p/interface';
import * as v from 'valibot';
import { encodeCbor } from '../util/cbor.js';
import { Failure, invariant } from '../util/errors.js';
import { receiveBody, sendBody } from './bodies.js';
import { ProtocolError, unreachable } from './errors.js';
import type { Framed } from './frames.js';
import { type PollHandlers, servePoll } from './polls.js';
import { Slots } from './slots.js';
import { serve, type Wiring } from './streams.js';
import * as wire from './wire.js';
import { LIMITS } from './wire.js';

/** The steward's side of an award: the contract with both signatures, then the blob. */
export interface Award {
  signed: Uint8Array;
  /** Bytes the contract is about: as many are read, no more. */
  size: number;
  /** Stores the bytes and gives the receipt; reads them all or throws. */
  receive(body: AsyncIterable<Uint8Array>): Promise<Uint8Array>;
}

export interface HeldBlob {
  size: number;
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
  /** Called once, when no more is read. */
  close?(): Promise<void>;
}

export interface BlobHandlers extends PollHandlers {
  /** Throws a Failure to refuse; its line is told to the owner. */
  onAward(from: string, contract: Uint8Array): Promise<Award>;
  /** from: the getter's peer id bytes; undefined where the blob is not held or the proof does not fit. */
  onGet(from: Uint8Array, locator: Uint8Array, proof: Uint8Array, nonce: Uint8Array): Promise<HeldBlob | undefined>;
}

export const REQUEST_MS = 10_000;
export const IDLE_MS = 30_000;
/** Transfers served at once: each holds a file open and some 3 MiB of windows. */
const TRANSFER_SLOTS = { all: 32, perPeer: 8 };
/** Questions answered at once: they move next to nothing, and must not wait for transfers. */
const POLL_SLOTS = { all: 64, perPeer: 8 };
const NONCE_BYTES = 32;
const PROOF_POINTS = 5;

/** Serves awards, gets and polls; one of them a stream. */
export async function serveBlobs(wiring: Wiring, protocol: string, handlers: BlobHandlers): Promise<void> {
  const slots = new Slots(TRANSFER_SLOTS.all, TRANSFER_SLOTS.perPeer);
  const polls = new Slots(POLL_SLOTS.all, POLL_SLOTS.perPeer);
  await serve(wiring, protocol, 'blob', async (framed, peer) => {
    const request = wire.parseRequest(wire.BLOB_REQUESTS, await framed.receive(LIMITS.requestBytes, REQUEST_MS));
    const { method, params } = request;
    if (method === 'poll') {
      await polls.run(peer.toString(), () => servePoll(wiring, framed, peer, params, handlers));
      return;
    }
    await slots.run(peer.toString(), async () => {
      if (request.method === 'award') await serveAward(wiring, framed, peer, request.params[0], handlers);
      else await serveGet(wiring, framed, peer, request.params, handlers);
    });
  });
}

async function serveAward(
  wiring: Wiring,
  framed: Framed,
  peer: PeerId,
  contract: Uint8Array,
  handlers: BlobHandlers,
): Promise<void> {
  const award = await handlers.onAward(peer.toString(), contract);
  invariant(v.is(wire.BlobSize, award.size), 'an award of a possible size');
  await framed.send(wire.encodeOk(award.signed));
  let left = award.size;
  const counted = async function* () {
    for await (const chunk of receiveBody(framed, award.size, IDLE_MS, wiring.bodyMs(award.size))) {
      left -= chunk.length;
      yield chunk;
    }
  };
  const receipt = await award.receive(counted());
  invariant(left === 0, 'a receipt is for all bytes');
  await framed.send(wire.encodeOk(receipt));
}

async function serveGet(
  wiring: Wiring,
  framed: Framed,
  peer: PeerId,
  [locator, offset, length]: v.InferOutput<typeof wire.BLOB_REQUESTS.get>,
  handlers: BlobHandlers,
): Promise<void> {
  // Fresh, and chosen here: a proof overheard elsewhere opens nothing.
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  await framed.send(wire.encodeOk(nonce));
  const proof = await framed.receive(NONCE_BYTES, REQUEST_MS);
  if (proof?.length !== NONCE_BYTES) throw new ProtocolError('not a proof');
  const held = await handlers.onGet(peer.toMultihash().bytes, locator, proof, nonce);
  if (!held) {
    // One answer for both, so that a guesser learns nothing; but guessing costs.
    wiring.scores.misbehave(peer.toString(), PROOF_POINTS, 'asked for a blob without its key');
    throw new Failure('not-found', 'not held, or not yours to read');
  }
  try {
    await sendHeld(wiring, framed, peer, held, offset, length);
  } finally {
    await held.close?.();
  }
}

async function sendHeld(
  wiring: Wiring,
  framed: Framed,
  peer: PeerId,
  held: HeldBlob,
  offset: number,
  length: number | null,
): Promise<void> {
  if (offset > held.size) throw new Failure('usage', 'the range begins beyond the end');
  const count = Math.min(length ?? held.size, held.size - offset);
  await framed.send(wire.encodeOk(held.size));
  try {
    await sendBody(framed, held.read(offset, count), count, wiring.bodyMs(count));
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    // A refusal would be taken for data now: cut instead.
    wiring.log.debug({ peer: peer.toString(), error: (error as Error).message }, 'a get was cut');
    framed.abort(unreachable('the transfer was cut'));
  }
}

export const encodeAward = (contract: Uint8Array) => encodeCbor(['award', contract]);

export const encodeGet = (locator: Uint8Array, offset: number, length: number | null) =>
  encodeCbor(['get', locator, offset, length]);

export const Nonce = wire.hash;
