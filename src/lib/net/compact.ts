import { sha256 } from '../crypto/hash.js';
import { equal, toHex } from '../util/bytes.js';
import { LIMITS, SHORT_ID_BYTES } from './wire.js';

/**
 * Eight bytes stand for a transaction, as in BIP 152. The asker draws the salt for each block anew, so
 * that nobody can make two transactions beforehand that this node takes for one another.
 */
export type ShortId = (salt: Uint8Array, tx: Uint8Array) => Uint8Array;
export const shortId: ShortId = (salt, tx) => sha256(salt, tx).subarray(0, SHORT_ID_BYTES);

/** Of a body's transactions, one after the other. */
export function shortIds(salt: Uint8Array, body: readonly Uint8Array[], id: ShortId = shortId): Uint8Array {
  const out = new Uint8Array(body.length * SHORT_ID_BYTES);
  for (const [i, tx] of body.entries()) out.set(id(salt, tx), i * SHORT_ID_BYTES);
  return out;
}

/** One peer's answers about one block. */
export interface CompactSource {
  /** Undefined where it does not hold the body. */
  ids(salt: Uint8Array): Promise<Uint8Array | undefined>;
  /** One transaction an index. */
  txs(indexes: number[]): Promise<Uint8Array[] | undefined>;
}

export interface Pieced {
  ids: Uint8Array;
  /** Undefined where too much is missing, or what came was not what was asked for. */
  body: Uint8Array[] | undefined;
  /** The peer sent something else than its own ids say. */
  lied: boolean;
}

/**
 * Puts a body together from what waits here and, by index, what does not. Whether it is the block's is for
 * the caller to check: ids may collide, and a peer may lie about them. Undefined where the peer has no body.
 */
export async function pieceTogether(
  source: CompactSource,
  waiting: readonly Uint8Array[],
  salt: Uint8Array,
  id: ShortId = shortId,
): Promise<Pieced | undefined> {
  const ids = await source.ids(salt);
  if (!ids) return undefined;
  const names = Array.from({ length: ids.length / SHORT_ID_BYTES }, (_, i) => nameAt(ids, i));
  const known = byName(waiting, salt, id);
  const body = names.map((name) => known.get(name));
  const missing = [...body.keys()].filter((i) => body[i] === undefined);
  if (missing.length === 0) return { ids, body: body as Uint8Array[], lied: false };
  if (missing.length > LIMITS.txIndexes) return { ids, body: undefined, lied: false };
  const txs = await source.txs(missing);
  if (!txs) return undefined;
  for (const [i, index] of missing.entries()) {
    const tx = txs[i]!;
    if (toHex(id(salt, tx)) !== names[index]) return { ids, body: undefined, lied: true };
    body[index] = tx;
  }
  return { ids, body: body as Uint8Array[], lied: false };
}

/** Whether these are the ids of this body. */
export function idsFit(salt: Uint8Array, ids: Uint8Array, body: readonly Uint8Array[], id: ShortId = shortId): boolean {
  return equal(ids, shortIds(salt, body, id));
}

const nameAt = (ids: Uint8Array, i: number) => toHex(ids.subarray(i * SHORT_ID_BYTES, (i + 1) * SHORT_ID_BYTES));

/** What waits, by its short id; two that share one stand for neither, and are asked for. */
function byName(waiting: readonly Uint8Array[], salt: Uint8Array, id: ShortId): Map<string, Uint8Array | undefined> {
  const known = new Map<string, Uint8Array | undefined>();
  for (const tx of waiting) {
    const name = toHex(id(salt, tx));
    known.set(name, known.has(name) ? undefined : tx);
  }
  return known;
}
