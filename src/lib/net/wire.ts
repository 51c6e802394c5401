import * as v from 'valibot';
import { HEADER_BYTES_MAX } from '../chain/header.js';
import { fromBigInt, toBigInt } from '../util/bytes.js';
import { type Cbor, decodeCbor, encodeCbor } from '../util/cbor.js';
import { failureOf, ProtocolError } from './errors.js';
import { PEER_ID_BYTES } from './peer-ids.js';

const HEADERS = 2000;

/** Bounds of everything on the wire; both sides hold them. */
export const LIMITS = {
  requestBytes: 64 * 1024,
  /** An answer that is neither headers, nor bodies, nor pool. */
  answerBytes: 256 * 1024,
  locatorIds: 64,
  headers: HEADERS,
  headerBytes: HEADER_BYTES_MAX,
  /** So many headers fit, each of the largest, with its CBOR head: fewer than asked for, and there are no more. */
  headersBytes: HEADERS * (HEADER_BYTES_MAX + 3) + 64,
  bodyIds: 32,
  bodyBytes: 16 * 1024 * 1024,
  /** The body's transactions, each with its CBOR length, of at least one byte. */
  bodyFrameBytes: 20 * 1024 * 1024,
  /** A block's transactions, of 64 bytes (a signature) at least: their short ids take 2 MiB. */
  bodyTxs: 256 * 1024,
  /** Transactions asked for by index: fits into a request. More missing, and the whole body is asked for. */
  txIndexes: 8192,
  /** States that a node serves at once, and the record of a block. */
  checkpoints: 4,
  /** Checkpoints of others that a peer is asked to vouch for. */
  vouched: 256,
  recordBytes: 16 * 1024,
  /** Parts of a state (chain/join/part.ts) asked for at once, and what one takes on the wire. */
  parts: 64,
  partBytes: 512 * 1024,
  /** Many small entries, or a single large one. */
  partEntries: 16 * 1024,
  entryBytes: 400 * 1024,
  partsBytes: 4 * 1024 * 1024,
  poolTxs: 5000,
  poolBytes: 4 * 1024 * 1024,
  txBytes: 256 * 1024,
  /**
   * What a message is made of, in all, but for bodies and parts of a state. Bytes alone bound no memory: a body of
   * nothing but empty strings is twenty million of them.
   */
  values: 16 * 1024,
  /** A body's transactions; a list, its key and its value for each of the smallest entries that fit. */
  bodyValues: 256 * 1024 + 8,
  partsValues: 600_000,
  /** A gossiped message: a list of transactions; of the largest, one. */
  bundleBytes: 256 * 1024 + 10,
  bundleTxs: 4096,
  peers: 64,
  addresses: 16,
  addressText: 256,
  locators: 256,
  contractBytes: 16 * 1024,
  receiptBytes: 16 * 1024,
  /** A poll's question, and its answer: a few numbers and a signature. */
  pollBytes: 256,
  blobBytes: 2 ** 40,
} as const;

/** Of a transaction in a block (compact.ts), and of what the asker salts it with. */
export const SHORT_ID_BYTES = 8;
export const SALT_BYTES = 16;

export const bytesUpTo = (max: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((bytes) => bytes.length <= max, `more than ${max} bytes`),
  );
const bytesOf = (length: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((bytes) => bytes.length === length, `not ${length} bytes`),
  );
const uint = (max = Number.MAX_SAFE_INTEGER) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
export const hash = bytesOf(32);
const peerId = bytesOf(PEER_ID_BYTES);
const list = <S extends v.GenericSchema>(item: S, max: number) => v.pipe(v.array(item), v.maxLength(max));
const address = v.pipe(v.string(), v.maxLength(LIMITS.addressText));

/** Work is unbounded in principle, and 2^256 in fact: 32 bytes. */
const work = v.pipe(
  hash,
  v.transform((bytes) => toBigInt(bytes)),
);
export const workBytes = (value: bigint) => fromBigInt(value, 32);

/** Each once: or a small question would have an answer without end. */
const indexes = v.pipe(
  list(uint(LIMITS.bodyTxs), LIMITS.txIndexes),
  v.check((all) => all.every((index, i) => i === 0 || index > all[i - 1]!), 'indexes that do not ascend'),
);

/** Where a node may join: height, id, and the record of the block from which on headers are checked. */
const checkpoint = v.strictTuple([uint(), hash, bytesUpTo(LIMITS.recordBytes)]);

/** A part of a state: depth in bits, prefix, hash. */
const part = v.strictTuple([uint(256), hash, hash]);

/** All entries of a part, or its halves: their node's depth and prefix, and their hashes. */
const partAnswer = v.union([
  v.strictTuple([
    v.literal('leaves'),
    list(v.strictTuple([bytesUpTo(LIMITS.entryBytes), bytesUpTo(LIMITS.entryBytes)]), LIMITS.partEntries),
  ]),
  v.strictTuple([v.literal('inner'), uint(256), hash, hash, hash]),
]);

/** In a pool's order (pool-pages.ts): after which the next ones are; null: from the beginning, or no more. */
const place = v.nullable(bytesOf(8));

/** What follows the method's name in a request. */
export const SYNC_REQUESTS = {
  status: v.strictTuple([]),
  headers: v.strictTuple([list(hash, LIMITS.locatorIds), uint(LIMITS.headers)]),
  bodies: v.strictTuple([list(hash, LIMITS.bodyIds)]),
  compact: v.strictTuple([hash, bytesOf(SALT_BYTES)]),
  txs: v.strictTuple([hash, indexes]),
  checkpoints: v.strictTuple([]),
  vouch: v.strictTuple([list(v.strictTuple([uint(), hash]), LIMITS.vouched)]),
  ancestors: v.strictTuple([hash, uint(LIMITS.headers)]),
  parts: v.strictTuple([hash, list(part, LIMITS.parts)]),
  pool: v.strictTuple([place]),
  peers: v.strictTuple([]),
  find: v.strictTuple([peerId]),
  providers: v.strictTuple([list(hash, LIMITS.locators)]),
} as const;
export type SyncMethod = keyof typeof SYNC_REQUESTS;

export const SYNC_ANSWERS = {
  status: v.strictTuple([uint(), hash, work]),
  headers: list(bytesUpTo(LIMITS.headerBytes), LIMITS.headers),
  checkpoints: list(checkpoint, LIMITS.checkpoints),
  /** Whether each is what the peer's own chain says, too. */
  vouch: list(v.boolean(), LIMITS.vouched),
  ancestors: v.nullable(list(bytesUpTo(LIMITS.headerBytes), LIMITS.headers)),
  /** To the first so many that were asked for; null where the state is not served, or no longer. */
  parts: v.nullable(list(partAnswer, LIMITS.parts)),
  pool: v.strictTuple([place, list(bytesUpTo(LIMITS.txBytes), LIMITS.poolTxs)]),
  peers: list(v.strictTuple([peerId, list(address, LIMITS.addresses)]), LIMITS.peers),
  find: list(address, LIMITS.addresses),
  providers: list(v.boolean(), LIMITS.locators),
} as const;

/** Short ids, one after the other; null where the peer does not hold the block. */
export const HeldIds = v.nullable(
  v.pipe(
    bytesUpTo(LIMITS.bodyTxs * SHORT_ID_BYTES),
    v.check((bytes) => bytes.length % SHORT_ID_BYTES === 0, 'not whole ids'),
  ),
);

/** What gossip carries of transactions. */
export const TxBundle = v.pipe(list(bytesUpTo(LIMITS.txBytes), LIMITS.bundleTxs), v.minLength(1));

/** A body's transactions; null where the peer does not hold it. */
export const HeldBody = v.nullable(list(bytesUpTo(LIMITS.txBytes), LIMITS.bodyTxs));

export const BLOB_REQUESTS = {
  award: v.strictTuple([bytesUpTo(LIMITS.contractBytes)]),
  get: v.strictTuple([hash, uint(LIMITS.blobBytes), v.nullable(uint(LIMITS.blobBytes))]),
  poll: v.strictTuple([hash, hash]),
} as const;
export const Signed = bytesUpTo(LIMITS.contractBytes);
export const Receipt = bytesUpTo(LIMITS.receiptBytes);
export const PollAnswer = bytesUpTo(LIMITS.pollBytes);
export const BlobSize = uint(LIMITS.blobBytes);

/** Decodes and checks what a peer sent; a ProtocolError on anything else than the schema's. */
export function parseWire<S extends v.GenericSchema>(schema: S, bytes: Uint8Array | undefined): v.InferOutput<S> {
  return checkWire(schema, decodeWire(bytes));
}

function checkWire<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (!result.success) throw new ProtocolError(`malformed message: ${result.issues[0].message}`);
  return result.output;
}

function decodeWire(bytes: Uint8Array | undefined, valuesMax: number = LIMITS.values): unknown {
  if (!bytes) throw new ProtocolError('no message', 5);
  try {
    return decodeCbor(bytes, valuesMax);
  } catch {
    // The decoder's own words say nothing more
    throw new ProtocolError('not canonical cbor');
  }
}

const Request = v.tupleWithRest([v.pipe(v.string(), v.maxLength(32))], v.unknown());

/** [method, …params], checked by the table. */
export function parseRequest<T extends Record<string, v.GenericSchema>>(
  table: T,
  bytes: Uint8Array | undefined,
): { [M in keyof T & string]: { method: M; params: v.InferOutput<T[M]> } }[keyof T & string] {
  const [method, ...params] = checkWire(Request, decodeWire(bytes));
  if (!Object.hasOwn(table, method)) throw new ProtocolError('unknown method', 5);
  return { method, params: checkWire(table[method]!, params) } as never;
}

export const encodeOk = (value: Cbor) => encodeCbor(['ok', value]);

const Answer = v.union([
  v.strictTuple([v.literal('ok'), v.unknown()]),
  v.strictTuple([v.literal('refused'), v.pipe(v.string(), v.maxLength(32)), v.pipe(v.string(), v.maxLength(1024))]),
]);

/** ['ok', value] gives the value, checked; ['refused', code, line] throws a Failure of that code. */
export function parseAnswer<S extends v.GenericSchema>(
  schema: S,
  bytes: Uint8Array | undefined,
  valuesMax?: number,
): v.InferOutput<S> {
  const answer = checkWire(Answer, decodeWire(bytes, valuesMax));
  if (answer[0] === 'refused') throw failureOf(answer[1], answer[2]);
  return checkWire(schema, answer[1]);
}
