import { encodeCbor } from '../util/cbor.js';
import { LIMITS, parseWire, TxBundle } from './wire.js';

/** So long a transaction waits at its origin for others to travel with. */
const COLLECT_MS = 20;

interface Waiting {
  txs: Uint8Array[];
  bytes: number;
  sent: Promise<number>;
  flush(): void;
}

/**
 * Transactions travel in bundles: what gossip costs, it costs a message, so at thousands of transactions a
 * second it must not be paid for each. Only the origin collects; others pass a bundle on as it came.
 */
export class Bundler {
  readonly #publish: (bundle: Uint8Array) => Promise<number>;
  #waiting: Waiting | undefined;

  constructor(publish: (bundle: Uint8Array) => Promise<number>) {
    this.#publish = publish;
  }

  /** The number of peers that its bundle went to. */
  add(tx: Uint8Array): Promise<number> {
    const size = framedBytes(tx);
    if (this.#waiting && this.#waiting.bytes + size > LIMITS.bundleBytes) this.flush();
    this.#waiting ??= this.#collect();
    this.#waiting.txs.push(tx);
    this.#waiting.bytes += size;
    const { sent } = this.#waiting;
    if (this.#waiting.txs.length >= LIMITS.bundleTxs) this.flush();
    return sent;
  }

  /** Sends what waits now. */
  flush(): void {
    this.#waiting?.flush();
  }

  #collect(): Waiting {
    const waiting: Waiting = { txs: [], bytes: BUNDLE_HEAD_BYTES, sent: Promise.resolve(0), flush: () => {} };
    waiting.sent = new Promise((resolve) => {
      const timer = setTimeout(() => waiting.flush(), COLLECT_MS);
      waiting.flush = () => {
        clearTimeout(timer);
        if (this.#waiting === waiting) this.#waiting = undefined;
        resolve(this.#publish(encodeCbor(waiting.txs)));
      };
    });
    return waiting;
  }
}

/** CBOR's head of a list, and of each byte string in it. */
const BUNDLE_HEAD_BYTES = 5;
const framedBytes = (tx: Uint8Array) => tx.length + 5;

/** Throws a ProtocolError for what is no bundle. */
export function readBundle(bytes: Uint8Array): Uint8Array[] {
  return parseWire(TxBundle, bytes);
}

/** A list of any length, in pieces as large as a bundle's. */
export function* inBundles(txs: readonly Uint8Array[]): Generator<Uint8Array[]> {
  let piece: Uint8Array[] = [];
  let bytes = BUNDLE_HEAD_BYTES;
  for (const tx of txs) {
    if (piece.length >= LIMITS.bundleTxs || bytes + framedBytes(tx) > LIMITS.bundleBytes) {
      yield piece;
      piece = [];
      bytes = BUNDLE_HEAD_BYTES;
    }
    piece.push(tx);
    bytes += framedBytes(tx);
  }
  if (piece.length > 0) yield piece;
}
