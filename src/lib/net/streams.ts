import type { PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { encodeCbor } from '../util/cbor.js';
import { isFailure } from '../util/errors.js';
import { ProtocolError, refusalOf, unreachable } from './errors.js';
import { Framed } from './frames.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import type { RateKind, Scores } from './score.js';

/** What every protocol over streams needs. */
export interface Wiring {
  host: Host;
  scores: Scores;
  log: Log;
  /** How long a body of so many bytes may keep us waiting for its peer. */
  bodyMs(size: number): number;
}

const OPEN_MS = 20_000;
const TIMEOUT_POINTS = 2;

export function parsePeerId(text: string): PeerId {
  return peerIdFromString(text);
}

/**
 * Runs `task` over a fresh stream to a peer that is connected; blames the peer for what it breaks, and nobody
 * where the signal ends it.
 */
export async function call<T>(
  wiring: Wiring,
  peer: string,
  protocol: string,
  task: (framed: Framed) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const framed = await openFramed(wiring, peer, protocol, signal);
  const release = cutBy(framed, signal);
  try {
    const result = await task(framed);
    await framed.close();
    return result;
  } catch (error) {
    framed.abort(error as Error);
    throw blame(wiring, peer, error);
  } finally {
    release();
  }
}

/** Aborts the stream with the signal, until released. */
export function cutBy(framed: Framed, signal: AbortSignal | undefined): () => void {
  const cut = () => framed.abort(new Error('no longer wanted'));
  if (signal?.aborted) cut();
  signal?.addEventListener('abort', cut, { once: true });
  return () => signal?.removeEventListener('abort', cut);
}

export async function openFramed(
  wiring: Wiring,
  peer: string,
  protocol: string,
  signal?: AbortSignal,
): Promise<Framed> {
  const connections = wiring.host.getConnections(parsePeerId(peer));
  const connection = connections.find(({ status }) => status === 'open');
  if (!connection) throw unreachable(`not connected to ${peer}`);
  try {
    const late = AbortSignal.timeout(OPEN_MS);
    const ends = signal ? AbortSignal.any([signal, late]) : late;
    return new Framed(await connection.newStream(protocol, { signal: ends }));
  } catch (error) {
    throw unreachable(`cannot open a stream to ${peer}: ${(error as Error).message}`);
  }
}

/** Scores the peer down for what is its fault, and gives back the error as an operator should see it. */
export function blame(wiring: Wiring, peer: string, error: unknown): unknown {
  if (error instanceof ProtocolError) {
    wiring.scores.misbehave(peer, error.points, error.message);
    return unreachable(`${peer} broke the protocol: ${error.message}`);
  }
  if (isFailure(error) && error.code === 'unreachable') {
    wiring.scores.misbehave(peer, TIMEOUT_POINTS, error.message);
  }
  return error;
}

/**
 * Registers a protocol. A handler's Failure is told to the peer as a refusal; a ProtocolError aborts the
 * stream and scores the peer down; nothing a handler throws reaches further.
 */
export async function serve(
  wiring: Wiring,
  protocol: string,
  rate: RateKind,
  handler: (framed: Framed, peer: PeerId) => Promise<void>,
): Promise<void> {
  const run = async (framed: Framed, peer: PeerId) => {
    const from = peer.toString();
    try {
      if (!wiring.scores.take(from, rate)) throw new ProtocolError('too many requests', 0);
      await handler(framed, peer);
      await framed.close();
    } catch (error) {
      await settle(wiring, framed, from, error);
    }
  };
  await wiring.host.handle(
    protocol,
    (stream, connection) => {
      void run(new Framed(stream), connection.remotePeer);
    },
    { maxInboundStreams: 16, maxOutboundStreams: 64 },
  );
}

async function settle(wiring: Wiring, framed: Framed, peer: string, error: unknown): Promise<void> {
  const cut = error instanceof ProtocolError || (isFailure(error) && error.code === 'unreachable');
  if (cut) {
    blame(wiring, peer, error);
    return framed.abort(error);
  }
  if (!isFailure(error)) wiring.log.warn({ peer, error: (error as Error).message }, 'a request failed');
  try {
    await framed.send(encodeCbor(refusalOf(error)));
    await framed.close();
  } catch (sending) {
    framed.abort(sending as Error);
  }
}
