import type { Ledger, Moved } from '../chain/ledger.js';
import type { Params } from '../chain/params.js';
import { type ReadTx, readTx } from '../chain/rules/apply.js';
import type { Hash } from '../chain/types.js';
import { areaKey, type Database, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import { equal, readU32be, u32be } from '../util/bytes.js';

/**
 * Which of the last cycle's blocks a transaction is in. One record a block, not one a transaction: it
 * costs a block one write, and eight bytes a transaction; a look-up reads records from the tip down,
 * where what is asked for mostly is. What eight bytes match is checked in full.
 */
const SHORT = 8;

/** A transaction where the main chain has it. */
export interface Included {
  height: number;
  block: Hash;
  position: number;
  read: ReadTx;
  bytes: Uint8Array;
}

type Chain = Pick<Ledger, 'params' | 'tip' | 'idAt' | 'body'>;

const keyOf = (height: number) => areaKey(AREAS.TXIDS, u32be(height));

function recordOf(ids: readonly Hash[]): Uint8Array {
  const record = new Uint8Array(SHORT * ids.length);
  for (const [i, id] of ids.entries()) record.set(id.subarray(0, SHORT), SHORT * i);
  return record;
}

/** Blocks whose records are kept: a cycle's, and those that a reorganisation may bring back to its end. */
const keptBlocks = ({ cycleBlocks, k }: Params) => cycleBlocks + k;

/** The record of a block whose body came late. */
export const txIndexWrite = (height: number, txids: readonly Hash[]): Write => [keyOf(height), recordOf(txids)];

/** For the batch in which the chain moves: records of the new blocks come, of undone and old ones go. */
export function txIndexWrites(
  params: Params,
  { connected, disconnected }: Pick<Moved, 'connected' | 'disconnected'>,
): Write[] {
  const kept = keptBlocks(params);
  return [
    ...disconnected.map(({ header }): Write => [keyOf(header.height), null]),
    ...connected.flatMap(({ header: { height }, txids }): Write[] => [
      [keyOf(height), recordOf(txids)],
      ...(height > kept ? [[keyOf(height - kept), null] as Write] : []),
    ]),
  ];
}

const FILL_BLOCKS = 64;

/**
 * Records of blocks that were added before there were any, lowest first: cut off, it goes on where it was.
 * Before the first block is added.
 */
export async function fillTxIndex(db: Database, ledger: Chain): Promise<void> {
  const { height: top } = ledger.tip;
  const lowest = Math.max(1, top - keptBlocks(ledger.params) + 1);
  let from = top + 1;
  while (from > lowest && db.get(keyOf(from - 1)) === undefined) from--;
  for (let height = from; height <= top; height += FILL_BLOCKS) {
    const writes: Write[] = [];
    for (let at = height; at <= Math.min(top, height + FILL_BLOCKS - 1); at++) {
      const ids: Hash[] = [];
      for await (const { id } of readBody(bodyAt(ledger, at) ?? [])) ids.push(id);
      writes.push([keyOf(at), recordOf(ids)]);
    }
    await db.write(writes);
  }
}

function bodyAt(ledger: Chain, height: number): Uint8Array[] | undefined {
  const id = ledger.idAt(height);
  return id && ledger.body(id);
}

/** Where the main chain has a transaction, if that was within the last cycle. */
export async function findIncluded(db: Database, ledger: Chain, id: Hash): Promise<Included | undefined> {
  const wanted = Buffer.from(id.subarray(0, SHORT));
  for await (const [key, record] of db.scan(areaKey(AREAS.TXIDS), { reverse: true })) {
    for (const position of positionsOf(wanted, record)) {
      const found = includedAt(ledger, readU32be(key, 1), position, id);
      if (found) return found;
    }
  }
  return undefined;
}

function* positionsOf(wanted: Buffer, record: Uint8Array): Generator<number> {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1))
    if (at % SHORT === 0) yield at / SHORT;
}

function includedAt(ledger: Chain, height: number, position: number, id: Hash): Included | undefined {
  const block = ledger.idAt(height);
  const bytes = block && ledger.body(block)?.[position];
  if (!bytes) return undefined;
  const read = readTx(bytes);
  return equal(read.id, id) ? { height, block, position, read, bytes } : undefined;
}

const TXS_A_TURN = 256;

/** A body's transactions one by one; between some of them others have their turn. */
export async function* readBody(body: readonly Uint8Array[]): AsyncGenerator<ReadTx> {
  for (const [i, bytes] of body.entries()) {
    if (i % TXS_A_TURN === TXS_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    yield readTx(bytes);
  }
}

/** In a block that is known to have it, where its body is held. */
export async function includedIn(ledger: Chain, height: number, id: Hash): Promise<Included | undefined> {
  const block = ledger.idAt(height);
  const body = block && ledger.body(block);
  if (!body) return undefined;
  let position = 0;
  for await (const read of readBody(body)) {
    if (equal(read.id, id)) return { height, block, position, read, bytes: body[position]! };
    position++;
  }
  return undefined;
}
