import { bodySize } from '../chain/encoding.js';
import type { JoinTarget } from '../chain/join/join.js';
import type { Part, PartAnswer } from '../chain/join/part.js';
import type { NamedTarget } from '../chain/join/records.js';
import { type Cbor, encodeCbor } from '../util/cbor.js';
import { Failure, invariant } from '../util/errors.js';
import { addressesOf } from './addresses.js';
import { shortIds } from './compact.js';
import { ProtocolError } from './errors.js';
import type { Framed } from './frames.js';
import { answerParts, readCheckpoint, readPart, readPartAnswer, writeCheckpoint, writePart } from './parts.js';
import { peerIdBytes, peerIdFromBytes } from './peer-ids.js';
import {
  POOL_BYTES_MAX,
  POOL_PAGES_MAX,
  type PoolPage,
  poolPage,
  readPlace,
  type WaitingTx,
  writePlace,
} from './pool-pages.js';
import { Slots } from './slots.js';
import { blame, call, cutBy, openFramed, parsePeerId, serve, type Wiring } from './streams.js';
import * as wire from './wire.js';
import { LIMITS } from './wire.js';

export interface Status {
  height: number;
  id: Uint8Array;
  work: bigint;
}

/** What a node answers from. */
export interface SyncHandlers {
  status(): Status;
  /** Headers of the best chain after the first id of the locator that is on it; encoded. */
  headersAfter(locator: Uint8Array[], max: number): Uint8Array[];
  /** The encoded transactions of a block, or undefined where the body is not held. */
  body(id: Uint8Array): Uint8Array[] | undefined;
  /** Where a newcomer may begin, the newest first. */
  checkpoints(): JoinTarget[];
  /** For checkpoints that others offer: whether each is what this chain says, too. */
  vouch(named: NamedTarget[]): boolean[];
  /** A block's header and those below it, the highest first; encoded. Undefined where the block is not known. */
  ancestors(id: Uint8Array, max: number): Uint8Array[] | undefined;
  /** A part of the state after a block; undefined where it is not served, or no longer. */
  part(id: Uint8Array, part: Part): Promise<PartAnswer | undefined>;
  /** Transactions that wait for a block, in the order in which they apply. */
  pool(): readonly WaitingTx[];
  hasLocators(locators: Uint8Array[]): Promise<boolean[]> | boolean[];
}

export interface PeerAddresses {
  peer: string;
  addresses: string[];
}

const REQUEST_MS = 10_000;
const ANSWER_MS = 20_000;

/** A body in memory is up to 16 MiB, twice: so bodies have few slots of their own. */
const BODY_SLOTS = { all: 8, perPeer: 4, waiting: 200 };
/** Answers of up to 4 MiB, read from the disk. */
const PART_SLOTS = { all: 6, perPeer: 3, waiting: 60 };
const REQUEST_SLOTS = { all: 64, perPeer: 12 };

/** Answers a peer's questions; one request a stream. */
export async function serveSync(wiring: Wiring, protocol: string, handlers: SyncHandlers): Promise<void> {
  const bodySlots = new Slots(BODY_SLOTS.all, BODY_SLOTS.perPeer, BODY_SLOTS.waiting);
  const partSlots = new Slots(PART_SLOTS.all, PART_SLOTS.perPeer, PART_SLOTS.waiting);
  const slots = new Slots(REQUEST_SLOTS.all, REQUEST_SLOTS.perPeer);
  await serve(wiring, protocol, 'sync', async (framed, peer) => {
    const from = peer.toString();
    const request = wire.parseRequest(wire.SYNC_REQUESTS, await framed.receive(LIMITS.requestBytes, REQUEST_MS));
    if (request.method === 'bodies') {
      const [ids] = request.params;
      return bodySlots.run(from, () => sendBodies(framed, ids, handlers));
    }
    if (request.method === 'compact' || request.method === 'txs') {
      return bodySlots.run(from, () => framed.send(wire.encodeOk(partOf(request, handlers))));
    }
    if (request.method === 'parts') {
      const [id, parts] = request.params;
      return partSlots.run(from, async () =>
        framed.send(wire.encodeOk(await answerParts(handlers, id, parts.map(readPart)))),
      );
    }
    await slots.run(from, async () => framed.send(wire.encodeOk(await answer(wiring, handlers, from, request))));
  });
}

type Request = ReturnType<typeof wire.parseRequest<typeof wire.SYNC_REQUESTS>>;

async function answer(wiring: Wiring, handlers: SyncHandlers, from: string, request: Request): Promise<Cbor> {
  switch (request.method) {
    case 'status': {
      const { height, id, work } = handlers.status();
      return [height, id, wire.workBytes(work)];
    }
    case 'headers': {
      const [locator, max] = request.params;
      charge(wiring, from, max);
      return handlers.headersAfter(locator, max).slice(0, max);
    }
    case 'checkpoints':
      return handlers.checkpoints().slice(0, LIMITS.checkpoints).map(writeCheckpoint);
    case 'vouch':
      return handlers.vouch(request.params[0].map(([height, name]) => ({ height, name })));
    case 'ancestors': {
      const [id, max] = request.params;
      charge(wiring, from, max);
      return handlers.ancestors(id, max)?.slice(0, max) ?? null;
    }
    case 'pool':
      return pageOf(handlers, readPlace(request.params[0]));
    case 'peers':
      return connectedPeers(wiring, from);
    case 'find':
      return addressesOf(wiring.host, parsePeerId(peerIdFromBytes(request.params[0])));
    case 'providers': {
      const [locators] = request.params;
      const held = await handlers.hasLocators(locators);
      invariant(held.length === locators.length, 'one answer a locator');
      return held;
    }
    default:
      throw new Error(`${request.method} has slots of its own`);
  }
}

/** A question of a few bytes for thousands of headers costs what it asks for. */
function charge({ scores }: Wiring, peer: string, headers: number): void {
  if (!scores.take(peer, 'headers', headers)) throw new Failure('temporary', 'busy, ask again later');
}

/** Of one block: its transactions' short ids, or those asked for. */
function partOf(request: Extract<Request, { method: 'compact' | 'txs' }>, handlers: SyncHandlers): Cbor {
  const [id] = request.params;
  const body = handlers.body(id);
  if (!body) return null;
  if (request.method === 'compact') return shortIds(request.params[1], body);
  return request.params[1].map((index) => {
    const tx = body[index];
    if (!tx) throw new ProtocolError('an index beyond the body');
    return tx;
  });
}

function pageOf(handlers: SyncHandlers, after: bigint | null): Cbor {
  const { next, txs } = poolPage(handlers.pool(), after);
  return [writePlace(next), txs];
}

/** One frame a body, so that neither side holds more than one at a time; null where it is not held. */
async function sendBodies(framed: Framed, ids: Uint8Array[], handlers: SyncHandlers): Promise<void> {
  for (const id of ids) await framed.send(wire.encodeOk(handlers.body(id) ?? null));
}

async function connectedPeers(wiring: Wiring, asker: string): Promise<Cbor> {
  const others = wiring.host.getPeers().filter((peer) => peer.toString() !== asker);
  const entries: Cbor[] = [];
  for (const peer of others.slice(0, LIMITS.peers)) {
    const addresses = await addressesOf(wiring.host, peer);
    if (addresses.length > 0) entries.push([peerIdBytes(peer.toString()), addresses]);
  }
  return entries;
}

/** The asking side: typed, bounded, and every answer checked against its question. */
export class SyncClient {
  constructor(
    private readonly wiring: Wiring,
    private readonly protocol: string,
  ) {}

  async status(peer: string, signal?: AbortSignal): Promise<Status> {
    const ask = encodeCbor(['status']);
    const read = (b?: Uint8Array) => wire.parseAnswer(wire.SYNC_ANSWERS.status, b);
    const [height, id, work] = await this.#ask(peer, ask, LIMITS.answerBytes, read, signal);
    return { height, id, work };
  }

  /** At most `max` (≤ 2000) encoded headers; how they link is for the caller to check. */
  async headers(peer: string, locator: Uint8Array[], max: number, signal?: AbortSignal): Promise<Uint8Array[]> {
    const ask = encodeCbor(['headers', locator.slice(0, LIMITS.locatorIds), Math.min(max, LIMITS.headers)]);
    const read = (b?: Uint8Array) => {
      const headers = wire.parseAnswer(wire.SYNC_ANSWERS.headers, b);
      if (headers.length > max) throw new ProtocolError('more headers than asked for');
      return headers;
    };
    return this.#ask(peer, ask, LIMITS.headersBytes, read, signal);
  }

  /**
   * The bodies of `ids` (≤ 32) in their order, one at a time; undefined where the peer has none. The
   * next is read only when it is asked for. Leave the loop early and the stream is cut.
   */
  async *bodies(peer: string, ids: Uint8Array[], signal?: AbortSignal): AsyncGenerator<Uint8Array[] | undefined> {
    invariant(ids.length <= LIMITS.bodyIds, 'too many bodies asked for');
    const framed = await openFramed(this.wiring, peer, this.protocol, signal);
    const release = cutBy(framed, signal);
    let complete = false;
    try {
      await framed.send(encodeCbor(['bodies', ids]));
      for (let i = 0; i < ids.length; i++) yield readBody(await framed.receive(LIMITS.bodyFrameBytes, ANSWER_MS));
      complete = true;
    } catch (error) {
      throw blame(this.wiring, peer, error);
    } finally {
      release();
      if (complete) await framed.close();
      else framed.abort(new Error('no longer wanted'));
    }
  }

  /** The short ids of a block's transactions, one after the other; undefined where the peer has no such body. */
  compact(peer: string, id: Uint8Array, salt: Uint8Array): Promise<Uint8Array | undefined> {
    const max = LIMITS.bodyTxs * wire.SHORT_ID_BYTES + LIMITS.answerBytes;
    return this.#ask(peer, encodeCbor(['compact', id, salt]), max, (b) => {
      return wire.parseAnswer(wire.HeldIds, b) ?? undefined;
    });
  }

  /** A block's transactions by index (≤ 8192, ascending). */
  txs(peer: string, id: Uint8Array, indexes: number[]): Promise<Uint8Array[] | undefined> {
    return this.#ask(peer, encodeCbor(['txs', id, indexes]), LIMITS.bodyFrameBytes, (b) => {
      const txs = readBody(b);
      if (txs && txs.length !== indexes.length) throw new ProtocolError('not one transaction an index');
      return txs;
    });
  }

  /** Where the peer says a newcomer may begin; what it claims is for the ledger to check. */
  checkpoints(peer: string, signal?: AbortSignal): Promise<JoinTarget[]> {
    const max = LIMITS.checkpoints * LIMITS.recordBytes + LIMITS.answerBytes;
    const read = (b?: Uint8Array) => wire.parseAnswer(wire.SYNC_ANSWERS.checkpoints, b).map(readCheckpoint);
    return this.#ask(peer, encodeCbor(['checkpoints']), max, read, signal);
  }

  /** For each checkpoint (≤ 256) whether the peer's chain says the same. */
  vouch(peer: string, named: readonly NamedTarget[], signal?: AbortSignal): Promise<boolean[]> {
    invariant(named.length <= LIMITS.vouched, 'so many are never vouched for');
    const read = (b?: Uint8Array) => {
      const vouched = wire.parseAnswer(wire.SYNC_ANSWERS.vouch, b);
      if (vouched.length !== named.length) throw new ProtocolError('not one answer a checkpoint');
      return vouched;
    };
    const ask = encodeCbor(['vouch', named.map(({ height, name }): Cbor => [height, name])]);
    return this.#ask(peer, ask, LIMITS.answerBytes, read, signal);
  }

  /** At most `max` (≤ 2000) encoded headers from a block down; undefined where the peer does not know it. */
  ancestors(peer: string, id: Uint8Array, max: number, signal?: AbortSignal): Promise<Uint8Array[] | undefined> {
    const count = Math.min(max, LIMITS.headers);
    const read = (b?: Uint8Array) => {
      const headers = wire.parseAnswer(wire.SYNC_ANSWERS.ancestors, b) ?? undefined;
      if (headers && (headers.length === 0 || headers.length > count)) throw new ProtocolError('not so many headers');
      return headers;
    };
    return this.#ask(peer, encodeCbor(['ancestors', id, count]), LIMITS.headersBytes, read, signal);
  }

  /** Answers to the first of some parts (≤ 64) of the state after a block; undefined where it is not served. */
  parts(peer: string, id: Uint8Array, parts: Part[], signal?: AbortSignal): Promise<PartAnswer[] | undefined> {
    invariant(parts.length > 0 && parts.length <= LIMITS.parts, 'so many parts are never asked for');
    const read = (b?: Uint8Array) => {
      const answers = wire.parseAnswer(wire.SYNC_ANSWERS.parts, b, LIMITS.partsValues)?.map(readPartAnswer);
      if (answers && (answers.length === 0 || answers.length > parts.length)) {
        throw new ProtocolError('not one answer a part');
      }
      return answers;
    };
    return this.#ask(peer, encodeCbor(['parts', id, parts.map(writePart)]), 2 * LIMITS.partsBytes, read, signal);
  }

  /** All that waits there, page by page. */
  async *pool(peer: string): AsyncGenerator<Uint8Array[]> {
    let after: bigint | null = null;
    let bytes = 0;
    for (let page = 0; page < POOL_PAGES_MAX && bytes < POOL_BYTES_MAX; page++) {
      const { next, txs }: PoolPage = await this.#poolPage(peer, after);
      yield txs;
      bytes += txs.reduce((sum, tx) => sum + tx.length, 0);
      if (next === null) return;
      after = next;
    }
  }

  #poolPage(peer: string, after: bigint | null): Promise<PoolPage> {
    return this.#ask(peer, encodeCbor(['pool', writePlace(after)]), 2 * LIMITS.poolBytes, (b) => {
      const [place, txs] = wire.parseAnswer(wire.SYNC_ANSWERS.pool, b);
      const next = readPlace(place);
      if (next !== null && (txs.length === 0 || (after !== null && next <= after))) {
        throw new ProtocolError('a pool without an end');
      }
      return { next, txs };
    });
  }

  peers(peer: string): Promise<PeerAddresses[]> {
    return this.#ask(peer, encodeCbor(['peers']), LIMITS.answerBytes, (b) =>
      wire.parseAnswer(wire.SYNC_ANSWERS.peers, b).map(([id, addresses]) => ({ peer: readPeerId(id), addresses })),
    );
  }

  find(peer: string, wanted: string): Promise<string[]> {
    return this.#ask(peer, encodeCbor(['find', peerIdBytes(wanted)]), LIMITS.answerBytes, (b) =>
      wire.parseAnswer(wire.SYNC_ANSWERS.find, b),
    );
  }

  /** For each locator (≤ 256) whether this peer holds its blob. */
  hasLocators(peer: string, locators: Uint8Array[]): Promise<boolean[]> {
    return this.#ask(peer, encodeCbor(['providers', locators]), LIMITS.answerBytes, (b) => {
      const held = wire.parseAnswer(wire.SYNC_ANSWERS.providers, b);
      if (held.length !== locators.length) throw new ProtocolError('not one answer a locator');
      return held;
    });
  }

  #ask<T>(
    peer: string,
    request: Uint8Array,
    max: number,
    read: (bytes: Uint8Array | undefined) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const task = async (framed: Framed) => {
      await framed.send(request);
      return read(await framed.receive(max, ANSWER_MS));
    };
    return call(this.wiring, peer, this.protocol, task, signal);
  }
}

function readBody(bytes: Uint8Array | undefined): Uint8Array[] | undefined {
  const body = wire.parseAnswer(wire.HeldBody, bytes, LIMITS.bodyValues);
  if (!body) return undefined;
  if (bodySize(body) > LIMITS.bodyBytes) throw new ProtocolError('a body too large');
  return body;
}

function readPeerId(bytes: Uint8Array): string {
  try {
    return peerIdFromBytes(bytes);
  } catch {
    throw new ProtocolError('not a peer id');
  }
}
